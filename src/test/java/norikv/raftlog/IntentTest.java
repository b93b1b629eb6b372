package norikv.raftlog;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.function.Predicate;
import norikv.bytes.Bytes;
import org.junit.jupiter.api.Test;

/// What the log keeps and refuses while a snapshot is being installed.
final class IntentTest {
    private final RaftRig rig = new RaftRig(5);

    @Test
    void anIntentOutlivesEveryCrashAndItsSegment() {
        RaftLog log = rig.open();
        rig.write(3, 1, Bytes.utf8("x"));
        var intent = new Intent(40, 2, 7);
        rig.write(batch -> batch.intent(3, intent));
        for (int i = 0; i < 3; i++) {
            assertEquals(intent, log.intent(3));
            rig.roll();
            log.flushed(_ -> 1000);
            rig.settle();
            assertFalse(rig.segments().contains(1L));
            log = rig.crashAndOpen(i);
            rig.settle();
        }
        rig.write(
                batch -> {
                    batch.done(3, 7);
                    batch.restore(3, 40, 2);
                });
        assertEquals(Intent.NONE, log.intent(3));
        assertEquals(41, log.firstIndex(3));
        assertEquals(Intent.NONE, rig.crashAndOpen(9).intent(3));
    }

    @Test
    void nothingIsAppendedButHardStatesUntilTheIntentEnds() {
        RaftLog log = rig.open();
        rig.write(3, 1, Bytes.utf8("x"));
        rig.write(3, 1, Bytes.utf8("y"));
        rig.write(batch -> batch.intent(3, new Intent(2, 1, 7)));
        assertRefused(batch -> batch.after(3, 2, 1) && batch.entry(1, 0, 0, Bytes.EMPTY));
        assertRefused(batch -> batch.compactTo(3, 1, 1));
        assertRefused(batch -> batch.restore(3, 9, 1));
        assertRefused(batch -> batch.intent(3, new Intent(3, 1, 8)));
        assertRefused(batch -> batch.done(3, 8));
        assertRefused(batch -> batch.abort(3, 8));
        rig.write(batch -> batch.hardState(3, new HardState(4, 2, 0)));
        rig.write(4, 1, Bytes.utf8("another group"));
        rig.write(batch -> batch.abort(3, 7));
        assertRefused(batch -> batch.abort(3, 7));
        rig.write(3, 1, Bytes.utf8("z"));
        assertEquals(3, log.lastIndex(3));
    }

    @Test
    void anIntentOfWhatIsDroppedIsRefused() {
        RaftLog log = rig.open();
        for (int i = 0; i < 4; i++) {
            rig.write(3, 1, Bytes.utf8("x"));
        }
        rig.write(batch -> batch.compactTo(3, 3, 1));
        assertRefused(batch -> batch.intent(3, new Intent(2, 1, 7)));
        assertRefused(batch -> batch.intent(3, new Intent(3, 1, 0)));
        // What is accepted and not durable counts too.
        rig.offer(batch -> batch.compactTo(3, 4, 1));
        assertRefused(batch -> batch.intent(3, new Intent(3, 1, 7)));
        rig.write(batch -> batch.intent(3, new Intent(4, 1, 7)));
        assertEquals(5, log.firstIndex(3));
    }

    @Test
    void whatFollowsTheSnapshotStaysEvenIfItWasFlushed() {
        RaftLog log = rig.open();
        for (int i = 0; i < 4; i++) {
            rig.write(3, 1, Bytes.utf8("entry " + i));
        }
        log.flushed(group -> group == 3 ? 4 : 0);
        assertEquals(0, log.unflushedEntries());
        var intent = new Intent(1, 1, 7);
        var done = rig.offer(batch -> batch.intent(3, intent));
        log.flushed(_ -> 1000);
        assertEquals(3, log.unflushedEntries(), "from when it is accepted");
        rig.roll();
        assertEquals(1, done.get());
        log.flushed(_ -> 1000);
        rig.settle();
        assertTrue(rig.segments().contains(1L), "the entries are needed again");
        log = rig.crashAndOpen(1);
        assertTrue(rig.indexes(3, log.firstIndex(3)).containsAll(List.of(2L, 3L, 4L)));
        rig.settle();

        rig.write(
                batch -> {
                    batch.done(3, 7);
                    batch.compactTo(3, 1, 1);
                });
        assertEquals(List.of(2L, 3L, 4L), rig.indexes(3, 2));
        log.flushed(_ -> 1000);
        rig.settle();
        assertFalse(rig.segments().contains(1L), "flushed again");
    }

    @Test
    void anIntentThatWasRefusedForNowPinsNothing() {
        rig.options = new RaftLogOptions(rig.options.wal().withInFlight(8 << 20, 1), 0);
        RaftLog log = rig.open();
        rig.write(3, 1, Bytes.utf8("x"));
        rig.write(3, 1, Bytes.utf8("y"));
        rig.offer(batch -> batch.hardState(4, new HardState(1, 1, 0)));
        LogBatch full = log.newBatch();
        assertTrue(full.intent(3, new Intent(1, 1, 7)));
        assertEquals(RaftLog.Verdict.FULL, log.append(full, () -> {}));
        rig.settle();
        log.flushed(group -> group == 3 ? 2 : 1000);
        assertEquals(0, log.unflushedEntries());
        assertEquals(Intent.NONE, log.intent(3));
    }

    @Test
    void whatWasFlushedOfAnEarlierLifeIsNotFlushedInThisOne() {
        RaftLog log = rig.open();
        rig.write(3, 1, Bytes.utf8("x"));
        // The group begins anew while its owner says what it had of the life before.
        log.flushed(
                group -> {
                    if (group == 3) {
                        rig.write(batch -> batch.tombstone(3));
                        rig.write(3, 1, Bytes.utf8("y"));
                    }
                    return 1;
                });
        assertEquals(1, log.unflushedEntries());
        rig.roll();
        log.flushed(group -> group == 3 ? 0 : 1000);
        rig.settle();
        assertEquals("y", rig.crashAndOpen(1).entries(3, 1, 99).getFirst().payload().toUtf8());
    }

    private void assertRefused(Predicate<LogBatch> fill) {
        LogBatch batch = rig.log.newBatch();
        assertTrue(fill.test(batch));
        assertThrows(IllegalArgumentException.class, () -> rig.log.append(batch, () -> {}));
    }
}
