package norikv.sstable;

import java.util.ArrayList;
import java.util.List;
import norikv.bytes.Bytes;
import norikv.bytes.Region;
import norikv.disk.Disk;

/// Writes and reads tables for tests.
final class Tables {
    private Tables() {}

    static TableFacts write(
            Disk disk, String path, long number, TableOptions options, Iterable<Entry> entries) {
        var writer =
                new TableWriter(disk, path, number, TableFacts.Reason.FLUSH, options);
        for (Entry entry : entries) {
            add(writer, entry);
        }
        return writer.finish();
    }

    static void add(TableWriter writer, Entry entry) {
        Region key = region(entry.key());
        Region value = region(entry.value());
        writer.add(
                key,
                1,
                entry.key().length(),
                entry.tablet(),
                entry.trailer(),
                entry.term(),
                entry.expiresAtMillis(),
                value,
                1,
                entry.value().length());
    }

    /// {@return native memory that holds `bytes` from its second byte on}
    static Region region(Bytes bytes) {
        Region region = Region.allocate(bytes.length() + 2);
        region.copyFrom(1, bytes.array(), bytes.offset(), bytes.length());
        return region;
    }

    static List<Entry> readAll(Table table) {
        List<Entry> all = new ArrayList<>();
        try (var cursor = table.cursor(Reach.DISK)) {
            for (cursor.seekToFirst(); cursor.isValid(); cursor.next()) {
                all.add(Entry.at(cursor));
            }
        }
        return all;
    }

    static Answer get(Table table, Bytes key, int tablet, long indexMax, Reach reach, Hit hit) {
        // An offset of its own shows who forgets it.
        byte[] shifted = new byte[key.length() + 5];
        key.copyTo(shifted, 3);
        long hash = Table.hash(shifted, 3, key.length());
        return table.mayContain(hash)
                ? table.get(shifted, 3, key.length(), hash, tablet, indexMax, reach, hit)
                : Answer.MISSING;
    }
}
