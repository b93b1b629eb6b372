package norikv.wire;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import norikv.bytes.ByteWriter;
import norikv.bytes.Bytes;
import norikv.domain.Consistency;
import norikv.domain.Item;
import norikv.domain.Precondition;
import norikv.domain.Reply;
import norikv.domain.Request;
import norikv.domain.Version;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/// What the protocol itself costs an operation: frame and checksums, encoding, cutting, decoding,
/// without a socket. Both sides together spend one encode and one decode of the request and of the
/// reply.
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class CodecBenchmark {
    private static final int PAGE_ITEMS = 100;

    @Param({"100", "1024"})
    int valueBytes;

    private final ByteWriter out = new ByteWriter(1 << 20);
    private final FrameReader reader = new FrameReader();
    private final Version version = new Version(3, 1_234_567);
    private Request.Get get;
    private Request.Put put;
    private Reply.Found found;
    private Reply.Page page;
    private byte[] getFrame;
    private byte[] putFrame;
    private byte[] foundFrame;
    private byte[] pageFrame;

    /// Makes one request and reply of each kind, with a key of 16 bytes, and their frames.
    @Setup
    public void requestsRepliesAndTheirFrames() {
        Bytes key = Bytes.utf8("user:00000000042");
        Bytes value = Bytes.wrap(new byte[valueBytes]);
        get = new Request.Get(key, Consistency.LINEARIZABLE);
        put = new Request.Put(key, value, Request.Put.NO_TTL, Precondition.NONE);
        found = new Reply.Found(value, version, Item.NEVER);
        List<Item> items = new ArrayList<>();
        for (int i = 0; i < PAGE_ITEMS; i++) {
            items.add(new Item(key, value, version, Item.NEVER));
        }
        page = new Reply.Page(items, PAGE_ITEMS, key);
        getFrame = frameOf(get);
        putFrame = frameOf(put);
        foundFrame = frameOf(found);
        pageFrame = frameOf(page);
    }

    @Benchmark
    public int encodeGet() {
        out.clear();
        RequestCodec.encode(out, 7, 5000, get);
        return out.length();
    }

    @Benchmark
    public int encodePut() {
        out.clear();
        RequestCodec.encode(out, 7, 5000, put);
        return out.length();
    }

    @Benchmark
    public int encodeFound() {
        out.clear();
        ReplyCodec.encode(out, 7, found);
        return out.length();
    }

    @Benchmark
    public int encodePageOf100() {
        out.clear();
        ReplyCodec.encode(out, 7, page);
        return out.length();
    }

    @Benchmark
    public Object cutAndDecodeGet() {
        cut(getFrame);
        return RequestCodec.decode(reader.payload());
    }

    @Benchmark
    public Object cutAndDecodePut() {
        cut(putFrame);
        return RequestCodec.decode(reader.payload());
    }

    @Benchmark
    public Object cutAndDecodeFound() {
        cut(foundFrame);
        return ReplyCodec.decode(reader.payload());
    }

    @Benchmark
    public Object cutAndDecodePageOf100() {
        cut(pageFrame);
        return ReplyCodec.decode(reader.payload());
    }

    private void cut(byte[] frame) {
        int at = 0;
        while (!reader.next()) {
            var room = reader.room();
            int count = Math.min(room.remaining(), frame.length - at);
            room.put(frame, at, count);
            reader.filled(count);
            at += count;
        }
    }

    private byte[] frameOf(Request request) {
        out.clear();
        RequestCodec.encode(out, 7, 5000, request);
        return out.toBytes().toByteArray();
    }

    private byte[] frameOf(Reply reply) {
        out.clear();
        ReplyCodec.encode(out, 7, reply);
        return out.toBytes().toByteArray();
    }
}
