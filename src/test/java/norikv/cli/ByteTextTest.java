package norikv.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.Random;
import norikv.bytes.Bytes;
import norikv.bytes.Utf8;
import org.junit.jupiter.api.Test;

/// Keys and values on the command line.
final class ByteTextTest {
    @Test
    void textIsItselfAndOtherBytesAreEscaped() {
        assertEquals("{\"a\":\"\\d\"}", ByteText.UTF8.show(Bytes.utf8("{\"a\":\"\\d\"}")));
        assertEquals("ä😀", ByteText.UTF8.show(Bytes.utf8("ä😀")));
        assertEquals("a\\x00\\xff\\x0a", ByteText.UTF8.show(Bytes.hex("6100ff0a")));
        assertEquals("\\x5cx41", ByteText.UTF8.show(Bytes.utf8("\\x41")));
        assertEquals("\\x1b[2J", ByteText.UTF8.show(Bytes.utf8("\u001b[2J")));
        assertEquals("\\xc0\\x80\\xed\\xa0\\x80", ByteText.UTF8.show(Bytes.hex("c080eda080")));
        assertEquals(Bytes.utf8("A\\y\\x4"), ByteText.UTF8.parse("key", "\\x41\\y\\x4"));
        assertEquals("a\n\tb\\x00\\x41", ByteText.showText(Bytes.utf8("a\n\tb\0\\x41")));
    }

    @Test
    void whatIsShownIsReadAsTheSameBytes() {
        long seed = Long.getLong("seed", 8);
        Random random = new Random(seed);
        for (int run = 0; run < 3000; run++) {
            byte[] raw = new byte[random.nextInt(20)];
            random.nextBytes(raw);
            for (int i = 0; i < raw.length; i++) {
                raw[i] = random.nextInt(3) == 0 ? (byte) "\\x4f".charAt(i % 4) : raw[i];
            }
            Bytes bytes = Bytes.wrap(raw);
            for (ByteText text : ByteText.values()) {
                assertEquals(bytes, text.parse("key", text.show(bytes)), "seed " + seed);
            }
        }
    }

    @Test
    void utf8IsWhatTheDecoderOfTheJdkTakes() {
        Random random = new Random(Long.getLong("seed", 9));
        byte[] starts = {0x41, (byte) 0xc1, (byte) 0xc3, (byte) 0xe0, (byte) 0xed, (byte) 0xf0,
            (byte) 0xf4, (byte) 0xf5, (byte) 0x80, (byte) 0xef};
        for (int run = 0; run < 20_000; run++) {
            byte[] raw = new byte[random.nextInt(1, 6)];
            for (int i = 0; i < raw.length; i++) {
                raw[i] =
                        random.nextBoolean()
                                ? starts[random.nextInt(starts.length)]
                                : (byte) (0x80 | random.nextInt(64));
            }
            boolean whole =
                    java.util.Arrays.equals(
                            raw,
                            new String(raw, StandardCharsets.UTF_8)
                                    .getBytes(StandardCharsets.UTF_8));
            assertEquals(whole, Utf8.isValid(raw, 0, raw.length), Bytes.wrap(raw).toHex());
        }
    }

    @Test
    void whatTheLocaleLostIsNotStored() {
        var lost = assertThrows(Complaint.class, () -> ByteText.UTF8.parse("key", "k\uFFFDse"));
        assertTrue(lost.text().contains("LC_ALL=C.UTF-8"));
        assertThrows(Complaint.class, () -> ByteText.UTF8.parse("key", "k\uD800"));
        assertThrows(Complaint.class, () -> ByteText.HEX.parse("key", "6"));
        assertThrows(Complaint.class, () -> ByteText.BASE64.parse("key", "a"));
    }
}
