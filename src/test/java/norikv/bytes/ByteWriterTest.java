package norikv.bytes;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

/// The bounds of [ByteWriter], and what it does to what is written already.
final class ByteWriterTest {
    @Test
    void theBoundIsHeldAndWhatWasWrittenStays() {
        var writer = new ByteWriter(100, 5).i32(1);

        assertThrows(IndexOutOfBoundsException.class, () -> writer.u16(2));
        assertThrows(IndexOutOfBoundsException.class, () -> writer.zeros(Integer.MAX_VALUE));
        writer.u8(2);
        assertThrows(IndexOutOfBoundsException.class, () -> writer.u8(3));
        assertEquals("0100000002", writer.toBytes().toHex());
    }

    @Test
    void aNegativeCountChangesNothing() {
        var writer = new ByteWriter(8).i32(1);

        assertThrows(IndexOutOfBoundsException.class, () -> writer.zeros(-1));
        assertThrows(
                IndexOutOfBoundsException.class, () -> writer.bytes(new byte[9], 3, -2));
        assertEquals(4, writer.length());
    }

    @Test
    void patchesLandWhereSomethingWasWritten() {
        var writer = new ByteWriter(0).zeros(12).u8(9);
        writer.patchI32(0, -1);
        writer.patchI64(4, 0x0807060504030201L);

        assertEquals("ffffffff" + "0102030405060708" + "09", writer.toBytes().toHex());
        assertThrows(IndexOutOfBoundsException.class, () -> writer.patchI32(10, 0));
        assertThrows(IndexOutOfBoundsException.class, () -> writer.patchI64(-1, 0));
    }

    @Test
    void clearingAndCuttingKeepTheMemory() {
        var writer = new ByteWriter(4).zeros(100);
        byte[] array = writer.array();
        writer.cutTo(1);
        assertEquals("00", writer.toBytes().toHex());
        assertThrows(IndexOutOfBoundsException.class, () -> writer.cutTo(2));
        writer.clear();

        assertEquals(0, writer.length());
        assertTrue(writer.u8(7).array() == array);
        assertEquals("07", writer.toBytes().toHex());
        assertEquals("0700", writer.zeros(1).toBytes().toHex());
    }

    @Test
    void zerosAreZeroWhereSomethingElseWas() {
        var writer = new ByteWriter(8).i64(-1);
        writer.clear();

        assertEquals("0000", writer.zeros(2).toBytes().toHex());
    }
}
