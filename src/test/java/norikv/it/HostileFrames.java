package norikv.it;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Random;
import norikv.bytes.ByteWriter;
import norikv.wire.FrameType;

/// Makes frames that no good client sends, from sound ones: cut, bit-flipped, with huge numbers in
/// them, or of noise. All keys begin with `hostile`, so that a neighbour's stay its own.
final class HostileFrames {
    private static final int GET = 1;
    private static final int PUT = 2;
    private static final int DELETE = 3;
    private static final int BATCH = 4;
    private static final int SCAN = 5;
    private static final int STATUS = 6;
    private static final int SCAN_PART = 7;
    private static final int TOPOLOGY = 8;
    private static final int SHOW_REPLICA = 9;
    private static final int MOVE_LEADER = 10;
    private static final int HASH_SHARD = 11;
    private static final int KIND_MAX = HASH_SHARD;
    private static final int SHARDS = 1024;

    private final Random random;

    HostileFrames(long seed) {
        this.random = new Random(seed);
    }

    /// {@return a sound frame around a spoiled request: to be answered, and survived}
    byte[] soundFrame(long requestId) {
        ByteWriter out = new ByteWriter(256, 1 << 22);
        int kind = 1 + random.nextInt(KIND_MAX);
        // A place that never comes is waited for.
        int patience = kind == HASH_SHARD ? 1 : 10_000;
        out.varint(random.nextInt(10) == 0 ? 0 : patience);
        operation(out, kind);
        byte[] payload = out.toBytes().toByteArray();
        return RawPeer.frame(FrameType.REQUEST, requestId, spoiled(payload));
    }

    /// {@return bytes that are no frame, or a frame that no client may send: the end of its
    /// connection}
    byte[] brokenFrame() {
        ByteWriter out = new ByteWriter(256, 1 << 22);
        out.varint(10_000);
        operation(out, 1 + random.nextInt(KIND_MAX));
        byte[] frame = RawPeer.frame(FrameType.REQUEST, 1, out.toBytes().toByteArray());
        return switch (random.nextInt(6)) {
            case 0 -> Arrays.copyOf(frame, random.nextInt(frame.length));
            case 1 -> noise(1 + random.nextInt(300));
            case 2 -> announcing(0x0000_0000_7fff_ffffL >> random.nextInt(8));
            case 3 -> RawPeer.frame(FrameType.REPLY, 7, noise(random.nextInt(50)));
            case 4 -> RawPeer.frame(FrameType.HELLO, 7, noise(random.nextInt(50)));
            default -> flipped(frame);
        };
    }

    /// {@return the header of a frame with a payload of so many bytes, and nothing of it}
    static byte[] announcing(long payloadBytes) {
        byte[] frame = RawPeer.frame(FrameType.REQUEST, 3, new byte[0]);
        ByteWriter out = new ByteWriter(32);
        out.bytes(frame, 0, 8).i32((int) payloadBytes).bytes(frame, 12, 8);
        out.i32(norikv.bytes.Crc32c.of(out.array(), 0, out.length()));
        return out.toBytes().toByteArray();
    }

    private void operation(ByteWriter out, int kind) {
        out.u8(kind);
        if (random.nextInt(8) == 0) {
            // one tagged field that nobody knows
            out.u8(3).varint(1 + random.nextInt(100)).u8(1).u8(random.nextInt(256));
        } else {
            out.u8(0);
        }
        switch (kind) {
            case GET -> key(out.u8(random.nextInt(3)));
            case PUT -> {
                condition(out);
                out.varint(random.nextBoolean() ? 0 : 1 + random.nextInt(1_000));
                key(out);
                bytes(out, random.nextInt(300));
            }
            case DELETE -> {
                condition(out);
                key(out);
            }
            case BATCH -> {
                int count = random.nextInt(8);
                out.varint(count);
                for (int i = 0; i < count; i++) {
                    operation(out, 1 + random.nextInt(3));
                }
            }
            case SCAN -> scan(out);
            case SCAN_PART -> {
                out.varint(SHARDS);
                byte[] bitmap = noise(SHARDS / 8);
                out.bytes(bitmap, 0, bitmap.length);
                scan(out);
            }
            case SHOW_REPLICA -> out.varint(random.nextInt(2 * SHARDS));
            case MOVE_LEADER -> {
                byte[] node = ("n" + random.nextInt(5)).getBytes(StandardCharsets.UTF_8);
                out.varint(random.nextInt(2 * SHARDS)).varint(node.length);
                out.bytes(node, 0, node.length);
            }
            case HASH_SHARD ->
                    out.varint(random.nextInt(2 * SHARDS)).varint(random.nextInt(3) * 100L);
            case STATUS, TOPOLOGY -> {}
            default -> throw new AssertionError("request kind " + kind);
        }
    }

    private void scan(ByteWriter out) {
        out.u8(random.nextInt(2)).u8(random.nextInt(3)).u8(random.nextInt(3));
        out.varint(1 + random.nextInt(100)).varint(1 + random.nextInt(10_000));
        key(out);
        out.u8(0);
        bytes(out, random.nextInt(4) == 0 ? random.nextInt(40) : 0);
    }

    private void condition(ByteWriter out) {
        int condition = random.nextInt(3);
        out.u8(condition);
        if (condition == 2) {
            out.varint(1 + random.nextInt(3)).varint(1 + random.nextInt(1_000));
        }
    }

    private void key(ByteWriter out) {
        byte[] key = ("hostile" + random.nextInt(500)).getBytes(StandardCharsets.UTF_8);
        out.varint(key.length).bytes(key, 0, key.length);
    }

    private void bytes(ByteWriter out, int count) {
        byte[] bytes = noise(count);
        out.varint(count).bytes(bytes, 0, count);
    }

    private byte[] noise(int count) {
        byte[] noise = new byte[count];
        random.nextBytes(noise);
        return noise;
    }

    private byte[] flipped(byte[] bytes) {
        bytes[random.nextInt(bytes.length)] ^= (byte) (1 << random.nextInt(8));
        return bytes;
    }

    private byte[] spoiled(byte[] payload) {
        return switch (random.nextInt(8)) {
            case 0 -> payload;
            case 1, 2 -> Arrays.copyOf(payload, random.nextInt(payload.length + 1));
            case 3 -> noise(random.nextInt(200));
            case 4 -> {
                // huge numbers where small ones stood: what trusted lengths would choke on
                int at = random.nextInt(payload.length);
                int end = Math.min(payload.length, at + 1 + random.nextInt(9));
                Arrays.fill(payload, at, end, (byte) 0xff);
                yield payload;
            }
            default -> {
                for (int flips = 1 + random.nextInt(3); flips > 0; flips--) {
                    flipped(payload);
                }
                yield payload;
            }
        };
    }
}
