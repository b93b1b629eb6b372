package norikv.wal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import norikv.disk.SimDisk;
import norikv.disk.SimFault;
import norikv.observe.Event;
import org.junit.jupiter.api.Test;

/// Reading the log again finds what rots, says so, and changes nothing.
final class LogScrubberTest {
    private static final long RATE = 1 << 20;
    private static final long SECOND = TimeUnit.SECONDS.toNanos(1);

    private final WalRig rig = new WalRig(1);
    private Wal wal;

    /// A log of more than four segments, the newest open.
    private void write() {
        rig.options = rig.options.withScrub(RATE);
        wal = rig.open();
        for (int i = 0; wal.headedSegment() < 5; i++) {
            rig.write(wal, Note.padded("n" + i, 3000));
        }
    }

    private void pass() {
        rig.loops.advance(LogScrubber.INTERVAL_NANOS + SECOND);
    }

    private List<Event.Wal.SegmentDamaged> found() {
        List<Event.Wal.SegmentDamaged> found = new ArrayList<>();
        for (Event event : rig.events) {
            if (event instanceof Event.Wal.SegmentDamaged damaged) {
                found.add(damaged);
            }
        }
        return found;
    }

    @Test
    void everyByteOfAClosedSegmentUpToItsEndIsLookedAt() {
        write();
        pass();
        assertEquals(List.of(), found(), "of a log that is whole");
        var frames = new Frames();
        WalVerifier.inspect(rig.disk, rig.segment(2), frames);
        assertTrue(frames.last > 10_000, "of a segment that is full, got " + frames.last);
        for (int at = 8; at < frames.last; at += at == 8 ? SegmentHeader.BYTES : 97) {
            rig.disk.damage(rig.segment(2), at, 1 << at % 8);
            pass();
            rig.disk.damage(rig.segment(2), at, 1 << at % 8);

            assertEquals(1, found().size(), "damage at " + at);
            assertEquals(2, found().getFirst().segment());
            assertTrue(found().getFirst().offset() <= at, "damage at " + at);
            rig.events.clear();
        }
        pass();
        assertEquals(List.of(), found(), "of a log that is whole again");
        assertEquals(List.of(), rig.faults);
    }

    /// Where the last frame of a segment is.
    private static final class Frames implements WalVerifier.Listener {
        private long last;

        @Override
        public void header(long segment, long bytes, long first, int previousCrc) {}

        @Override
        public void frame(WalVerifier.FrameFacts frame) {
            last = frame.offset();
        }
    }

    @Test
    void aReadThatErrsOnceIsNoDamage() {
        write();
        for (int k = 0; k < 4; k++) {
            int[] reads = {k};
            rig.disk.inject(
                    call -> call.op() == SimDisk.Op.READ && reads[0]-- == 0,
                    new SimFault.BitFlip());
            pass();
            rig.disk.heal();
            assertEquals(List.of(), found(), "flipped in read " + k);
            assertTrue(reads[0] < 0, "read " + k);
        }
    }

    @Test
    void aReadThatFailsEndsNothing() {
        write();
        rig.disk.inject(call -> call.op() == SimDisk.Op.READ, new SimFault.Broken());
        pass();
        assertEquals(
                List.of(1L, 2L, 3L, 4L),
                found().stream().map(Event.Wal.SegmentDamaged::segment).toList());
        rig.disk.heal();
        rig.write(wal, new Note("goes on"));
        assertEquals(List.of(), rig.faults);
    }

    @Test
    void aPassTakesAsLongAsItMayReadAndGoesOnAfterWhatWasRecycled() {
        write();
        int[] reads = {0};
        rig.disk.inject(
                call -> {
                    reads[0] += call.op() == SimDisk.Op.READ ? 1 : 0;
                    return false;
                },
                new SimFault.BitFlip());
        rig.loops.advance(LogScrubber.INTERVAL_NANOS - SECOND);
        assertEquals(0, reads[0], "before it is time");
        wal.recycleBefore(3);
        rig.settle();
        rig.disk.damage(rig.segment(4), 5000, 1);
        pass();
        assertTrue(reads[0] > 0 && reads[0] < 20, "reads " + reads[0]);
        assertEquals(4, found().getFirst().segment());
        assertEquals(1, found().size());
    }
}
