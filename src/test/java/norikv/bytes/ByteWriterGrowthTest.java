package norikv.bytes;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

/// What is written survives every growth of the buffer.
final class ByteWriterGrowthTest {
    @Test
    void everyKindOfWriteSurvivesAGrowthInItsMiddle() {
        for (int initial = 0; initial < 40; initial++) {
            var writer = new ByteWriter(initial);
            Region region = Region.allocate(4);
            region.putInt(0, 0x0d0c0b0a);

            writer.u8(1).u16(0x0302).i32(0x07060504).i64(0x0f0e0d0c0b0a0908L);
            writer.varint(300).zeros(2).bytes(Bytes.hex("1011")).lengthAndBytes(Bytes.hex("12"));
            writer.bytes(new byte[] {0x13, 0x14}, 0, 2).bytes(region, 1, 3);

            assertEquals(
                    "0102030405060708090a0b0c0d0e0f" + "ac02" + "0000" + "1011" + "0112"
                            + "1314" + "0b0c0d",
                    writer.toBytes().toHex());
        }
    }
}
