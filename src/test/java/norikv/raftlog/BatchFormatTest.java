package norikv.raftlog;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.Arrays;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.TreeSet;
import java.util.function.Consumer;
import norikv.bytes.ByteReader;
import norikv.bytes.ByteWriter;
import norikv.bytes.Bytes;
import norikv.domain.ErrorCode;
import norikv.domain.NoriException;
import norikv.wal.HexVector;
import norikv.wal.Wal;
import org.junit.jupiter.api.Test;

/// The bytes of batches, as `wire/files.md` draws them.
final class BatchFormatTest {
    private static final long FIRST = Wal.position(1, 4140);
    private static final long SECOND = Wal.position(2, 4140);

    private final GroupLogs groups = new GroupLogs(p -> Wal.describe("log", p));

    @Test
    void theBatchVectorIsReadAndWrittenAgain() throws IOException {
        byte[] vector = HexVector.read("raftlog-batch");

        LogBatch batch = everyItem();
        assertEquals(HexVector.spell(vector), HexVector.spell(bytes(batch)));

        groups.apply(FIRST, new ByteReader(vector, 0, vector.length));
        groups.end();
        assertEquals(new HardState(3, 2, 5), groups.of(7).hardState());
        assertEquals(6, groups.of(7).firstIndex());
        assertEquals(7, groups.of(7).lastIndex());
        assertEquals(2, groups.of(7).term(5));
        assertEquals(3, groups.of(7).term(7));
        long[] places = groups.of(7).places(6, Long.MAX_VALUE, 9);
        var six = new LogEntry(6, 2, 1_700_000_000_000L, 1, Bytes.utf8("six"));
        var seven = new LogEntry(7, 3, 1_700_000_000_001L, 2, Bytes.EMPTY);
        assertEquals(six, entry(vector, places, 0));
        assertEquals(seven, entry(vector, places, 1));
        assertEquals(101, groups.of(1000).firstIndex());
        assertEquals(100, groups.of(1000).lastIndex());
        assertEquals(9, groups.of(1000).term(100));
        assertTrue(groups.of(65_536).tombstone());
        assertEquals(Intent.NONE, groups.of(7).intent());
        assertEquals(new Intent(110, 10, 301), groups.of(1000).intent());
    }

    @Test
    void theHeadVectorIsReadAndWrittenAgain() throws IOException {
        byte[] vector = HexVector.read("raftlog-head");

        groups.apply(FIRST, new ByteReader(vector, 0, vector.length));
        groups.end();
        assertEquals(new HardState(3, 2, 5), groups.of(7).hardState());
        // The head counts entries up to 7, but no segment has them: they were flushed.
        assertEquals(8, groups.of(7).firstIndex());
        assertEquals(3, groups.of(7).term(7));
        assertEquals(new Intent(110, 10, 301), groups.of(1000).intent());

        var applied = new GroupLogs(p -> Wal.describe("log", p));
        byte[] batch = bytes(everyItem());
        applied.apply(FIRST, new ByteReader(batch, 0, batch.length));
        var head = new ByteWriter(64);
        applied.writeHead(
                head,
                1 << 10,
                w -> assertEquals(HexVector.spell(vector), HexVector.spell(copy(w))));
    }

    @Test
    void anUnknownTypeOrFormatIsNeverPassedOver() {
        byte[] good = bytes(everyItem());
        assertRefused(with(good, 0, 2), "batch format");
        for (int type : new int[] {0, 11, 255}) {
            assertRefused(with(good, 1, type), "item type");
        }
        int entryFormat = indexOf(good, Bytes.utf8("six")) - 9;
        assertEquals(BatchFormat.ENTRY_FORMAT, good[entryFormat]);
        assertRefused(with(good, entryFormat, 2), "entry format");
    }

    @Test
    void aBatchThatEndsInsideOfAnItemIsDamage() {
        byte[] good = bytes(everyItem());
        var ends = new TreeSet<Integer>();
        for (int length = 1; length < good.length; length++) {
            var fresh = new GroupLogs(p -> Wal.describe("log", p));
            var reader = new ByteReader(good, 0, length);
            try {
                fresh.apply(FIRST, reader);
                ends.add(length);
            } catch (NoriException.Corruption e) {
                assertTrue(e.getMessage().startsWith("log/000001.log@4140: "), e::getMessage);
            }
        }
        // Only where an item ends, which a batch that is found again never does by accident.
        assertEquals(11, ends.size(), ends::toString);
    }

