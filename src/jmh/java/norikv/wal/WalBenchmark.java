package norikv.wal;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Comparator;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import norikv.disk.FileDisk;
import norikv.observe.Event;
import norikv.observe.Meter;
import norikv.work.FaultHandler;
import norikv.work.Loop;
import norikv.work.Step;
import norikv.work.ThreadLoops;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Threads;
import org.openjdk.jmh.annotations.Warmup;

/// What the log costs over the disk: 64 writers, each of which waits until its record is durable,
/// against the same writers, queue and wake-ups over nothing but write and fdatasync.
///
/// The files are in `target/wal-benchmark`; `-Dwal.folder=` names another disk.
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Fork(1)
@Threads(64)
@Warmup(iterations = 2, time = 3)
@Measurement(iterations = 5, time = 3)
public class WalBenchmark {
    private static final int FILE_BYTES = 64 << 20;

    private static final FaultHandler FAULTS =
            (where, cause) -> {
                throw new IllegalStateException(where, cause);
            };

    /// A writer's record and its place to wait.
    @State(Scope.Thread)
    public static class Writer extends WalRecord {
        private Thread waiter;
        private byte[] bytes;
        private volatile boolean durable;

        /// Makes the record that this thread writes again and again.
        @Setup
        public void oneRecord(Size size) {
            waiter = Thread.currentThread();
            bytes = new byte[size.recordBytes];
        }

        void await() {
            while (!durable) {
                LockSupport.park(this);
            }
        }

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
            durable = true;
            LockSupport.unpark(waiter);
        }
    }

    /// How long a record is.
    @State(Scope.Benchmark)
    public static class Size {
        @Param({"128", "1024"})
        int recordBytes;
    }

    /// The log as it is shipped. What was written is given back at once, so it recycles.
    @State(Scope.Benchmark)
    public static class Log {
        private final ThreadLoops loops = new ThreadLoops(FAULTS);
        private Path folder;
        private Wal wal;
        private Loop janitor;

        /// Opens an empty log.
        @Setup(Level.Trial)
        public void anEmptyLog() throws IOException {
            folder = emptyFolder();
            wal =
                    Wal.open(
                            FileDisk.open(folder),
                            "wal",
                            WalOptions.defaults(1),
                            loops,
                            Meter.NONE,
                            Event.Sink.NONE,
                            FAULTS,
                            SegmentHead.NONE,
                            Replay.NONE);
            Step recycle =
                    now -> {
                        wal.recycleBefore(wal.headedSegment());
                        return now + 100_000_000L;
                    };
            janitor = loops.start("janitor", recycle);
        }

        /// Closes the log and removes it.
        @TearDown(Level.Trial)
        public void close() throws IOException {
            janitor.stop();
            wal.close();
            delete(folder);
        }
    }

    /// The same queue and wake-ups over a file of zeros.
    @State(Scope.Benchmark)
    public static class Bare implements Step {
        private final ThreadLoops loops = new ThreadLoops(FAULTS);
        private final Inbox inbox = new Inbox(32L << 20, 65_536);
        private final ByteBuffer buffer = ByteBuffer.allocateDirect(1 << 20);
        private Path folder;
        private FileChannel file;
        private long offset;
        private Loop loop;

        /// Fills a file with zeros.
        @Setup(Level.Trial)
        public void aFileOfZeros() throws IOException {
            folder = emptyFolder();
            file =
                    FileChannel.open(
                            folder.resolve("bare"),
                            StandardOpenOption.CREATE_NEW,
                            StandardOpenOption.WRITE);
            ByteBuffer zeros = ByteBuffer.allocateDirect(1 << 20);
            for (int at = 0; at < FILE_BYTES; at += zeros.capacity()) {
                file.write(zeros.clear(), at);
            }
            file.force(true);
            loop = loops.start("bare", this);
        }

        /// Removes the file.
        @TearDown(Level.Trial)
        public void close() throws IOException {
            loop.stop();
            file.close();
            delete(folder);
        }

        @Override
        public long runOnce(long nowNanos) {
            WalRecord first = inbox.drain();
            if (first == null) {
                return UNTIL_WOKEN;
            }
            buffer.clear();
            int records = 0;
            for (WalRecord record = first; record != null; record = record.next) {
                record.writeTo(buffer);
                records++;
            }
            buffer.flip();
            if (offset + buffer.limit() > FILE_BYTES) {
                offset = 0;
            }
            long bytes = buffer.limit() + (long) records * Frame.RECORD_HEAD_BYTES;
            try {
                offset += file.write(buffer, offset);
                file.force(false);
            } catch (IOException e) {
                throw new IllegalStateException(e);
            }
            inbox.release(records, bytes);
            for (WalRecord record = first; record != null; ) {
                WalRecord next = record.next;
                record.durable(0);
                record = next;
            }
            return nowNanos;
        }
    }

    /// Appends a record and waits until it is durable.
    @Benchmark
    public void appendDurably(Log log, Writer writer) {
        writer.durable = false;
        if (log.wal.append(writer) != Admission.ACCEPTED) {
            throw new IllegalStateException("refused");
        }
        writer.await();
    }

    /// Hands the bytes to the bare loop and waits until they are forced.
    @Benchmark
    public void writeBareDurably(Bare bare, Writer writer) {
        writer.durable = false;
        writer.length = writer.length();
        if (bare.inbox.push(writer) == Inbox.Push.FIRST) {
            bare.loop.wake();
        }
        writer.await();
    }

    private static Path emptyFolder() throws IOException {
        Path folder = Path.of(System.getProperty("wal.folder", "target/wal-benchmark"));
        delete(folder);
        return Files.createDirectories(folder);
    }

    private static void delete(Path folder) throws IOException {
        if (Files.exists(folder)) {
            try (Stream<Path> files = Files.walk(folder)) {
                for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                    Files.delete(file);
                }
            }
        }
    }
}
