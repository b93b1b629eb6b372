package norikv.bytes;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/// Native memory against a heap buffer that does the same.
final class RegionTest {
    private static final long SEED = Long.getLong("seed", 20_250_103L);
    private static final int SIZE = 256;

    @Test
    void everyAccessAgreesWithAHeapBuffer() {
        var random = new SplittableRandom(SEED);
        Region region = Region.allocate(SIZE);
        ByteBuffer twin = ByteBuffer.allocate(SIZE).order(ByteOrder.LITTLE_ENDIAN);
        ByteBuffer big = twin.duplicate();
        for (int i = 0; i < 20_000; i++) {
            int at = random.nextInt(SIZE - 8);
            long value = random.nextLong();
            switch (random.nextInt(6)) {
                case 0 -> {
                    region.putByte(at, (int) value);
                    twin.put(at, (byte) value);
                }
                case 1 -> {
                    region.putU16(at, (int) value);
                    twin.putShort(at, (short) value);
                }
                case 2 -> {
                    region.putInt(at, (int) value);
                    twin.putInt(at, (int) value);
                }
                case 3 -> {
                    region.putLong(at, value);
                    twin.putLong(at, value);
                }
                case 4 -> {
                    region.putLongBigEndian(at, value);
                    big.putLong(at, value);
                }
                default -> {
                    region.putIntRelease(at & ~3, (int) value);
                    twin.putInt(at & ~3, (int) value);
                }
            }
            int look = random.nextInt(SIZE - 8);
            assertEquals(twin.get(look), region.getByte(look));
            assertEquals(twin.get(look) & 0xff, region.getU8(look));
            assertEquals(twin.getShort(look) & 0xffff, region.getU16(look));
            assertEquals(twin.getInt(look), region.getInt(look));
            assertEquals(twin.getLong(look), region.getLong(look));
            assertEquals(big.getLong(look), region.getLongBigEndian(look));
            assertEquals(twin.getInt(look & ~3), region.getIntAcquire(look & ~3));
        }
        assertArrayEquals(twin.array(), region.bytes(0, SIZE).toByteArray());
    }

    /// Few letters, so that common prefixes of every length come up.
    @Test
    void comparingAgreesWithTheOrderOfBytes() {
        var random = new SplittableRandom(SEED);
        byte[] left = new byte[64];
        byte[] right = new byte[64];
        Region leftRegion = Region.allocate(64);
        Region rightRegion = Region.allocate(64);
        for (int i = 0; i < 50_000; i++) {
            int common = random.nextInt(40);
            for (int j = 0; j < 64; j++) {
                left[j] = (byte) random.nextInt(-2, 2);
                right[j] = j < common ? left[j] : (byte) random.nextInt(-2, 2);
            }
            leftRegion.copyFrom(0, left, 0, 64);
            rightRegion.copyFrom(0, right, 0, 64);
            int at = random.nextInt(8);
            int length = random.nextInt(40);
            int otherLength = random.nextInt(40);
            int expected =
                    Arrays.compareUnsigned(left, at, at + length, right, at, at + otherLength);

            assertEquals(
                    Integer.signum(expected),
                    Integer.signum(leftRegion.compare(at, length, right, at, otherLength)));
            assertEquals(
                    Integer.signum(expected),
                    Integer.signum(leftRegion.compare(at, length, rightRegion, at, otherLength)));
        }
    }

    @Test
    void copiesGoBothWaysAndBetweenRegions() {
        Region region = Region.allocate(8);
        region.copyFrom(2, new byte[] {9, 1, 2, 3, 9}, 1, 3);
        byte[] out = new byte[5];
        region.copyTo(1, out, 1, 4);
        Region other = Region.allocate(4);
        other.copyFrom(1, region, 2, 3);

        assertArrayEquals(new byte[] {0, 0, 1, 2, 3}, out);
        assertEquals("00010203", other.bytes(0, 4).toHex());
        other.fill(1, 2, 0xee);
        assertEquals("00eeee03", other.bytes(0, 4).toHex());
    }

    @Test
    void aSliceSharesTheMemoryAndEndsWhereItEnds() {
        Region region = Region.allocate(16);
        Region slice = region.slice(4, 8);
        slice.putInt(0, 0x01020304);

        assertEquals(0x01020304, region.getInt(4));
        assertEquals(8, slice.length());
        assertThrows(IndexOutOfBoundsException.class, () -> slice.getInt(5));
        assertThrows(IndexOutOfBoundsException.class, () -> region.slice(9, 8));
        assertThrows(IndexOutOfBoundsException.class, () -> region.slice(-1, 1));
    }

    @Test
    void noAccessLeadsOutside() {
        Region region = Region.allocate(16);
        for (int at : new int[] {-1, 16, Integer.MAX_VALUE, Integer.MIN_VALUE}) {
            for (Runnable access :
                    List.<Runnable>of(
                            () -> region.getByte(at),
                            () -> region.getLong(at),
                            () -> region.getLongBigEndian(at),
                            () -> region.putLong(at, 1),
                            () -> region.putByte(at, 1),
                            () -> region.copyTo(at, new byte[1], 0, 1),
                            () -> region.copyFrom(at, new byte[1], 0, 1),
                            () -> region.fill(at, 1, 1),
                            () -> region.compare(at, 1, new byte[1], 0, 1))) {
                assertThrows(IndexOutOfBoundsException.class, access::run);
            }
        }
        assertThrows(IndexOutOfBoundsException.class, () -> region.getInt(13));
        assertThrows(IndexOutOfBoundsException.class, () -> region.getIntAcquire(16));
    }

    @Test
    void anArenaGivesZeroedMemoryUntilItIsClosed() {
        var arena = new RegionArena();
        Region region = arena.allocate(1000);
        Region other = arena.allocate(1);

        assertEquals(1000, region.length());
        assertEquals(Bytes.wrap(new byte[1000]), region.bytes(0, 1000));
        region.putByte(999, 1);
        assertEquals(0, other.getByte(0));
        arena.close();
        assertThrows(IllegalStateException.class, () -> region.getByte(0));
        assertThrows(IllegalStateException.class, () -> other.putByte(0, 1));
    }

    @Test
    void aHeapSegmentIsNoRegion() {
        MemorySegment heap = MemorySegment.ofArray(new byte[8]);

        assertThrows(IllegalArgumentException.class, () -> Region.of(heap));
    }

    @Test
    void theBufferForInputAndOutputIsTheSameMemory() {
        Region region = Region.allocate(8);
        ByteBuffer buffer = region.asByteBuffer();
        buffer.put(3, (byte) 7);

        assertTrue(buffer.isDirect());
        assertFalse(buffer.isReadOnly());
        assertEquals(8, buffer.remaining());
        assertEquals(7, region.getByte(3));
    }
}
