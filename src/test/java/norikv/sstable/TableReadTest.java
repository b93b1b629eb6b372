package norikv.sstable;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.NavigableSet;
import java.util.SplittableRandom;
import java.util.TreeSet;
import java.util.concurrent.FutureTask;
import norikv.bytes.Bytes;
import norikv.disk.FileDisk;
import norikv.disk.SimDisk;
import norikv.disk.SimDisk.Op;
import norikv.disk.SimFault;
import norikv.domain.NoriException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;

/// What a table promises beside its contents: its facts, its limits, what it does when cold, full,
/// closed, or cut under a mapping.
final class TableReadTest {
    private static final long SEED = Long.getLong("seed", 0x4ead);

    private final SplittableRandom random = new SplittableRandom(SEED);
    private final SimDisk disk = new SimDisk(SEED);

    @Test
    void factsAreThoseOfTheEntries() {
        for (int round = 0; round < 30; round++) {
            var entries = new Entries(random, 6, 3, 40).some(1 + random.nextInt(200));
            TableFacts facts = write(round, TableOptions.defaults(), entries);

            assertEquals(entries.size(), facts.entries());
            assertEquals(count(entries, Cursor.KIND_DELETE), facts.deletes());
            assertEquals(entries.first().key(), facts.minKey());
            assertEquals(entries.last().key(), facts.maxKey());
            assertEquals(
                    entries.stream().mapToLong(Entry::index).min().orElseThrow(),
                    facts.minIndex());
            assertEquals(
                    entries.stream().mapToLong(Entry::index).max().orElseThrow(),
                    facts.maxIndex());
            long expiring = entries.stream().filter(e -> e.expiresAtMillis() > 0).count();
            assertEquals(expiring, facts.expiring());
            var expiries = entries.stream().mapToLong(Entry::expiresAtMillis).filter(e -> e > 0);
            assertEquals(expiries.min().orElse(0), facts.minExpiryMillis());
            for (var share : facts.tablets()) {
                assertEquals(
                        entries.stream().filter(e -> e.tablet() == share.tablet()).count(),
                        share.entries());
            }
            assertEquals(disk.contentOf(round + ".sst").length, facts.bytes());
            try (Table table = Table.open(disk, round + ".sst", round)) {
                assertEquals(facts, table.facts(), "seed=" + SEED);
            }
        }
    }

    @Test
    void theContentHashIsASumOverEntriesWhateverTheirBlocks() {
        var entries = new Entries(random, 3, 3, 40).some(300);
        TableFacts whole = write(1, TableOptions.defaults(), entries);
        TableFacts small = write(2, TableOptions.defaults().withBlockBytes(1), entries);
        assertEquals(whole.contentHash(), small.contentHash());

        long sum = 0;
        var hash = new ContentHash();
        try (Table table = Table.open(disk, "1.sst", 1);
                var cursor = table.cursor(Reach.DISK)) {
            for (cursor.seekToLast(); cursor.isValid(); cursor.prev()) {
                sum += hash.of(cursor);
            }
        }
        assertEquals(whole.contentHash(), sum);
    }

    @Test
    void aCursorKnowsItsKeyFromEveryOther() {
        var entries = new Entries(random, 2, 2, 10).some(60);
        for (int blockBytes : new int[] {1, 200, 4096}) {
            write(blockBytes, TableOptions.defaults().withBlockBytes(blockBytes), entries);
            try (Table table = Table.open(disk, blockBytes + ".sst", blockBytes);
                    var cursor = table.cursor(Reach.DISK)) {
                for (cursor.seekToFirst(); cursor.isValid(); cursor.next()) {
                    Bytes own = Entry.at(cursor).key();
                    byte[] copy = new byte[own.length() + 3];
                    cursor.copyKey(copy);
                    assertEquals(own, Bytes.copyOf(copy).slice(0, own.length()), "seed=" + SEED);
                    for (Entry other : entries) {
                        byte[] key = new byte[other.key().length() + 3];
                        other.key().copyTo(key, 0);
                        assertEquals(
                                own.equals(other.key()),
                                cursor.hasKey(key, other.key().length()),
                                "seed=" + SEED);
                    }
                }
            }
        }
    }

    @Test
    void theSizeIsForetold() {
        var entries = new Entries(random, 3, 2, 100).some(5000);
        var writer =
                new TableWriter(
                        disk, "1.sst", 1, TableFacts.Reason.FLUSH, TableOptions.defaults());
        entries.forEach(e -> Tables.add(writer, e));
        long foretold = writer.estimatedBytes();
        long bytes = writer.finish().bytes();
        assertTrue(Math.abs(bytes - foretold) < bytes / 20, bytes + ", foretold " + foretold);
    }

