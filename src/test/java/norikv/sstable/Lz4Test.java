package norikv.sstable;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.HexFormat;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/// What is packed comes back; what nobody packed is refused, or is what the format says, and
/// nothing is written beside the room for it.
final class Lz4Test {
    private static final long SEED = Long.getLong("seed", 0x124);
    private static final int ROUNDS = Integer.getInteger("lz4.rounds", 5_000);
    private static final int GUARD_BYTES = 16;

    private final SplittableRandom random = new SplittableRandom(SEED);
    private final Lz4 lz4 = new Lz4();

    @Test
    void whatIsPackedComesBack() {
        for (int round = 0; round < ROUNDS; round++) {
            byte[] bytes = some();
            byte[] packed = pack(bytes);
            byte[] back = new byte[bytes.length];
            assertTrue(Lz4.unpack(packed, 0, packed.length, back, back.length), "seed " + SEED);
            assertArrayEquals(bytes, back, "round " + round);
            assertArrayEquals(bytes, slowly(packed, bytes.length), "round " + round);
        }
    }

    @Test
    void aBlockOfTheFormatDescriptionIsUnderstood() {
        // 3 bytes as they are, 12 from 3 back; 8 as they are, the last ones.
        byte[] packed = HexFormat.of().parseHex("38616263" + "0300" + "80" + "3132333435363738");
        byte[] back = new byte[23];
        assertTrue(Lz4.unpack(packed, 0, packed.length, back, back.length));
        assertEquals("abcabcabcabcabc12345678", new String(back));
        // 20 as they are: 15 and 5 more.
        packed = HexFormat.of().parseHex("f005" + "61".repeat(20));
        back = new byte[20];
        assertTrue(Lz4.unpack(packed, 0, packed.length, back, back.length));
        assertEquals("a".repeat(20), new String(back));
    }

    @Test
    void whatRepeatsGetsSmallAndWhatDoesNotIsLeftAlone() {
        byte[] same = new byte[4096];
        assertTrue(pack(same).length < 40, "" + pack(same).length);
        byte[] noise = new byte[4096];
        random.nextBytes(noise);
        byte[] room = new byte[4096 - 512];
        assertEquals(-1, lz4.pack(noise, 0, noise.length, room, room.length));
    }

    @Test
    void anyOtherLengthIsRefused() {
        byte[] packed = pack("what repeats, what repeats, what repeats, ends".getBytes());
        int whole = 46;
        for (int length = 0; length < 100; length++) {
            byte[] back = new byte[100];
            boolean right = Lz4.unpack(packed, 0, packed.length, back, length);
            assertEquals(length == whole, right, "length " + length);
        }
        for (int end = 0; end < packed.length; end++) {
            assertFalse(Lz4.unpack(packed, 0, end, new byte[whole], whole), "cut at " + end);
        }
    }

    /// Flipped, cut and made-up bytes: the answer is the slow twin's, and in bounds.
    @Test
    void hostileBytesAreRefusedOrMeanWhatTheFormatSays() {
        int understood = 0;
        for (int round = 0; round < ROUNDS; round++) {
            byte[] bytes = some();
            byte[] packed = random.nextInt(4) == 0 ? some() : pack(bytes);
            for (int flips = random.nextInt(4); flips > 0 && packed.length > 0; flips--) {
                int at = random.nextInt(packed.length);
                packed[at] = (byte) (random.nextInt(4) == 0 ? 255 : random.nextInt());
            }
            int length = random.nextInt(8) == 0 ? random.nextInt(5000) : bytes.length;
            byte[] expected = slowly(packed, length);
            byte[] back = new byte[length + GUARD_BYTES];
            Arrays.fill(back, (byte) 0x5a);
            boolean right = Lz4.unpack(packed, 0, packed.length, back, length);
            String from = "seed=%d round=%d".formatted(SEED, round);
            assertEquals(expected.length == length && length > 0, right && length > 0, from);
            for (int i = length; i < back.length; i++) {
                assertEquals(0x5a, back[i], from + ": written beside the room");
            }
            if (right) {
                understood++;
                assertArrayEquals(expected, Arrays.copyOf(back, length), from);
            }
        }
        assertTrue(understood > ROUNDS / 20, "understood: " + understood);
    }

    private byte[] pack(byte[] bytes) {
        byte[] room = new byte[bytes.length + bytes.length / 100 + 100];
        byte[] shifted = new byte[bytes.length + 7];
        System.arraycopy(bytes, 0, shifted, 3, bytes.length);
        int length = lz4.pack(shifted, 3, 3 + bytes.length, room, room.length);
        assertTrue(length > 0, "no room for " + bytes.length);
        return Arrays.copyOf(room, length);
    }

    private byte[] some() {
        byte[] bytes = new byte[random.nextInt(1 << random.nextInt(1, 13))];
        int letters = 1 << random.nextInt(9);
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) random.nextInt(letters);
        }
        for (int copies = random.nextInt(6); copies > 0 && bytes.length > 1; copies--) {
            int from = random.nextInt(bytes.length - 1);
            int to = random.nextInt(from, bytes.length);
            int length = random.nextInt(bytes.length - to + 1);
            for (int i = 0; i < length; i++) {
                bytes[to + i] = bytes[from + i];
            }
        }
        return bytes;
    }

    /// The format, byte by byte; an empty array for what is none of it, or of another length.
    private static byte[] slowly(byte[] packed, int length) {
        byte[] none = {};
        byte[] out = new byte[length];
        int at = 0;
        int size = 0;
        try {
            while (true) {
                int token = packed[at++] & 0xff;
                long literals = token >>> 4;
                for (int more = literals == 15 ? 255 : 0; more == 255; literals += more) {
                    more = packed[at++] & 0xff;
                }
                for (; literals > 0; literals--) {
                    out[size++] = packed[at++];
                }
                if (at == packed.length) {
                    return size == length ? out : none;
                }
                int distance = packed[at++] & 0xff | (packed[at++] & 0xff) << 8;
                long match = token & 15;
                for (int more = match == 15 ? 255 : 0; more == 255; match += more) {
                    more = packed[at++] & 0xff;
                }
                for (match += 4; match > 0; match--) {
                    out[size] = out[size - (distance == 0 ? size + 1 : distance)];
                    size++;
                }
            }
        } catch (ArrayIndexOutOfBoundsException e) {
            return none;
        }
    }
}
