package norikv.wire;

import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.Consumer;
import java.util.function.Supplier;
import norikv.bytes.ByteReader;
import norikv.bytes.ByteWriter;
import norikv.bytes.Crc32c;
import norikv.domain.NoriException;
import norikv.domain.NodeId;
import norikv.domain.Sharding;
import org.junit.jupiter.api.Test;

/// Hostile bytes: whatever arrives, a decoder gives a value or says what is wrong, and allocates in
/// proportion to what arrived. `-Dfuzz.frames=N` for more, `-Dseed=` for others.
final class FuzzTest {
    private static final int FRAMES = Integer.getInteger("fuzz.frames", 100_000);
    private static final long SEED = Long.getLong("seed", 20_250_101);

    /// What an error message and its stack trace may take, and the objects of a small value.
    private static final long ALLOCATED_AT_LEAST = 16 << 10;

    /// A value takes at most so many bytes for each that arrived: an operation of four bytes
    /// becomes a key of its own, its record, and places in two lists.
    private static final long ALLOCATED_PER_BYTE = 64;

    private static final int WARM_UP = 2_000;

    private static final List<Consumer<ByteReader>> DECODERS =
            List.of(
                    RequestCodec::decode,
                    ReplyCodec::decode,
                    Hello::decode,
                    Welcome::decode,
                    PeerHello::decode,
                    PeerWelcome::decode,
                    PeerProof::decode,
                    Frame::decodeEcho);

    private final ThreadMXBean memory =
            (ThreadMXBean) ManagementFactory.getThreadMXBean();
    private final Random random = new Random(SEED);
    private final Samples samples = new Samples(random);
    private final ByteWriter out = new ByteWriter(1 << 12, 2 * Frame.BYTES_MAX);
    private int values;
    private int errors;

    @Test
    void hostilePayloadsGiveAValueOrAClearError() {
        for (int i = 0; i < FRAMES / 2; i++) {
            byte[] payload = spoil(Arrays.copyOfRange(frame(), 24, out.length() - 4));
            for (Consumer<ByteReader> decoder : DECODERS) {
                int at = i;
                boundedAgain(
                        payload.length,
                        () -> "payload %d, seed %d".formatted(at, SEED),
                        () -> decoder.accept(new ByteReader(payload, 0, payload.length)));
            }
        }
        assertTrue(values > FRAMES / 100, () -> "values: " + values);
        assertTrue(errors > FRAMES / 10, () -> "errors: " + errors);
    }

    @Test
    void theNumberOfABatchIsNotBelieved() {
        out.clear();
        int batch = 4;
        out.varint(10_000).u8(batch).u8(0).varint(10_000);
        byte[] payload = Arrays.copyOf(out.array(), out.length());
        boundedAgain(
                payload.length,
                () -> "a batch of 10000 operations and none",
                () -> RequestCodec.decode(new ByteReader(payload, 0, payload.length)));

        assertTrue(errors > 0 && values == 0, () -> "values: " + values);
    }

    @Test
    void hostileStreamsGiveFramesOrAClearError() {
        for (int i = 0; i < FRAMES / 2; i++) {
            byte[] stream = spoil(Arrays.copyOf(frame(), out.length()));
            if (random.nextBoolean()) {
                seal(stream);
            }
            var reader = new FrameReader();
            int at = i;
            bounded(
                    stream.length,
                    () -> "stream %d, seed %d".formatted(at, SEED),
                    () -> cut(reader, stream));
        }
        assertTrue(errors > FRAMES / 10, () -> "errors: " + errors);
        assertTrue(values > FRAMES / 100, () -> "values: " + values);
    }

    private static void cut(FrameReader reader, byte[] stream) {
        int at = 0;
        while (at < stream.length) {
            var room = reader.room();
            int count = Math.min(room.remaining(), stream.length - at);
            room.put(stream, at, count);
            reader.filled(count);
            at += count;
            while (reader.next()) {
                reader.type();
                reader.payload();
            }
        }
    }

    /// As [#bounded], for what can be done again: what is too much the first time, since classes
    /// were loaded that nobody had needed, must not be so a second time.
    private void boundedAgain(int arrived, Supplier<String> where, Runnable decode) {
        if (allocatedBy(where, decode) > bound(arrived)) {
            long allocated = allocatedBy(where, decode);
            assertTrue(
                    allocated <= bound(arrived), () -> where.get() + ": allocated " + allocated);
        }
    }

    /// Runs `decode`, which may throw what it should, and measures what it allocated.
    private void bounded(int arrived, Supplier<String> where, Runnable decode) {
        long allocated = allocatedBy(where, decode);
        // The first rounds load classes.
        if (values + errors > WARM_UP) {
            assertTrue(
                    allocated <= bound(arrived), () -> where.get() + ": allocated " + allocated);
        }
    }

    private static long bound(int arrived) {
        return ALLOCATED_AT_LEAST + ALLOCATED_PER_BYTE * arrived;
    }

    private long allocatedBy(Supplier<String> where, Runnable decode) {
        long before = memory.getCurrentThreadAllocatedBytes();
        try {
            decode.run();
            values++;
        } catch (NoriException e) {
            errors++;
            assertTrue(e.getMessage() != null && !e.getMessage().isBlank(), where);
        }
        return memory.getCurrentThreadAllocatedBytes() - before;
    }

    /// {@return the array with a valid frame of some kind, as long as `out`}
    private byte[] frame() {
        out.clear();
        long id = random.nextLong();
        switch (random.nextInt(8)) {
            case 0, 1, 2 -> RequestCodec.encode(out, id, random.nextInt(9_000), samples.request());
            case 3, 4, 5 -> ReplyCodec.encode(out, id, samples.reply());
            case 6 -> Hello.of("fuzz").encode(out, id);
            default ->
                    Welcome.to(Hello.of(""), new NodeId("n"), "c", new Sharding(8), 1)
                            .encode(out, id);
        }
        return out.array();
    }

    private byte[] spoil(byte[] bytes) {
        return switch (random.nextInt(6)) {
            case 0 -> bytes;
            case 1 -> Arrays.copyOf(bytes, random.nextInt(bytes.length + 1));
            case 2 -> {
                byte[] noise = new byte[random.nextInt(200)];
                random.nextBytes(noise);
                yield noise;
            }
            case 3 -> {
                // Huge numbers where small ones stood: what trusted lengths would choke on.
                if (bytes.length > 0) {
                    int at = random.nextInt(bytes.length);
                    int end = Math.min(bytes.length, at + 1 + random.nextInt(9));
                    Arrays.fill(bytes, at, end, (byte) 0xff);
                }
                yield bytes;
            }
            default -> {
                for (int flips = 1 + random.nextInt(4); flips > 0 && bytes.length > 0; flips--) {
                    bytes[random.nextInt(bytes.length)] ^= (byte) (1 << random.nextInt(8));
                }
                yield bytes;
            }
        };
    }

    /// Makes the header's checksum right again, so that what is behind it is reached.
    private static void seal(byte[] stream) {
        if (stream.length >= 24) {
            var crc = new ByteWriter(4);
            crc.i32(Crc32c.of(stream, 0, 20));
            System.arraycopy(crc.array(), 0, stream, 20, 4);
        }
    }
}
