package norikv.lsm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import norikv.bytes.Bytes;
import norikv.disk.SimDisk;
import norikv.domain.ShardId;
import norikv.domain.Version;
import norikv.sstable.Cursor;
import norikv.sstable.TableFacts;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// What is kept, and where tables are cut.
final class RewriteTest {
    private static final long LOG_TIME = 1000;

    private final SimDisk disk = new SimDisk(1);
    private final Slabs slabs = new Slabs(1 << 20, true);
    private final Memtable memtable = new Memtable(slabs.take(1 << 20), 1);
    private final AtomicLong numbers = new AtomicLong();

    /// Tablets 1 to 3 live and are durable up to 100; others are not live.
    private final TabletMap tablets =
            new TabletMap(List.of(tablet(1), tablet(2), tablet(3)));

    private List<LiveTable> tables = List.of();
    private Pins pins = Pins.NONE;

    @AfterEach
    void close() {
        tables.forEach(t -> t.table().close());
        slabs.close();
    }

    @Test
    void theNewestVersionIsKeptAndOlderOnesAreNot() {
        add("a", 1, 3, Cursor.KIND_PUT, 0);
        add("a", 1, 2, Cursor.KIND_PUT_TTL, LOG_TIME + 1);
        add("a", 2, 1, Cursor.KIND_PUT, 0);
        add("b", 1, 4, Cursor.KIND_PUT_TTL, LOG_TIME + 1);

        assertEquals(List.of("a 1@3", "a 2@1", "b 1@4"), rewrite(false));
    }

    @Test
    void aVersionThatSomeReaderMayNotSeeHidesNothing() {
        add("a", 1, 101, Cursor.KIND_PUT, 0);
        add("a", 1, 100, Cursor.KIND_PUT, 0);
        add("a", 1, 99, Cursor.KIND_PUT, 0);

        assertEquals(List.of("a 1@101", "a 1@100"), rewrite(false));
    }

    @Test
    void tombstonesAndExpiredValuesStayWhileTheyMayHideSomething() {
        add("a", 1, 2, Cursor.KIND_DELETE, 0);
        add("a", 1, 1, Cursor.KIND_PUT, 0);
        add("b", 1, 3, Cursor.KIND_PUT_TTL, LOG_TIME);

        assertEquals(List.of("a 1@2", "b 1@3"), rewrite(true));
    }

    @Test
    void tombstonesAndExpiredValuesGoWhenTheyHideNothingAndTakeTheRestAlong() {
        add("a", 1, 2, Cursor.KIND_DELETE, 0);
        add("a", 1, 1, Cursor.KIND_PUT, 0);
        add("b", 1, 4, Cursor.KIND_PUT_TTL, LOG_TIME);
        add("b", 1, 3, Cursor.KIND_PUT, 0);
        add("c", 1, 5, Cursor.KIND_PUT_TTL, LOG_TIME + 1);

        assertEquals(List.of("c 1@5"), rewrite(false));
    }

    @Test
    void whatIsNotLiveIsDropped() {
        add("a", 9, 1, Cursor.KIND_PUT, 0);
        add("b", 1, 2, Cursor.KIND_PUT, 0);
        add("b", 9, 3, Cursor.KIND_PUT, 0);

        assertEquals(List.of("b 1@2"), rewrite(true));
    }

    @Test
    void ofOneIndexTheLastOperationIsKept() {
        add("a", 1, 5, Cursor.KIND_DELETE, 0);
        add("a", 1, 5, Cursor.KIND_PUT_TTL, LOG_TIME + 9);
        add("a", 1, 5, Cursor.KIND_PUT, 0);

        assertEquals(List.of("a 1@5"), rewrite(true));
        assertEquals(0, tables.getFirst().facts().deletes());
        assertEquals(0, tables.getFirst().facts().maxExpiryMillis());
    }

    /// Three tablets have the same keys, and every entry is longer than a table is meant to be.
    @Test
    void noKeyIsInTwoTables() {
        for (int key = 0; key < 5; key++) {
            for (int tablet = 1; tablet <= 3; tablet++) {
                add("key" + key, tablet, 10 * key + tablet, Cursor.KIND_PUT, 0);
            }
        }
        rewrite(true);

        assertTrue(tables.size() > 1, "one table only");
        Levels levels = Levels.EMPTY;
        for (LiveTable table : tables) {
            levels = levels.with(Set.of(), List.of(new Levels.Placed(6, table)));
        }
        LevelChecker.check(levels);
    }

    private static Tablet tablet(int id) {
        return new Tablet(
                id, new ShardId(id), 0, new AppliedAt(new Version(1, 100), LOG_TIME));
    }

    private void add(String key, int tablet, long index, int kind, long expiry) {
        byte[] bytes = key.getBytes(StandardCharsets.US_ASCII);
        Bytes value = kind == Cursor.KIND_DELETE ? Bytes.EMPTY : Bytes.wrap(new byte[5000]);
        memtable.insert(bytes, bytes.length, tablet, index << 8 | kind, 1, expiry, value);
    }

    /// Writes what survives, and says what that is.
    ///
    /// @param older whether older versions of every key are somewhere below
    private List<String> rewrite(boolean older) {
        disk.createDirectories("lsm");
        var place =
                new TableOutputs.Place(
                        disk,
                        "lsm",
                        numbers::incrementAndGet,
                        new LsmOptions.Tables(1 << 10, 1, 10),
                        (where, cause) -> {});
        var survivors = new Survivors(AppliedVector.durable(tablets), pins, (_, _) -> older);
        var outputs =
                new TableOutputs(
                        place,
                        TableFacts.Reason.FLUSH,
                        OutputCuts.ofCompaction(1 << 10, List.of(), List.of()),
                        6,
                        0);
        List<String> kept = new ArrayList<>();
        try (var rewrite = new Rewrite(memtable.cursor(), survivors, outputs)) {
            while (!rewrite.step(1)) {
                assertTrue(rewrite.read() <= memtable.entries());
            }
            tables = rewrite.tables();
        }
        for (LiveTable table : tables) {
            try (Cursor c = table.table().cursor(norikv.sstable.Reach.DISK)) {
                for (c.seekToFirst(); c.isValid(); c.next()) {
                    Bytes key = c.keyRegion().bytes(c.keyOffset(), c.keyLength());
                    kept.add(key.toUtf8() + " " + c.tablet() + "@" + (c.trailer() >>> 8));
                }
            }
        }
        return kept;
    }
}
