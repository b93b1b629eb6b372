package norikv.raftlog;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import norikv.bytes.ByteReader;
import norikv.bytes.Bytes;
import norikv.disk.SimDisk.Op;
import norikv.disk.SimFault;
import norikv.domain.ErrorCode;
import norikv.domain.NoriException;
import norikv.observe.Event;
import norikv.observe.Meter;
import norikv.wal.SegmentHead;
import norikv.wal.Wal;
import org.junit.jupiter.api.Test;

/// What the log of many groups says, keeps and gives back.
final class RaftLogTest {
    private final RaftRig rig = new RaftRig(3);

    @Test
    void nothingIsVisibleBeforeItIsDurable() {
        RaftLog log = rig.open();
        AtomicInteger done =
                rig.offer(
                        batch -> {
                            batch.hardState(4, new HardState(2, 1, 0));
                            batch.after(4, 0, 0);
                            batch.entry(2, 5, 1, Bytes.utf8("x"));
                        });
        assertEquals(0, log.lastIndex(4));
        assertEquals(HardState.NONE, log.hardState(4));
        rig.settle();
        assertEquals(1, done.get());
        assertEquals(1, log.lastIndex(4));
        assertEquals(2, log.term(4, 1));
        assertEquals(new HardState(2, 1, 0), log.hardState(4));
    }

    @Test
    void batchesOfOneFrameAreForcedTogether() {
        rig.open();
        rig.settle();
        long forces = rig.disk.count(Op.FORCE);
        for (int group = 0; group < 100; group++) {
            int number = group;
            rig.offer(
                    batch -> {
                        batch.after(number, 0, 0);
                        batch.entry(1, 5, 1, Bytes.utf8("x"));
                    });
        }
        rig.settle();
        assertEquals(1, rig.disk.count(Op.FORCE) - forces);
        assertEquals(1, rig.log.lastIndex(99));
    }

    @Test
    void anEntryOverwritesTheSuffix() {
        RaftLog log = rig.open();
        for (int i = 1; i <= 5; i++) {
            rig.write(3, 1, Bytes.utf8("old " + i));
        }
        rig.write(
                batch -> {
                    batch.after(3, 2, 1);
                    batch.entry(2, 6, 1, Bytes.utf8("new 3"));
                });
        for (int i = 0; i < 2; i++) {
            assertEquals(3, log.lastIndex(3));
            List<LogEntry> entries = log.entries(3, 2, Long.MAX_VALUE);
            assertEquals(List.of("old 2", "new 3"), texts(entries));
            assertEquals(0, log.term(3, 4));
            log = rig.crashAndOpen(i);
        }
    }

    @Test
    void readsAreBoundedByBytesButNeverEmpty() {
        RaftLog log = rig.open();
        for (int i = 1; i <= 9; i++) {
            rig.write(3, 1, Bytes.wrap(new byte[1000]));
        }
        assertEquals(1, log.entries(3, 1, 0).size());
        assertEquals(3, log.entries(3, 1, 3300).size());
        assertEquals(9, log.entries(3, 1, Long.MAX_VALUE).size());
        assertEquals(List.of(), log.entries(3, 0, 99));
        assertEquals(List.of(), log.entries(3, 10, 99));
        assertEquals(List.of(), log.entries(4, 1, 99));
    }

    @Test
    void aSegmentStaysUntilAllItsEntriesAreFlushed() {
        RaftLog log = rig.open();
        rig.write(1, 1, Bytes.utf8("cold"));
        rig.roll();
        rig.roll();
        log.flushed(group -> group == 1 ? 0 : 1000);
        rig.settle();
        assertEquals(1, rig.segments().getFirst());
        assertEquals(List.of(1L), rig.indexes(1, 1));

        log.flushed(_ -> 1000);
        rig.settle();
        assertEquals(List.of(rig.newestSegment()), rig.segments());
        assertEquals(2, log.firstIndex(1));
        assertEquals(1, log.term(1, 1));
        assertEquals(List.of(), log.entries(1, 1, 99));
    }

    @Test
    void entriesThatAreHeldStayThoughTheyAreFlushed() {
        RaftLog log = rig.open();
        rig.write(1, 1, Bytes.utf8("old"));
        rig.roll();
        rig.write(1, 1, Bytes.utf8("held"));
        rig.roll();
        log.flushed(_ -> 1000, group -> group == 1 ? 1 : Long.MAX_VALUE);
        rig.settle();
        assertEquals(List.of(2L), rig.indexes(1, 2));
        assertEquals(2, log.firstIndex(1));
        assertEquals(0, log.unflushedEntries());

        log.flushed(_ -> 1000);
        rig.settle();
        assertEquals(3, log.firstIndex(1));
    }