    @Test
    void hostileBytesAreDamageOrRefusedAndNeverAnythingElse() {
        long seed = Long.getLong("seed", 8);
        var random = new SplittableRandom(seed);
        byte[] good = bytes(everyItem());
        int accepted = 0;
        for (int i = 0; i < 30_000; i++) {
            byte[] bytes = Arrays.copyOf(good, 1 + random.nextInt(good.length));
            for (int flips = random.nextInt(4); flips >= 0; flips--) {
                bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
            }
            var fresh = new GroupLogs(p -> Wal.describe("log", p));
            try {
                fresh.apply(FIRST, new ByteReader(bytes, 0, bytes.length));
                fresh.end();
                fresh.forEach(log -> log.places(log.firstIndex(), 1 << 20, 100));
                accepted++;
            } catch (NoriException.Corruption | NoriException.Refused e) {
                assertTrue(e.getMessage().startsWith("log/0"), "seed " + seed + e.getMessage());
            }
        }
        int count = accepted;
        assertTrue(count > 100 && count < 20_000, () -> "accepted " + count);
    }

    @Test
    void anEntryIsBoundToItsGroupIndexAndTerm() {
        var writer = new ByteWriter(64);
        BatchFormat.writeEntry(writer, BatchFormat.seed(7, 6), 2, 5, 1, Bytes.utf8("six"));
        byte[] bytes = copy(writer);

        var expected = new LogEntry(6, 2, 5, 1, Bytes.utf8("six"));
        assertEquals(Optional.of(expected), BatchFormat.readEntry(7, 6, 2, bytes));
        assertTrue(BatchFormat.readEntry(8, 6, 2, bytes).isEmpty());
        assertTrue(BatchFormat.readEntry(7, 5, 2, bytes).isEmpty());
        assertTrue(BatchFormat.readEntry(7, 6, 3, bytes).isEmpty());
        for (int bit = 0; bit < 8 * bytes.length; bit++) {
            byte[] flipped = with(bytes, bit / 8, bytes[bit / 8] ^ 1 << bit % 8);
            assertTrue(BatchFormat.readEntry(7, 6, 2, flipped).isEmpty(), "bit " + bit);
        }
    }

    @Test
    void aHeadThatSaysSomethingElseThanTheLogIsDamage() {
        LogBatch batch = new LogBatch((_, _) -> {}, 1 << 10);
        batch.hardState(3, new HardState(4, 1, 0));
        batch.after(3, 0, 0);
        batch.entry(4, 5, 1, Bytes.utf8("x"));
        var said = state(false, new HardState(4, 1, 0), 0, 0, 1, 4);
        assertTrue(agrees(batch, said));
        assertTrue(agrees(batch, state(false, said.hardState(), 1, 4, 1, 4)));
        var intent = new Intent(1, 4, 1);
        assertFalse(
                agrees(batch, new GroupState(false, said.hardState(), 0, 0, 1, 4, intent)));

        assertFalse(agrees(batch, state(true, said.hardState(), 0, 0, 1, 4)));
        assertFalse(agrees(batch, state(false, new HardState(4, 2, 0), 0, 0, 1, 4)));
        assertFalse(agrees(batch, state(false, new HardState(3, 1, 0), 0, 0, 1, 4)));
        assertFalse(agrees(batch, state(false, said.hardState(), 1, 3, 1, 4)));
        assertFalse(agrees(batch, state(false, said.hardState(), 0, 0, 2, 4)));
        assertFalse(agrees(batch, state(false, said.hardState(), 0, 0, 1, 3)));
        assertFalse(agrees(batch, state(false, said.hardState(), 2, 4, 2, 4)));
    }

    @Test
    void anEntryThatDoesNotFollowIsDamage() {
        assertDamage(b -> b.after(1, 1, 1));
        assertDamage(b -> b.after(1, 0, 1));
        assertDamage(
                b -> {
                    b.after(1, 0, 0);
                    b.entry(2, 0, 0, Bytes.EMPTY);
                    b.after(1, 1, 1);
                });
    }

