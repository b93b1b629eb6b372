package norikv.bytes;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import java.nio.ByteBuffer;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

/// The checksum against known values. **Source.** RFC 3720, B.4, and the check value of CRC-32C.
final class Crc32cTest {
    @Test
    void knownValuesHold() {
        byte[] ones = new byte[32];
        Arrays.fill(ones, (byte) 0xff);

        assertEquals(0xe3069283, of(Bytes.utf8("123456789").toByteArray()));
        assertEquals(0x8a9136aa, of(new byte[32]));
        assertEquals(0x62a8ab43, of(ones));
        assertEquals(0x46dd794e, of(HashVectors.ascending(32)));
        assertEquals(0, of(new byte[0]));
    }

    @Test
    void onlyTheRangeCounts() {
        byte[] around = Bytes.utf8("xx123456789yy").toByteArray();

        assertEquals(0xe3069283, Crc32c.of(around, 2, 9));
    }

    @Test
    void aSeedIsEightBytesInFront() {
        byte[] data = Bytes.utf8("123456789").toByteArray();
        long seed = 0x1122334455667788L;
        byte[] both = new ByteWriter(0).i64(seed).bytes(data, 0, 9).toBytes().toByteArray();

        assertEquals(of(both), Crc32c.seeded(seed, data, 0, 9));
        assertNotEquals(Crc32c.seeded(1, data, 0, 9), Crc32c.seeded(2, data, 0, 9));
        ByteBuffer direct = ByteBuffer.allocateDirect(11).put(1, data).position(1).limit(10);
        assertEquals(of(both), Crc32c.seeded(seed, direct));
        assertEquals(0, direct.remaining());
    }

    private static int of(byte[] data) {
        return Crc32c.of(data, 0, data.length);
    }
}