    @Test
    void hardStateTruncationAndTombstoneOutliveTheirSegment() {
        RaftLog log = rig.open();
        rig.write(batch -> batch.hardState(1, new HardState(7, 2, 0)));
        rig.write(2, 3, Bytes.utf8("a"));
        rig.write(2, 3, Bytes.utf8("b"));
        rig.write(
                batch -> {
                    batch.after(2, 1, 3);
                    batch.entry(4, 5, 1, Bytes.utf8("c"));
                });
        rig.write(batch -> batch.hardState(5, new HardState(9, 9, 0)));
        rig.write(batch -> batch.tombstone(5));
        rig.write(batch -> batch.restore(6, 40, 8));
        for (int i = 0; i < 3; i++) {
            rig.roll();
            log.flushed(_ -> 1000);
            rig.settle();
            assertFalse(rig.segments().contains(1L));
            log = rig.crashAndOpen(i);
            assertEquals(new HardState(7, 2, 0), log.hardState(1));
            assertEquals(2, log.lastIndex(2));
            assertEquals(4, log.term(2, 2));
            assertTrue(log.isTombstone(5));
            assertEquals(HardState.NONE, log.hardState(5));
            assertEquals(41, log.firstIndex(6));
            assertEquals(8, log.term(6, 40));
            rig.settle();
        }
        List<Integer> groups = new ArrayList<>();
        log.forEachGroup(groups::add);
        assertEquals(List.of(1, 2, 6, 65_536), groups);
    }

    @Test
    void nothingIsRecycledBeforeALaterHeadIsDurable() {
        RaftLog log = rig.open();
        rig.write(batch -> batch.hardState(1, new HardState(7, 2, 0)));
        rig.write(1, 7, Bytes.utf8("x"));
        log = rig.crashAndOpen(1);
        // The next segment is not made yet: all that is known of the vote is in segment 1.
        log.flushed(_ -> 1000);
        assertEquals(List.of(1L), rig.segments());
        rig.settle();
        assertEquals(List.of(1L, 2L), rig.segments());
        log.flushed(_ -> 1000);
        rig.settle();
        assertEquals(List.of(2L), rig.segments());
        assertEquals(new HardState(7, 2, 0), rig.crashAndOpen(2).hardState(1));
    }

    @Test
    void entriesAreHeldUpToABound() {
        var pinned = new RaftLogOptions.Pinned(1 << 20, 2 * (16 << 10));
        rig.options = new RaftLogOptions(rig.options.wal(), 0, pinned);
        RaftLog log = rig.open();
        rig.write(1, 1, Bytes.utf8("held"));
        for (int i = 0; i < 5; i++) {
            rig.roll();
        }
        long newest = rig.newestSegment();
        log.flushed(_ -> 1000, group -> group == 1 ? 0 : Long.MAX_VALUE);
        rig.settle();
        assertEquals(List.of(newest - 2, newest - 1, newest), rig.segments());
    }

    @Test
    void someOfTheFlushedLogIsKeptForThoseWhoLag() {
        rig.options = new RaftLogOptions(rig.options.wal(), 20_000);
        RaftLog log = rig.open();
        for (int i = 0; i < 5; i++) {
            rig.roll();
        }
        long newest = rig.newestSegment();
        log.flushed(_ -> 1000);
        rig.settle();
        assertEquals(List.of(newest - 2, newest - 1, newest), rig.segments());
        assertEquals(0, log.unflushedEntries());
    }

    @Test
    void unflushedCountsWhatARestartWouldReadBack() {
        RaftLog log = rig.open();
        for (int i = 1; i <= 4; i++) {
            rig.write(3, 1, Bytes.wrap(new byte[100]));
        }
        rig.write(8, 1, Bytes.wrap(new byte[100]));
        long one = log.unflushedBytes() / 5;
        assertTrue(one > 100 && one < 120, () -> "bytes " + one);
        log.flushed(group -> group == 3 ? 3 : 0);
        assertEquals(2, log.unflushedEntries());
        assertEquals(2 * one, log.unflushedBytes());
        log = rig.crashAndOpen(1);
        assertEquals(5, log.unflushedEntries());
        log.flushed(_ -> 4);
        assertEquals(0, log.unflushedEntries() + log.unflushedBytes());
    }