    @Test
    void theLongestKeysAndValuesFitAndLongerOnesAreRefused() {
        byte[] longest = new byte[TableFormat.KEY_BYTES_MAX];
        byte[] largest = new byte[TableFormat.VALUE_BYTES_MAX];
        random.nextBytes(largest);
        var entries = new TreeSet<Entry>();
        for (int i = 0; i < 4; i++) {
            longest[longest.length - 1] = (byte) i;
            Bytes value = i % 2 == 0 ? Bytes.EMPTY : Bytes.copyOf(largest);
            entries.add(new Entry(Bytes.copyOf(longest), 1, 1 + (i << 8), -1, 0, value));
        }
        var writer =
                new TableWriter(
                        disk, "1.sst", 1, TableFacts.Reason.FLUSH, TableOptions.defaults());
        Entry tooLong = Entry.put("k".repeat(longest.length + 1), 1, 1, "");
        Entry tooLarge = Entry.put("k", 1, 1, "v".repeat(largest.length + 1));
        assertThrows(NoriException.Malformed.class, () -> Tables.add(writer, tooLong));
        assertThrows(NoriException.Malformed.class, () -> Tables.add(writer, tooLarge));
        entries.forEach(e -> Tables.add(writer, e));
        writer.finish();
        try (Table table = Table.open(disk, "1.sst", 1)) {
            assertEquals(List.copyOf(entries), Tables.readAll(table));
        }
    }

    @Test
    void entriesOutOfOrderAreRefused() {
        Entry[] ordered = {
            Entry.put("a", 1, 1, ""), Entry.put("b", 1, 2, ""), Entry.put("b", 1, 1, ""),
            Entry.put("b", 2, 7, ""), Entry.put("b", -1, 7, ""), Entry.put("ba", 0, 1, "")
        };
        for (int i = 0; i < ordered.length; i++) {
            for (int j = 0; j <= i; j++) {
                var writer =
                        new TableWriter(
                                disk,
                                "t.sst",
                                1,
                                TableFacts.Reason.FLUSH,
                                TableOptions.defaults());
                Tables.add(writer, ordered[i]);
                Entry notAfter = ordered[j];
                assertThrows(AssertionError.class, () -> Tables.add(writer, notAfter));
                writer.abandon();
            }
        }
    }

    @Test
    void aColdBlockIsReadFromTheDiskOnceAndOnlyByWhoMay() {
        var entries = keys(200);
        write(1, TableOptions.defaults(), entries);
        var hit = new Hit();
        try (Table table = Table.open(disk, "1.sst", 1);
                var cursor = table.cursor(Reach.MEMORY)) {
            Entry e = entries.first();
            long reads = disk.count(Op.READ);
            assertEquals(Answer.COLD, get(table, e, Reach.MEMORY, hit));
            cursor.seekToFirst();
            assertTrue(cursor.isCold() && !cursor.isValid());
            assertEquals(reads, disk.count(Op.READ));

            assertEquals(Answer.FOUND, get(table, e, Reach.DISK, hit));
            assertEquals(reads + 1, disk.count(Op.READ));

            assertEquals(Answer.FOUND, get(table, e, Reach.MEMORY, hit));
            cursor.seekToFirst();
            assertFalse(cursor.isCold());
            int met = 0;
            for (; cursor.isValid(); cursor.next()) {
                met++;
            }
            assertTrue(cursor.isCold() && met > 0 && met < entries.size(), "met " + met);
            assertEquals(reads + 1, disk.count(Op.READ));
        }
    }

    @Test
    void anIndexBoundMayBeLargerThanAnyIndex() {
        var entries = keys(200);
        write(1, TableOptions.defaults(), entries);
        try (Table table = Table.open(disk, "1.sst", 1)) {
            Entry e = entries.last();
            for (long bound : new long[] {TableFormat.INDEX_MAX, 1L << 56, Long.MAX_VALUE}) {
                assertEquals(
                        Answer.FOUND,
                        Tables.get(table, e.key(), e.tablet(), bound, Reach.DISK, new Hit()));
            }
        }
    }

    @Test
    void aTableThatWasVerifiedIsWarm() {
        var entries = keys(500);
        write(1, TableOptions.defaults(), entries);
        try (Table table = Table.open(disk, "1.sst", 1);
                var cursor = table.cursor(Reach.MEMORY)) {
            assertTrue(table.blockCount() > 10);
            int next = 0;
            while (next < table.blockCount()) {
                next = table.verify(next, 3);
            }
            disk.inject(SimFault.on(Op.READ, "1.sst"), new SimFault.Broken());
            cursor.seekToFirst();
            assertEquals(List.copyOf(entries), TwinCheck.from(cursor, 1000));
            assertEquals(table.blockCount(), table.verify(0, Integer.MAX_VALUE));
        }
    }

