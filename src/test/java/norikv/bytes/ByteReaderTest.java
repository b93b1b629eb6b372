package norikv.bytes;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// [ByteReader] reads what [ByteWriter] wrote, and survives what it did not.
final class ByteReaderTest {
    private static final long SEED = Long.getLong("seed", 20_250_102L);

    @Test
    void whatIsWrittenIsRead() {
        Bytes text = Bytes.utf8("hello");
        Bytes written =
                new ByteWriter(0)
                        .u8(0xfe)
                        .u16(0xfedc)
                        .i32(-2)
                        .i32(-3)
                        .i64(Long.MIN_VALUE + 1)
                        .varint(-1)
                        .varint(300)
                        .bytes(text)
                        .lengthAndBytes(text)
                        .zeros(3)
                        .toBytes();
        ByteReader reader = ByteReader.of(written);

        assertEquals(0xfe, reader.u8());
        assertEquals(0xfedc, reader.u16());
        assertEquals(-2, reader.i32());
        assertEquals(0xffff_fffdL, reader.u32());
        assertEquals(Long.MIN_VALUE + 1, reader.i64());
        assertEquals(-1, reader.varint());
        assertEquals(300, reader.varintUpTo(300));
        assertEquals(text, reader.bytes(5));
        assertEquals(text, reader.lengthAndBytes());
        reader.skip(3);
        assertEquals(0, reader.remaining());
        assertEquals(written.length(), reader.position());
        assertFalse(reader.overrun());
    }

    @Test
    void fixedWidthsAreLittleEndian() {
        Bytes written = new ByteWriter(0).u16(0x0102).i32(0x03040506).i64(7).toBytes();

        assertEquals("0201" + "06050403" + "0700000000000000", written.toHex());
    }

    @ParameterizedTest
    @CsvSource({
        "0, 00",
        "1, 01",
        "127, 7f",
        "128, 8001",
        "16383, ff7f",
        "16384, 808001",
        "9223372036854775807, ffffffffffffffff7f",
        "-9223372036854775808, 80808080808080808001",
        "-1, ffffffffffffffffff01"
    })
    void varintsHaveTheseBytes(long value, String hex) {
        assertEquals(hex, new ByteWriter(0).varint(value).toBytes().toHex());
        assertEquals(hex.length() / 2, ByteWriter.varintLength(value));
        ByteReader reader = ByteReader.of(Bytes.hex(hex));
        assertEquals(value, reader.varint());
        assertFalse(reader.overrun());
    }

    @Test
    void anyVarintComesBackInTheLengthForetold() {
        var random = new SplittableRandom(SEED);
        for (int i = 0; i < 50_000; i++) {
            long value = random.nextLong() >>> random.nextInt(64);
            Bytes written = new ByteWriter(10).varint(value).toBytes();

            assertEquals(ByteWriter.varintLength(value), written.length());
            assertEquals(value, ByteReader.of(written).varint());
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "80",
                "ffffffffffffffffff",
                "ffffffffffffffffff02",
                "80808080808080808080",
                "8080808080808080808000"
            })
    void aVarintThatIsNoNumberIsAnOverrun(String hex) {
        ByteReader reader = ByteReader.of(Bytes.hex(hex));

        assertEquals(0, reader.varint());
        assertTrue(reader.overrun());
    }

    @Test
    void aVarintAboveItsLimitIsAnOverrun() {
        for (long value : new long[] {11, 1L << 31, 1L << 40, Long.MAX_VALUE, -1}) {
            ByteReader reader = ByteReader.of(new ByteWriter(0).varint(value).toBytes());
            assertEquals(0, reader.varintUpTo(10));
            assertTrue(reader.overrun());
        }
        assertEquals(10, ByteReader.of(Bytes.hex("0a")).varintUpTo(10));
    }

    @Test
    void anOverrunStaysAndEverythingAfterItIsZero() {
        ByteReader reader = ByteReader.of(Bytes.hex("0102030405060708"));
        assertEquals(0x04030201, reader.i32());
        assertEquals(0, reader.i64());

        assertTrue(reader.overrun());
        assertEquals(4, reader.position());
        assertEquals(0, reader.u8());
        assertEquals(0, reader.u16());
        assertEquals(0, reader.i32());
        assertEquals(0, reader.u32());
        assertEquals(0, reader.varint());
        assertSame(Bytes.EMPTY, reader.bytes(1));
        assertSame(Bytes.EMPTY, reader.bytes(0));
        assertSame(Bytes.EMPTY, reader.lengthAndBytes());
        reader.skip(1);
        assertEquals(4, reader.position());
    }

    @Test
    void aNegativeLengthIsAnOverrun() {
        for (Runnable read :
                List.<Runnable>of(
                        () -> requireOverrun(r -> r.bytes(-1)),
                        () -> requireOverrun(r -> r.skip(Integer.MIN_VALUE)),
                        () -> requireOverrun(r -> r.bytes(Integer.MAX_VALUE)))) {
            read.run();
        }
    }

    private static void requireOverrun(java.util.function.Consumer<ByteReader> read) {
        ByteReader reader = ByteReader.of(Bytes.hex("0102"));
        read.accept(reader);
        assertTrue(reader.overrun());
    }

    @Test
    void aReaderStaysWithinItsRange() {
        byte[] array = {9, 1, 2, 9};
        var reader = new ByteReader(array, 1, 2);

        assertEquals(0x0201, reader.u16());
        assertEquals(0, reader.u8());
        assertTrue(reader.overrun());
        assertThrows(IndexOutOfBoundsException.class, () -> new ByteReader(array, 3, 2));
        assertThrows(IndexOutOfBoundsException.class, () -> new ByteReader(array, -1, 2));
    }

    /// Random bytes through random reads: no exception, no read beyond the range.
    @Test
    void hostileBytesNeverLeadOutside() {
        var random = new SplittableRandom(SEED);
        for (int i = 0; i < 20_000; i++) {
            byte[] bytes = new byte[random.nextInt(40)];
            random.nextBytes(bytes);
            var reader = ByteReader.of(Bytes.wrap(bytes));
            while (reader.remaining() > 0 && !reader.overrun()) {
                switch (random.nextInt(7)) {
                    case 0 -> reader.u8();
                    case 1 -> reader.u16();
                    case 2 -> reader.i32();
                    case 3 -> reader.i64();
                    case 4 -> reader.varint();
                    case 5 -> assertTrue(reader.lengthAndBytes().length() < 40);
                    default -> reader.skip(random.nextInt(5));
                }
            }
            assertTrue(reader.position() <= bytes.length);
        }
    }
}
