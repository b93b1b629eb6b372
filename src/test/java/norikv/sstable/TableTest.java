package norikv.sstable;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import java.util.NavigableSet;
import java.util.SplittableRandom;
import norikv.disk.SimDisk;
import norikv.observe.Meter;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// A table gives back what was put into it, by every way of asking. `-Drounds=N` for more of it.
final class TableTest {
    private static final long SEED = Long.getLong("seed", 0x7ab1e);

    private static final int ROUNDS = Integer.getInteger("rounds", 40);

    private static final List<TableOptions> OPTIONS =
            List.of(
                    TableOptions.defaults(),
                    TableOptions.defaults().withBlockBytes(1).withFilterBitsPerKey(0),
                    TableOptions.defaults()
                            .withBlockBytes(200)
                            .withRootIndexBytesMax(0)
                            .withLeafIndexBytes(100),
                    TableOptions.defaults()
                            .withBlockBytes(700)
                            .withRootIndexBytesMax(2000)
                            .withLeafIndexBytes(1)
                            .withFilterBitsPerKey(1),
                    TableOptions.defaults().withBlockBytes(TableOptions.BLOCK_BYTES_MAX));

    private final SimDisk disk = new SimDisk(SEED);
    private final SplittableRandom random = new SplittableRandom(SEED);
    private final BlockCache cache = new BlockCache(20 << 10, Meter.NONE);
    private long files;

    @AfterEach
    void close() {
        cache.close();
    }

    @Test
    void aTableIsItsTwin() {
        for (int round = 0; round < ROUNDS; round++) {
            var entries =
                    new Entries(
                            random,
                            1 + random.nextInt(4) * random.nextInt(4),
                            1 + random.nextInt(5) * random.nextInt(10),
                            random.nextInt(1 + 400 * random.nextInt(2)));
            NavigableSet<Entry> twin = entries.some(1 + random.nextInt(1 << random.nextInt(10)));
            String from = "seed=%d round=%d".formatted(SEED, round);
            TableOptions options = OPTIONS.get(round % OPTIONS.size());
            boolean compressed = round / OPTIONS.size() % 2 == 1;
            try (Table table = open(options.withCompression(compressed), twin)) {
                assertEquals(List.copyOf(twin), Tables.readAll(table), from);
                assertEquals(List.copyOf(twin.reversed()), readAllBackwards(table), from);
                new TwinCheck(table, twin, entries, random, from).run();
                table.goCold(cache);
                assertEquals(List.copyOf(twin.reversed()), readAllBackwards(table), from);
                new TwinCheck(table, twin, entries, random, from + " cold").run();
            }
            disk.delete(files + ".sst");
        }
    }

    private Table open(TableOptions options, NavigableSet<Entry> twin) {
        long number = ++files;
        Tables.write(disk, number + ".sst", number, options, twin);
        return Table.open(disk, number + ".sst", number);
    }

    private static List<Entry> readAllBackwards(Table table) {
        List<Entry> all = new ArrayList<>();
        try (var cursor = table.cursor(Reach.DISK)) {
            for (cursor.seekToLast(); cursor.isValid(); cursor.prev()) {
                all.add(Entry.at(cursor));
            }
        }
        return all;
    }
}