    private void assertDamage(Consumer<LogBatch> fill) {
        LogBatch batch = new LogBatch((_, _) -> {}, 1 << 10);
        fill.accept(batch);
        batch.entry(9, 0, 0, Bytes.EMPTY);
        byte[] bytes = bytes(batch);
        var fresh = new GroupLogs(p -> Wal.describe("log", p));
        assertThrows(
                NoriException.Corruption.class,
                () -> fresh.apply(FIRST, new ByteReader(bytes, 0, bytes.length)));
    }

    private static GroupState state(
            boolean tombstone,
            HardState hardState,
            long base,
            long baseTerm,
            long last,
            long term) {
        return new GroupState(tombstone, hardState, base, baseTerm, last, term, Intent.NONE);
    }

    private static boolean agrees(LogBatch batch, GroupState said) {
        var fresh = new GroupLogs(p -> Wal.describe("log", p));
        byte[] first = bytes(batch);
        fresh.apply(FIRST, new ByteReader(first, 0, first.length));
        var head = new ByteWriter(64);
        head.u8(BatchFormat.FORMAT);
        GroupLogs.writeState(head, 3, said);
        byte[] second = copy(head);
        try {
            fresh.apply(SECOND, new ByteReader(second, 0, second.length));
            return true;
        } catch (NoriException.Corruption e) {
            assertTrue(e.getMessage().startsWith("log/000002.log@4140: "), e::getMessage);
            return false;
        }
    }

    private void assertRefused(byte[] bytes, String what) {
        var fresh = new GroupLogs(p -> Wal.describe("log", p));
        var e =
                assertThrows(
                        NoriException.Refused.class,
                        () -> fresh.apply(FIRST, new ByteReader(bytes, 0, bytes.length)));
        assertEquals(ErrorCode.VERSION_UNSUPPORTED, e.code());
        assertTrue(e.getMessage().contains(what), e::getMessage);
        assertNotEquals(-1, e.getMessage().indexOf("log/000001.log@"));
    }

    private static LogEntry entry(byte[] batch, long[] places, int i) {
        int at = (int) (places[2 * i] - FIRST);
        int length = GroupLog.lengthOf(places[2 * i + 1]);
        long term = GroupLog.termOf(places[2 * i + 1]);
        byte[] bytes = Arrays.copyOfRange(batch, at, at + length);
        return BatchFormat.readEntry(7, 6 + i, term, bytes).orElseThrow();
    }

    /// A batch with every type of item that a batch may have.
    private static LogBatch everyItem() {
        var batch = new LogBatch((_, _) -> {}, 1 << 10);
        assertTrue(batch.restore(7, 4, 2));
        assertTrue(batch.hardState(7, new HardState(3, 2, 5)));
        assertTrue(batch.after(7, 4, 2));
        assertTrue(batch.entry(2, 1_600_000_000_000L, 0, Bytes.utf8("five")));
        assertTrue(batch.entry(2, 1_700_000_000_000L, 1, Bytes.utf8("six")));
        assertTrue(batch.entry(3, 1_700_000_000_001L, 2, Bytes.EMPTY));
        assertTrue(batch.after(7, 7, 3));
        assertTrue(batch.compactTo(7, 5, 2));
        assertTrue(batch.restore(1000, 100, 9));
        assertTrue(batch.tombstone(65_536));
        assertTrue(batch.intent(7, new Intent(7, 3, 5)));
        assertTrue(batch.done(7, 5));
        assertTrue(batch.intent(1000, new Intent(105, 9, 300)));
        assertTrue(batch.abort(1000, 300));
        assertTrue(batch.intent(1000, new Intent(110, 10, 301)));
        return batch;
    }

    private static byte[] bytes(LogBatch batch) {
        batch.dropEmptyRun();
        return Arrays.copyOf(batch.array(), batch.bytes());
    }

    private static byte[] copy(ByteWriter writer) {
        return Arrays.copyOf(writer.array(), writer.length());
    }

    private static byte[] with(byte[] bytes, int at, int value) {
        byte[] changed = bytes.clone();
        changed[at] = (byte) value;
        return changed;
    }

    private static int indexOf(byte[] bytes, Bytes part) {
        for (int i = 0; ; i++) {
            if (Bytes.copyOf(bytes, i, part.length()).equals(part)) {
                return i;
            }
        }
    }
}
