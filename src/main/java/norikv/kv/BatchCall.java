package norikv.kv;

import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.stream.IntStream;
import norikv.domain.Consistency;
import norikv.domain.ErrorCode;
import norikv.domain.Limits;
import norikv.domain.Reply;
import norikv.domain.Request;
import norikv.port.KeyValue;

/// Gathers the answers to the operations of a batch and gives them on together, in order.
///
/// The reply is bounded. Before anything is done each operation gets room for the longest answer
/// without a value, so a write always has room for its own; what is then left goes to the values
/// that are read, first come, first served, and a value that finds no room is not sent:
/// [ErrorCode#NOT_EXECUTED]. Messages of failures have a room of their own, which whoever sends the
/// reply keeps to.
///
/// **Threads.** Any may answer an operation.
final class BatchCall {
    /// What the messages of all failures may take together.
    static final int MESSAGES_BYTES_MAX = 32 << 10;

    private static final int COUNT_BYTES_MAX = 16;

    private final List<Request.Single> operations;
    private final KeyValue.Answer answer;
    private final AtomicReferenceArray<Reply> replies;
    private final AtomicInteger left;
    private final AtomicInteger valueBytesLeft;

    BatchCall(Request.Batch batch, KeyValue.Answer answer) {
        this.operations = batch.operations();
        this.answer = answer;
        this.replies = new AtomicReferenceArray<>(operations.size());
        this.left = new AtomicInteger(operations.size());
        this.valueBytesLeft =
                new AtomicInteger(
                        Limits.REQUEST_BYTES_MAX
                                - COUNT_BYTES_MAX
                                - MESSAGES_BYTES_MAX
                                - operations.size() * Limits.ANSWER_OVERHEAD_BYTES_MAX
                                - agesOf(operations));
    }

    /// {@return what the ages of stale answers take together, at most}
    private static int agesOf(List<Request.Single> operations) {
        int stale = 0;
        for (Request.Single operation : operations) {
            boolean isStale =
                    operation instanceof Request.Get get
                            && get.consistency() == Consistency.STALE;
            stale += isStale ? 1 : 0;
        }
        return stale * Limits.AGE_BYTES_MAX;
    }

    /// Serves one operation, now or later.
    @FunctionalInterface
    interface Server {
        void serve(Request.Single operation, KeyValue.Answer answer);
    }

    void start(Server server) {
        if (operations.isEmpty()) {
            answer.reply(new Reply.Batched(List.of()));
            return;
        }
        for (int i = 0; i < operations.size(); i++) {
            int place = i;
            Request.Single operation = operations.get(i);
            if (operation instanceof Request.Get && valueBytesLeft.get() <= 0) {
                take(place, noRoom());
            } else {
                server.serve(operation, reply -> take(place, reply));
            }
        }
    }

    private void take(int place, Reply reply) {
        replies.set(place, bounded(reply));
        if (left.decrementAndGet() == 0) {
            answer.reply(
                    new Reply.Batched(
                            IntStream.range(0, operations.size()).mapToObj(replies::get).toList()));
        }
    }

    private Reply bounded(Reply reply) {
        return reply instanceof Reply.Found found && !hasRoom(found.value().length())
                ? noRoom()
                : reply;
    }

    private boolean hasRoom(int bytes) {
        int before = valueBytesLeft.get();
        while (before >= bytes && !valueBytesLeft.compareAndSet(before, before - bytes)) {
            before = valueBytesLeft.get();
        }
        return before >= bytes;
    }

    private static Reply.Failed noRoom() {
        return new Reply.Failed(ErrorCode.NOT_EXECUTED, "no room in the reply", 0);
    }
}
