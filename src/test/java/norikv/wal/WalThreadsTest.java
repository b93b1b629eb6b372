package norikv.wal;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReferenceArray;
import norikv.bytes.ByteReader;
import norikv.disk.FileDisk;
import norikv.observe.Event;
import norikv.observe.Meter;
import norikv.work.Signal;
import norikv.work.ThreadLoops;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The log with real threads on a real file system: counted, not timed.
final class WalThreadsTest {
    private static final long WAIT_NANOS = 60_000_000_000L;

    @TempDir Path folder;

    private final Queue<Throwable> faults = new ConcurrentLinkedQueue<>();
    private final ThreadLoops loops = new ThreadLoops((_, cause) -> faults.add(cause));

    @AfterEach
    void nothingFailed() {
        assertEquals(List.of(), List.copyOf(faults));
    }

    @Test
    void everyRecordOfEveryThreadIsDurableOnceAndInItsThreadsOrder() {
        int threads = 8;
        int each = 500;
        List<String> order = new ArrayList<>(); // the writer's loop alone adds
        var open = new AtomicInteger(threads);
        Signal finished = loops.signal();
        try (Wal wal = open(Replay.NONE)) {
            for (int t = 0; t < threads; t++) {
                int thread = t;
                loops.spawn(
                        "writer",
                        () -> {
                            writeAll(wal, thread, each, order);
                            if (open.decrementAndGet() == 0) {
                                finished.raise();
                            }
                        });
            }
            assertTrue(await(finished));
            assertTrue(wal.headedSegment() > 1, "no roll");
        }

        assertEquals(threads * each, order.size());
        for (int t = 0; t < threads; t++) {
            String prefix = t + ":";
            List<String> own = order.stream().filter(s -> s.startsWith(prefix)).toList();
            for (int i = 0; i < each; i++) {
                assertEquals(prefix + i, own.get(i));
            }
        }
        List<String> found = new ArrayList<>();
        open((_, record) -> found.add(text(record))).close();
        assertEquals(order, found);
    }

    @Test
    void aRecordOfTheLongestLengthFits() {
        byte[] longest = new byte[Wal.RECORD_BYTES_MAX];
        longest[longest.length - 1] = 7;
        Signal done = loops.signal();
        var note = new Note(longest, _ -> done.raise());
        var options = WalOptions.defaults(5).withSegmentBytes(16 << 20).withCacheBytes(0);
        try (Wal wal = open(options, Replay.NONE)) {
            assertEquals(Admission.ACCEPTED, wal.append(note));
            assertTrue(await(done));
            ByteBuffer read = ByteBuffer.allocate(longest.length);
            assertTrue(wal.read(note.position, read));
            assertArrayEquals(longest, read.array());
        }
    }

    @Test
    void readersSeeTheRightBytesOrNoneWhileSegmentsAreUsedAgain() {
        int count = 3000;
        int readers = 3;
        var written = new AtomicReferenceArray<Note>(count);
        var gone = new AtomicInteger();
        var right = new AtomicInteger();
        var open = new AtomicInteger(readers);
        Signal finished = loops.signal();
        var options =
                WalOptions.defaults(5).withSegmentBytes(64 << 10).withCacheBytes(128 << 10);
        try (Wal wal = open(options, Replay.NONE)) {
            for (int r = 0; r < readers; r++) {
                int seed = r;
                loops.spawn(
                        "reader",
                        () -> {
                            readUntilTheLast(wal, written, new SplittableRandom(seed), gone, right);
                            if (open.decrementAndGet() == 0) {
                                finished.raise();
                            }
                        });
            }
            for (int i = 0; i < count; i++) {
                Signal durable = loops.signal();
                byte[] bytes = ("note " + i + "~".repeat(i % 700)).getBytes(StandardCharsets.UTF_8);
                var note = new Note(bytes, _ -> durable.raise());
                assertEquals(Admission.ACCEPTED, wal.append(note));
                assertTrue(await(durable));
                written.set(i, note);
                wal.recycleBefore(wal.headedSegment() - 1);
            }
            assertTrue(await(finished));
            assertTrue(wal.firstSegment() > 1);
        }
        assertTrue(right.get() > 0 && gone.get() > 0, right + " right, gone " + gone);
    }

    /// Reads any of what was written so far, until all was, and then everything once more.
    private static void readUntilTheLast(
            Wal wal,
            AtomicReferenceArray<Note> written,
            SplittableRandom random,
            AtomicInteger gone,
            AtomicInteger right) {
        int last = written.length() - 1;
        for (int again = written.length(); again > 0; ) {
            boolean all = written.get(last) != null;
            Note note = written.get(all ? --again : random.nextInt(written.length()));
            if (note != null) {
                ByteBuffer target = ByteBuffer.allocate(note.bytes.length);
                if (wal.read(note.position, target)) {
                    assertArrayEquals(note.bytes, target.array());
                    right.incrementAndGet();
                } else {
                    gone.incrementAndGet();
                }
            }
        }
    }

    private void writeAll(Wal wal, int thread, int count, List<String> order) {
        for (int i = 0; i < count; i++) {
            Signal durable = loops.signal();
            byte[] text = (thread + ":" + i).getBytes(StandardCharsets.UTF_8);
            var note =
                    new Note(
                            text,
                            n -> {
                                order.add(n.text());
                                durable.raise();
                            });
            assertEquals(Admission.ACCEPTED, wal.append(note));
            assertTrue(await(durable));
            ByteBuffer read = ByteBuffer.allocate(text.length);
            assertTrue(wal.read(note.position, read));
            assertArrayEquals(text, read.array());
        }
    }

    private boolean await(Signal signal) {
        return signal.await(loops.clock().nanoTime() + WAIT_NANOS);
    }

    private static String text(ByteReader record) {
        return record.bytes(record.remaining()).toUtf8();
    }

    private Wal open(Replay replay) {
        return open(WalOptions.defaults(5).withSegmentBytes(256 << 10), replay);
    }

    private Wal open(WalOptions options, Replay replay) {
        return Wal.open(
                FileDisk.open(folder),
                "wal",
                options,
                loops,
                Meter.NONE,
                Event.Sink.NONE,
                (_, cause) -> faults.add(cause),
                SegmentHead.NONE,
                replay);
    }
}
