package norikv.wal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import norikv.disk.FileDisk;
import norikv.observe.Event;
import norikv.observe.Meter;
import norikv.work.SeededLoops;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What the log allocates by itself: something a frame, nothing a record.
final class WalAllocationTest {
    private static final int RECORDS = 64;
    private static final int FRAMES = 200;

    @TempDir Path folder;

    private final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    @Test
    void aRecordOfAFrameAllocatesNothing() {
        var loops = new SeededLoops(1);
        var options = WalOptions.defaults(1).withSegmentBytes(16 << 20).withCacheBytes(1 << 20);
        Wal wal =
                Wal.open(
                        FileDisk.open(folder),
                        "wal",
                        options,
                        loops,
                        Meter.NONE,
                        Event.Sink.NONE,
                        (_, cause) -> {
                            throw new AssertionError(cause);
                        },
                        SegmentHead.NONE,
                        Replay.NONE);
        List<Again> one = List.of(new Again());
        List<Again> many = new ArrayList<>();
        for (int i = 0; i < RECORDS; i++) {
            many.add(new Again());
        }
        bytesAFrame(loops, wal, one);
        bytesAFrame(loops, wal, many);
        long small = bytesAFrame(loops, wal, one);
        long large = bytesAFrame(loops, wal, many);

        assertEquals(3 * FRAMES, one.get(0).count + many.get(0).count - FRAMES);
        // Steps of the driver and the disk allocate too; what matters is that records add nothing.
        assertTrue(
                large - small < RECORDS,
                () -> "bytes a frame: %d with one record, %d with %d"
                                .formatted(small, large, RECORDS));
        wal.close();
    }

    private long bytesAFrame(SeededLoops loops, Wal wal, List<Again> records) {
        long before = threads.getCurrentThreadAllocatedBytes();
        for (int i = 0; i < FRAMES; i++) {
            int wanted = records.getFirst().count + 1;
            for (int r = 0; r < records.size(); r++) {
                assertEquals(Admission.ACCEPTED, wal.append(records.get(r)));
            }
            assertTrue(loops.runUntil(() -> records.getLast().count == wanted, 10_000));
        }
        return (threads.getCurrentThreadAllocatedBytes() - before) / FRAMES;
    }

    /// A record that is written again and again.
    private static final class Again extends WalRecord {
        private final byte[] bytes = new byte[128];
        private int count;

        @Override
        protected int length() {
            return bytes.length;
        }

        @Override
        protected void writeTo(ByteBuffer target) {
            target.put(bytes);
        }

        @Override
        protected void durable(long position) {
            count++;
        }
    }
}