    @Test
    void aBatchThatCannotFollowIsRefusedAndForgotten() {
        RaftLog log = rig.open();
        rig.write(3, 5, Bytes.utf8("x"));
        rig.write(batch -> batch.hardState(3, new HardState(5, 2, 1)));
        log.flushed(group -> group == 3 ? 1 : 0);
        assertRefused(batch -> batch.after(3, 2, 5) && batch.entry(5, 0, 0, Bytes.EMPTY));
        assertRefused(batch -> batch.after(3, 1, 4) && batch.entry(5, 0, 0, Bytes.EMPTY));
        assertRefused(batch -> batch.after(3, 0, 0) && batch.entry(6, 0, 0, Bytes.EMPTY));
        assertRefused(batch -> batch.hardState(3, new HardState(4, 2, 1)));
        assertRefused(batch -> batch.hardState(3, new HardState(5, 1, 1)));
        assertRefused(batch -> batch.hardState(3, new HardState(5, 0, 1)));
        assertRefused(batch -> batch.compactTo(3, 2, 5));
        assertRefused(batch -> batch.compactTo(3, 1, 4));
        assertRefused(batch -> batch.restore(3, 0, 0));
        // The first item is good, so it must be taken back with the second.
        assertRefused(
                batch ->
                        batch.hardState(3, new HardState(9, 1, 1))
                                && batch.after(3, 7, 7)
                                && batch.entry(9, 0, 0, Bytes.EMPTY));
        assertThrows(IllegalArgumentException.class, () -> log.append(log.newBatch(), () -> {}));
        assertThrows(
                IllegalArgumentException.class, () -> log.newBatch().tombstone(RaftLog.GROUPS_MAX));
        assertThrows(IllegalArgumentException.class, () -> log.lastIndex(-1));
        rig.write(batch -> batch.hardState(3, new HardState(6, 1, 1)));
        rig.write(3, 5, Bytes.utf8("y"));
        assertEquals(2, log.lastIndex(3));
    }

    @Test
    void aBatchThatWasRefusedForNowChangesNothing() {
        rig.options = new RaftLogOptions(rig.options.wal().withInFlight(8 << 20, 1), 0);
        RaftLog log = rig.open();
        rig.offer(batch -> batch.hardState(3, new HardState(1, 1, 0)));
        LogBatch full = log.newBatch();
        assertTrue(full.hardState(4, new HardState(9, 1, 0)));
        assertTrue(full.after(4, 0, 0) && full.entry(9, 0, 0, Bytes.EMPTY));
        assertEquals(RaftLog.Verdict.FULL, log.append(full, () -> {}));
        rig.settle();
        assertEquals(HardState.NONE, log.hardState(4));
        rig.write(batch -> batch.hardState(4, new HardState(2, 2, 0)));
        rig.write(4, 2, Bytes.utf8("other"));
        assertEquals(2, log.term(4, 1));
    }

    @Test
    void aBatchThatIsFullSaysSoAndKeepsWhatItHas() {
        RaftLog log = rig.open();
        LogBatch batch = log.newBatch();
        assertTrue(batch.after(1, 0, 0));
        assertTrue(batch.entry(1, 0, 0, Bytes.wrap(new byte[batch.payloadBytesMax()])));
        assertFalse(batch.entry(1, 0, 0, Bytes.wrap(new byte[1000])));
        assertEquals(RaftLog.Verdict.ACCEPTED, log.append(batch, () -> {}));
        rig.settle();
        assertEquals(1, log.lastIndex(1));
        batch.clear();
        assertTrue(batch.isEmpty());
        assertTrue(batch.after(1, 1, 1));
        assertFalse(batch.entry(1, 0, 0, Bytes.wrap(new byte[batch.payloadBytesMax() + 100])));
        assertThrows(IllegalArgumentException.class, () -> log.append(batch, () -> {}));
    }

    @Test
    void whatTheMemoryHasIsNotReadFromTheDisk() {
        rig.options = new RaftLogOptions(rig.options.wal().withCacheBytes(1 << 20), 0);
        RaftLog log = rig.open();
        rig.write(3, 1, Bytes.utf8("x"));
        assertTrue(log.isInMemory(3, 1));
        assertFalse(log.isInMemory(3, 2));
        long reads = rig.disk.count(Op.READ);
        assertEquals(List.of("x"), texts(log.entries(3, 1, 99)));
        assertEquals(reads, rig.disk.count(Op.READ));
        log = rig.crashAndOpen(1);
        assertFalse(log.isInMemory(3, 1));
        assertEquals(List.of("x"), texts(log.entries(3, 1, 99)));
    }

