package norikv.raftlog;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import norikv.bytes.Bytes;
import norikv.disk.SimDisk.Op;
import norikv.disk.SimFault;
import org.junit.jupiter.api.Test;

/// Entries that cannot be flushed move on with the log.
final class StragglersTest {
    private static final int SEGMENT_BYTES = 16 << 10;

    private final RaftRig rig = new RaftRig(6);

    StragglersTest() {
        rig.options =
                new RaftLogOptions(
                        rig.options.wal(), 0, new RaftLogOptions.Pinned(2 * SEGMENT_BYTES, 0));
    }

    @Test
    void aColdGroupKeepsNoMoreThanIsAllowed() {
        RaftLog log = rig.open();
        List<String> cold = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            cold.add("cold " + i);
            rig.write(1, 1 + i / 2, Bytes.utf8(cold.getLast()));
        }
        for (int i = 0; i < 12; i++) {
            roll(log);
            assertTrue(rig.segments().size() <= 4, () -> rig.segments().toString());
            assertEquals(cold, texts(log.entries(1, 1, Long.MAX_VALUE)));
            assertEquals(5, log.lastIndex(1));
            assertEquals(2, log.term(1, 3));
        }
        assertTrue(rig.segments().getFirst() > 5);
        for (int i = 0; i < 8; i++) {
            log = rig.crashAndOpen(i);
            assertEquals(cold, texts(log.entries(1, 1, Long.MAX_VALUE)));
            rig.settle();
            roll(log);
        }
        // It thaws: goes on, is flushed, and keeps nothing.
        rig.write(1, 4, Bytes.utf8("warm"));
        cold.add("warm");
        log = rig.crashAndOpen(99);
        assertEquals(cold, texts(log.entries(1, 1, Long.MAX_VALUE)));
        rig.settle();
        log.flushed(_ -> 1000);
        roll(log);
        roll(log);
        assertEquals(7, log.firstIndex(1));
    }

    @Test
    void aTruncationIsNotUndone() {
        RaftLog log = rig.open();
        for (int i = 1; i <= 4; i++) {
            rig.write(1, 1, Bytes.utf8("old " + i));
        }
        rig.write(
                batch -> {
                    batch.after(1, 2, 1);
                    batch.entry(2, 6, 1, Bytes.utf8("new 3"));
                });
        for (int i = 0; i < 4; i++) {
            roll(log);
        }
        rig.write(
                batch -> {
                    batch.after(1, 1, 1);
                    batch.entry(3, 6, 1, Bytes.utf8("newer 2"));
                });
        for (int i = 0; i < 6; i++) {
            assertEquals(List.of("old 1", "newer 2"), texts(log.entries(1, 1, Long.MAX_VALUE)));
            assertEquals(2, log.lastIndex(1));
            log = rig.crashAndOpen(i);
            rig.settle();
            roll(log);
        }
    }

    @Test
    void entriesThatTakeMoreThanOneRecordMoveTogether() {
        RaftLog log = rig.open();
        List<String> cold = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            cold.add("x".repeat(600) + i);
            rig.write(1, 1, Bytes.utf8(cold.getLast()));
        }
        for (int i = 0; i < 9; i++) {
            roll(log);
            assertEquals(cold, texts(log.entries(1, 1, Long.MAX_VALUE)));
        }
        assertTrue(rig.segments().size() <= 4);
        assertEquals(cold, texts(rig.crashAndOpen(1).entries(1, 1, Long.MAX_VALUE)));
    }

    @Test
    void aGroupWithTooMuchKeepsItsSegments() {
        RaftLog log = rig.open();
        for (int i = 0; i < 3; i++) {
            rig.write(1, 1, Bytes.wrap(new byte[1500]));
        }
        for (int i = 0; i < 6; i++) {
            roll(log);
        }
        assertEquals(1, rig.segments().getFirst());
        assertEquals(3, log.entries(1, 1, Long.MAX_VALUE).size());
    }

    @Test
    void anEntryThatIsDamagedIsNotCopied() {
        RaftLog log = rig.open();
        rig.write(1, 1, Bytes.utf8("cold"));
        rig.write(2, 1, Bytes.utf8("cold too"));
        rig.roll();
        rig.disk.inject(call -> call.op() == Op.READ, new SimFault.BitFlip());
        for (int i = 0; i < 4; i++) {
            roll(log);
        }
        assertEquals(1, rig.segments().getFirst());
        assertEquals(List.of(), rig.faults);
    }

    private void roll(RaftLog log) {
        rig.roll();
        log.flushed(group -> group <= 2 ? 0 : 1_000_000);
        rig.settle();
        assertFalse(rig.segments().isEmpty());
    }

    private static List<String> texts(List<LogEntry> entries) {
        return entries.stream().map(entry -> entry.payload().toUtf8()).toList();
    }
}