    @Test
    void blocksOfAboutAPageKeepToOnePage() {
        var entries = keys(3000);
        write(1, TableOptions.defaults(), entries);
        try (Table table = Table.open(disk, "1.sst", 1)) {
            for (int block = 0; block < table.index().blockCount(); block++) {
                int at = table.index().blockAt(block);
                int last = table.index().blockAt(block + 1) - 1;
                assertEquals(at / 4096, last / 4096, "block " + block);
            }
        }
    }

    @Test
    void aClosedTableAnswersNothing() {
        var entries = keys(10);
        write(1, TableOptions.defaults(), entries);
        Table table = Table.open(disk, "1.sst", 1);
        var cursor = table.cursor(Reach.DISK);
        cursor.seekToFirst();
        var hit = new Hit();
        assertEquals(Answer.FOUND, get(table, entries.first(), Reach.DISK, hit));
        table.close();

        assertThrows(IllegalStateException.class, () -> hit.copyValue(new byte[100], 0));
        assertThrows(IllegalStateException.class, cursor::next);
        assertThrows(
                IllegalStateException.class,
                () -> get(table, entries.first(), Reach.DISK, hit));
        assertEquals(0, disk.openFiles());
        assertEquals(0, disk.openMappings());
    }

    @Test
    void oneCursorGoesFromTableToTable() {
        var first = keys(100);
        var second = new Entries(random, 2, 2, 20).some(100);
        write(1, TableOptions.defaults(), first);
        write(2, TableOptions.defaults(), second);
        try (Table one = Table.open(disk, "1.sst", 1);
                Table two = Table.open(disk, "2.sst", 2);
                var cursor = new TableCursor()) {
            assertFalse(cursor.isValid());
            cursor.attach(one, Reach.DISK);
            cursor.seekToLast();
            assertEquals(first.last(), Entry.at(cursor));
            cursor.attach(two, Reach.DISK);
            assertFalse(cursor.isValid());
            cursor.seekToFirst();
            assertEquals(second.first(), Entry.at(cursor));
        }
    }

    @Test
    void manyThreadsMayMeetColdBlocksAtOnce() throws Exception {
        var entries = keys(2000);
        write(1, TableOptions.defaults().withBlockBytes(300), entries);
        try (Table table = Table.open(disk, "1.sst", 1)) {
            List<FutureTask<List<Entry>>> readers = new java.util.ArrayList<>();
            for (int i = 0; i < 4; i++) {
                var reader = new FutureTask<>(() -> Tables.readAll(table));
                readers.add(reader);
                Thread.ofPlatform().start(reader);
            }
            for (var reader : readers) {
                assertEquals(List.copyOf(entries), reader.get());
            }
        }
    }

    @Test
    void aFileCutUnderItsMappingIsAFailureAndNotAnAnswer(@TempDir Path folder) throws Exception {
        var real = FileDisk.open(folder);
        var entries = keys(500);
        Tables.write(real, "1.sst", 1, TableOptions.defaults(), entries);
        try (Table table = Table.open(real, "1.sst", 1);
                var cursor = table.cursor(Reach.DISK)) {
            assertEquals(entries.size(), Tables.readAll(table).size());
            cursor.seekToFirst();
            try (var channel =
                    FileChannel.open(folder.resolve("1.sst"), StandardOpenOption.WRITE)) {
                channel.truncate(0);
            }
            var hit = new Hit();
            Entry last = entries.last();
            assertUnreadable(() -> get(table, last, Reach.DISK, hit));
            boolean isTold = assertUnreadable(cursor::seekToLast);
            assertFalse(isTold && cursor.isValid());
        }
    }

    /// The JVM may tell so late that only the caller of the table hears of it: the engine, which
    /// says the same then.
    ///
    /// @return whether the table told
    private static boolean assertUnreadable(Executable reading) {
        Throwable thrown = assertThrows(Throwable.class, reading);
        if (thrown instanceof NoriException.DiskFailure told) {
            assertTrue(told.getMessage().startsWith("1.sst"), told::getMessage);
            return true;
        }
        assertInstanceOf(InternalError.class, thrown);
        return false;
    }

    private TableFacts write(long number, TableOptions options, NavigableSet<Entry> entries) {
        return Tables.write(disk, number + ".sst", number, options, entries);
    }

    private static Answer get(Table table, Entry e, Reach reach, Hit hit) {
        return Tables.get(table, e.key(), e.tablet(), e.index(), reach, hit);
    }

    private static long count(NavigableSet<Entry> entries, int kind) {
        return entries.stream().filter(e -> (e.trailer() & 0xff) == kind).count();
    }

    private static NavigableSet<Entry> keys(int count) {
        NavigableSet<Entry> entries = new TreeSet<>();
        for (int i = 0; i < count; i++) {
            entries.add(Entry.put("key:%06d".formatted(i), 1, i, "v".repeat(100)));
        }
        return entries;
    }
}
