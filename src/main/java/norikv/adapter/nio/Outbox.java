package norikv.adapter.nio;

import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import norikv.bytes.ByteWriter;
import norikv.observe.Counter;
import norikv.work.Bell;
import norikv.work.Clock;

/// The replies of one connection on their way out: a stack that any thread pushes to, emptied as a
/// whole into one buffer and one write.
///
/// Whoever finds the stack filled and the link free flushes: the reader after it has decoded all
/// that was there, else the connection's writer, which is woken only when the reader will not come
/// by. So a connection that reads in memory costs one write a batch and no hand-over at all.
///
/// **Limits.** What waits here is bounded by the connection's [Window]. The buffer is written at
/// [#WRITE_BYTES] and holds one reply more at the most.
final class Outbox {
    private static final int WRITE_BYTES = 128 << 10;
    private static final int BUFFER_BYTES_KEPT = 256 << 10;

    private static final VarHandle TOP;
    private static final VarHandle FLUSHING;

    static {
        try {
            var lookup = MethodHandles.lookup();
            TOP = lookup.findVarHandle(Outbox.class, "top", PendingReply.class);
            FLUSHING = lookup.findVarHandle(Outbox.class, "flushing", boolean.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private final Link link;
    private final Window window;
    private final Clock clock;
    private final Counter sentBytes;
    private final Bell writerBell = new Bell();

    private volatile PendingReply top; // null: nothing waits
    private volatile boolean flushing; // guards `buffer` and the link's write side
    private volatile boolean readerComes = true;
    private volatile long stalledSinceNanos = Long.MAX_VALUE;
    private ByteWriter buffer = new ByteWriter(4 << 10);

    Outbox(Link link, Window window, Clock clock, Counter sentBytes) {
        this.link = link;
        this.window = window;
        this.clock = clock;
        this.sentBytes = sentBytes;
    }

    /// Adds a reply; wakes the writer unless the reader will flush. **Threads.** Any.
    void push(PendingReply pending) {
        pending.settle(window);
        PendingReply below;
        do {
            below = top;
            pending.linkTo(below);
        } while (!TOP.compareAndSet(this, below, pending));
        // Dekker with readerLeaves(): that writes readerComes, then looks at the stack.
        if (!readerComes && below == null) {
            writerBell.ring();
        }
    }

    /// The reader is about to submit requests, and will flush when it is done.
    void readerComes() {
        readerComes = true;
    }

    /// The reader is about to wait: flushes what is there, and leaves the rest to the writer.
    void readerLeaves() throws IOException {
        readerComes = false;
        flush();
    }

    /// Waits until there may be something to write, and writes it. Only the connection's writer.
    void awaitAndFlush() throws IOException {
        writerBell.await();
        flush();
    }

    /// Lets the writer look again, whatever there is.
    void wakeWriter() {
        writerBell.ring();
    }

    /// {@return since when a write has been waiting for the peer; [Long#MAX_VALUE]: none is}
    long stalledSinceNanos() {
        return stalledSinceNanos;
    }

    private void flush() throws IOException {
        while (top != null && FLUSHING.compareAndSet(this, false, true)) {
            try {
                drain();
            } finally {
                flushing = false;
            }
        }
    }

    private void drain() throws IOException {
        PendingReply pending = reversed((PendingReply) TOP.getAndSet(this, null));
        int count = 0;
        long held = 0;
        while (pending != null) {
            pending.encode(buffer);
            count++;
            held += pending.held();
            pending = pending.next();
            if (pending == null || buffer.length() >= WRITE_BYTES) {
                writeOut();
                window.close(count, held);
                count = 0;
                held = 0;
            }
        }
    }

    private void writeOut() throws IOException {
        ByteBuffer out = ByteBuffer.wrap(buffer.array(), 0, buffer.length());
        sentBytes.add(buffer.length());
        stalledSinceNanos = clock.nanoTime();
        // In slices: the JDK keeps a direct copy buffer a thread, as large as the largest write.
        while (out.position() < buffer.length()) {
            out.limit(Math.min(buffer.length(), out.position() + WRITE_BYTES));
            link.write(out);
        }
        stalledSinceNanos = Long.MAX_VALUE;
        if (buffer.array().length > BUFFER_BYTES_KEPT) {
            buffer = new ByteWriter(4 << 10);
        } else {
            buffer.clear();
        }
    }

    private static PendingReply reversed(PendingReply newestFirst) {
        PendingReply oldestFirst = null;
        PendingReply at = newestFirst;
        while (at != null) {
            PendingReply below = at.next();
            at.linkTo(oldestFirst);
            oldestFirst = at;
            at = below;
        }
        return oldestFirst;
    }
}