    @Test
    void anUnknownItemStopsOpeningLoudly() {
        try (Wal wal = openWal((byte) 1, (byte) 11, (byte) 3)) {
            rig.settle();
            assertEquals(1, wal.headedSegment());
        }
        var refused = assertThrows(NoriException.Refused.class, rig::open);
        assertEquals(ErrorCode.VERSION_UNSUPPORTED, refused.code());
        assertTrue(refused.getMessage().startsWith("log/000001.log@"), refused::getMessage);
    }

    @Test
    void aBitThatRotsIsNeverAWrongEntry() {
        RaftLog log = rig.open();
        for (int i = 1; i <= 50; i++) {
            rig.write(3, 1, Bytes.utf8("entry " + i));
        }
        rig.disk.inject(call -> call.op() == Op.READ, new SimFault.BitFlip());
        int damaged = 0;
        for (int i = 1; i <= 50; i++) {
            int index = i;
            var damage =
                    assertThrows(NoriException.Corruption.class, () -> log.entries(3, index, 0));
            assertTrue(damage.getMessage().contains("entry " + i + " of group 3"));
            damaged++;
        }
        assertEquals(50, damaged);
        rig.disk.heal();
        assertEquals("entry 50", log.entries(3, 50, 0).getFirst().payload().toUtf8());
    }

    @Test
    void aThousandIdleGroupsCostLessThanAQuarterOfAMegabyte() {
        var threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        List<GroupLog> idle = new ArrayList<>(1024);
        idleGroups(idle, 100); // loads the classes
        idle.clear();
        long before = threads.getCurrentThreadAllocatedBytes();
        idleGroups(idle, 1024);
        long bytes = threads.getCurrentThreadAllocatedBytes() - before;
        assertEquals(1024, idle.size());
        assertTrue(bytes < 256 << 10, () -> "bytes " + bytes);
    }

    @Test
    void theMostGroupsFitInOneHead() {
        RaftRig big = new RaftRig(4);
        var wal = big.options.wal().withSegmentBytes(64 << 20);
        big.options = new RaftLogOptions(wal, 0);
        RaftLog log = big.open();
        for (int from = 0; from < RaftLog.GROUPS_MAX; from += 8192) {
            int first = from;
            big.write(
                    batch -> {
                        for (int g = first; g < Math.min(first + 8192, RaftLog.GROUPS_MAX); g++) {
                            batch.hardState(g, new HardState(1L << 40, g, 0));
                        }
                    });
        }
        log.close();
        log = big.open();
        big.settle();
        log.flushed(_ -> 0);
        big.settle();
        assertEquals(List.of(2L), big.segments());
        log = big.crashAndOpen(1);
        assertEquals(new HardState(1L << 40, 65_536, 0), log.hardState(65_536));
    }

    private static void idleGroups(List<GroupLog> into, int count) {
        for (int group = 0; group < count; group++) {
            var log = new GroupLog(group);
            log.setHardState(new HardState(1, 1, 0));
            into.add(log);
        }
    }

    private void assertRefused(Predicate<LogBatch> fill) {
        LogBatch batch = rig.log.newBatch();
        assertTrue(fill.test(batch));
        assertThrows(
                IllegalArgumentException.class,
                () -> rig.log.append(batch, () -> {}),
                () -> "accepted " + batch.bytes());
        assertEquals(List.of(), rig.faults);
    }

    /// A log in the same folder with one raw record at its head.
    private Wal openWal(byte... record) {
        SegmentHead head = sink -> sink.record(record, 0, record.length);
        return Wal.open(
                rig.disk,
                "log",
                rig.options.wal(),
                rig.loops,
                Meter.NONE,
                Event.Sink.NONE,
                (_, cause) -> rig.faults.add(cause),
                head,
                (long _, ByteReader _) -> {});
    }

    private static List<String> texts(List<LogEntry> entries) {
        return entries.stream().map(entry -> entry.payload().toUtf8()).toList();
    }

    @Test
    void nothingIsWrittenBehindARestoreThatStandsBeforeIt() {
        rig.open();
        rig.write(batch -> batch.hardState(3, new HardState(5, 1, 0)));
        rig.write(3, 5, Bytes.utf8("a"));
        rig.write(3, 5, Bytes.utf8("b"));

        assertRefused(
                batch ->
                        batch.restore(3, 40, 5)
                                && batch.after(3, 2, 5)
                                && batch.entry(5, 0, 0, Bytes.EMPTY));
    }
}
