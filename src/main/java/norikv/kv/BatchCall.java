package norikv.kv;

import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.stream.IntStream;
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
/// [ErrorCode#NOT_EXECUTED].
///
/// **Threads.** Any may answer an operation.
final class BatchCall {
    /// The least and the most room for an answer without a value: of the largest batch, half a
    /// mebibyte is left for values.
    static final int ANSWER_BYTES_MIN = 144;

    static final int ANSWER_BYTES_MAX = 1_024;

    /// What an answer takes besides the text of a failure.
    private static final int ANSWER_OVERHEAD_BYTES = 36;

    /// The most bytes of a character of text.
    private static final int CHAR_BYTES_MAX = 3;

    private static final int COUNT_BYTES_MAX = 16;

    private final List<Request.Single> operations;
    private final KeyValue.Answer answer;
    private final AtomicReferenceArray<Reply> replies;
    private final AtomicInteger left;
    private final AtomicInteger valueBytesLeft;
    private final int messageCharsMax;

    BatchCall(Request.Batch batch, KeyValue.Answer answer) {
        this.operations = batch.operations();
        this.answer = answer;
        this.replies = new AtomicReferenceArray<>(operations.size());
        this.left = new AtomicInteger(operations.size());
        int answerBytes = answerBytes(operations.size());
        this.messageCharsMax = (answerBytes - ANSWER_OVERHEAD_BYTES) / CHAR_BYTES_MAX;
        this.valueBytesLeft =
                new AtomicInteger(
                        Limits.REQUEST_BYTES_MAX
                                - COUNT_BYTES_MAX
                                - operations.size() * answerBytes);
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
        return switch (reply) {
            case Reply.Found found when !hasRoom(found.value().length()) -> noRoom();
            case Reply.Failed(var code, String message, long retryAfterMillis)
                            when message.length() > messageCharsMax ->
                    new Reply.Failed(
                            code, message.substring(0, messageCharsMax), retryAfterMillis);
            default -> reply;
        };
    }

    private boolean hasRoom(int bytes) {
        int before = valueBytesLeft.get();
        while (before >= bytes && !valueBytesLeft.compareAndSet(before, before - bytes)) {
            before = valueBytesLeft.get();
        }
        return before >= bytes;
    }

    private static int answerBytes(int operations) {
        int fairShare = Limits.REQUEST_BYTES_MAX / 2 / Math.max(operations, 1);
        return Math.clamp(fairShare, ANSWER_BYTES_MIN, ANSWER_BYTES_MAX);
    }

    private static Reply.Failed noRoom() {
        return new Reply.Failed(ErrorCode.NOT_EXECUTED, "no room in the reply", 0);
    }
}
