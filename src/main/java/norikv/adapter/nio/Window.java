package norikv.adapter.nio;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import norikv.domain.Limits;
import norikv.domain.Request;
import norikv.work.Bell;

/// How much of one connection is under way: requests that are not answered yet, and the bytes that
/// they and their replies hold. The reader stops reading while it is full.
///
/// A request counts from when it was decoded until its reply was written to the socket, so a peer
/// that sends and never reads is stopped too. What a read will answer is not known before; it is
/// reserved by the largest of the recent replies, 64 KiB to begin with.
///
/// **Threads.** The connection's reader opens; any thread settles; the writer closes.
final class Window {
    private static final int WRITE_REPLY_BYTES = 64;
    private static final int READ_REPLY_BYTES_FIRST = 64 << 10;
    private static final int BATCH_OPERATION_REPLY_BYTES = 64;

    private final int requestsMax;
    private final long bytesMax;
    private final Bell room;
    private final AtomicInteger requests = new AtomicInteger();
    private final AtomicLong bytes = new AtomicLong();
    private volatile int readReplyBytes = READ_REPLY_BYTES_FIRST; // racy: an estimate

    Window(int requestsMax, long bytesMax, Bell room) {
        this.requestsMax = requestsMax;
        this.bytesMax = bytesMax;
        this.room = room;
    }

    boolean hasRoom() {
        return requests.get() < requestsMax && bytes.get() < bytesMax;
    }

    boolean isEmpty() {
        return requests.get() == 0;
    }

    /// Counts a request of `requestBytes` bytes in.
    ///
    /// @return what was reserved for it
    int open(Request request, int requestBytes) {
        int reserved = requestBytes + replyBytes(request);
        requests.incrementAndGet();
        bytes.addAndGet(reserved);
        return reserved;
    }

    /// Replaces what was `reserved` by the `actual` bytes of the reply.
    void settle(int reserved, int actual, boolean found) {
        if (found) {
            int recent = readReplyBytes;
            readReplyBytes = Math.max(actual, recent - (recent >> 4));
        }
        bytes.addAndGet(actual - reserved);
    }

    /// Counts a frame that answers no request in.
    void openFrame() {
        requests.incrementAndGet();
    }

    /// Counts `count` requests out that hold `held` bytes together: their replies are written.
    void close(int count, long held) {
        requests.addAndGet(-count);
        bytes.addAndGet(-held);
        assert requests.get() >= 0 : requests;
        room.ring(); // whoever waits looks for himself: for room, or for the end
    }

    private int replyBytes(Request request) {
        return switch (request) {
            case Request.Get _ -> readReplyBytes;
            case Request.Put _, Request.Delete _, Request.Admin _ -> WRITE_REPLY_BYTES;
            case Request.Scan scan -> Math.min(scan.pageBytes(), Limits.REQUEST_BYTES_MAX);
            case Request.ScanPart part ->
                    Math.min(part.scan().pageBytes(), Limits.REQUEST_BYTES_MAX);
            case Request.Batch batch -> batchReplyBytes(batch);
        };
    }

    private int batchReplyBytes(Request.Batch batch) {
        long sum = 0;
        for (Request.Single operation : batch.operations()) {
            sum += operation instanceof Request.Get ? readReplyBytes : BATCH_OPERATION_REPLY_BYTES;
        }
        return (int) Math.min(sum, Limits.REQUEST_BYTES_MAX);
    }
}
