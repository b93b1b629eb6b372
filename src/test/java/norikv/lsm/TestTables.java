package norikv.lsm;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import norikv.bytes.Bytes;
import norikv.disk.SimDisk;
import norikv.sstable.Cursor;
import norikv.sstable.Table;
import norikv.sstable.TableFacts;
import norikv.sstable.TableOptions;
import norikv.sstable.TableWriter;

/// Makes tables for levels that a test draws.
final class TestTables implements AutoCloseable {
    private final SimDisk disk = new SimDisk(1);
    private final Slabs slabs = new Slabs(1 << 20, true);
    private final List<LiveTable> made = new ArrayList<>();
    private Levels levels = Levels.EMPTY;
    private boolean mixed;

    /// Puts a table into a level: one entry a key, of the given tablet, with 500 bytes of value.
    LiveTable add(int level, int tablet, int kind, String... keys) {
        return add(level, 0, tablet, kind, keys);
    }

    /// A table of a rank that is not its number.
    LiveTable addRanked(int level, long rank, String... keys) {
        return add(level, rank, 1, Cursor.KIND_PUT, keys);
    }

    /// A table whose last key is of tablet 2 and whose others are of tablet 1.
    LiveTable addMixed(int level, String... keys) {
        mixed = true;
        return add(level, 0, 1, Cursor.KIND_PUT, keys);
    }

    private LiveTable add(int level, long rank, int first, int kind, String... keys) {
        long number = made.size() + 1;
        var memtable = new Memtable(slabs.take(1 << 20), number);
        for (String key : keys) {
            int tablet = mixed && key.equals(keys[keys.length - 1]) ? 2 : first;
            byte[] bytes = key.getBytes(StandardCharsets.US_ASCII);
            Bytes value = kind == Cursor.KIND_DELETE ? Bytes.EMPTY : Bytes.wrap(new byte[500]);
            memtable.insert(bytes, bytes.length, tablet, number << 8 | kind, 1, 0, value);
        }
        mixed = false;
        String path = FileNames.table(number);
        var writer =
                new TableWriter(
                        disk, path, number, TableFacts.Reason.FLUSH, TableOptions.defaults());
        Cursor cursor = memtable.cursor();
        for (cursor.seekToFirst(); cursor.isValid(); cursor.next()) {
            writer.add(cursor);
        }
        writer.finish();
        slabs.giveBack(memtable.slab());
        var table = new LiveTable(Table.open(disk, path, number), rank == 0 ? number : rank);
        made.add(table);
        levels = levels.with(Set.of(), List.of(new Levels.Placed(level, table)));
        return table;
    }

    LiveTable add(int level, String... keys) {
        return add(level, 1, Cursor.KIND_PUT, keys);
    }

    Levels levels() {
        return levels;
    }

    @Override
    public void close() {
        made.forEach(t -> t.table().close());
        slabs.close();
    }
}
