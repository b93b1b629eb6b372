package norikv.cli;

import java.io.IOException;
import java.time.Duration;
import norikv.client.Norikv;
import norikv.domain.ErrorCode;
import norikv.domain.NoriException;
import norikv.domain.Precondition;
import norikv.domain.Reply;
import norikv.domain.Request;
import norikv.work.Loops;

/// Writes items through a [BatchPipe], and knows what became of each. **Threads.** Confined to one.
final class Importer {
    static final long NO_TTL = Request.Put.NO_TTL;

    private final BatchPipe pipe;
    private long written;
    private long expired;
    private long unsure;

    /// The first item that was not written; null: there is none.
    private BadLine first;

    Importer(Norikv client, Loops loops, Duration timeout) {
        pipe = new BatchPipe(client, loops, timeout, this::answered);
    }

    /// {@return how many items are known to be written}
    long written() {
        return written;
    }

    /// {@return how many items had expired before they could be written}
    long expired() {
        return expired;
    }

    /// {@return how many items may be written or not}
    long unsure() {
        return unsure;
    }

    void skipExpired() {
        expired++;
    }

    /// Writes an item, now or with those that follow.
    void put(long line, JsonItem item, long ttlMillis) throws BadLine, IOException {
        pipe.put(
                line, new Request.Put(item.key(), item.value(), ttlMillis, Precondition.NONE));
        check();
    }

    /// Waits until everything is written.
    void finish() throws BadLine, IOException {
        pipe.finish();
        check();
    }

    /// Ends because of `found`: writes what was gathered before it, and waits for all that is under
    /// way.
    ///
    /// @return the bad line that comes first
    BadLine stopBefore(BadLine found) throws IOException {
        if (first == null) {
            pipe.finish();
        } else {
            pipe.drain();
        }
        return first == null ? found : first;
    }

    private void check() throws BadLine {
        if (first != null) {
            throw first;
        }
    }

    private boolean answered(BatchPipe.Line line, Reply reply) {
        if (reply instanceof Reply.Written) {
            written++;
            return true;
        }
        if (reply instanceof Reply.Failed failed) {
            unsure += failed.code().isIndeterminate() ? 1 : 0;
        }
        if (first == null) {
            first = new BadLine(line.number(), meaning(reply));
        }
        return false;
    }

    private static NoriException meaning(Reply reply) {
        if (reply instanceof Reply.Failed failed) {
            return NoriException.of(failed);
        }
        String what = "unexpected answer " + reply.getClass().getSimpleName();
        return new NoriException.Broken(ErrorCode.INTERNAL, what);
    }
}
