package norikv.bytes;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/// The byte strings that keys and values are.
final class BytesTest {
    private static final long SEED = Long.getLong("seed", 20_250_101L);

    @Test
    void theOrderIsThatOfUnsignedBytesAndAPrefixComesFirst() {
        List<Bytes> inOrder = new ArrayList<>();
        for (String hex : List.of("", "00", "0000", "01", "7f", "7fff", "80", "ff", "ff00")) {
            inOrder.add(Bytes.hex(hex));
        }
        List<Bytes> shuffled = new ArrayList<>(inOrder);
        Collections.reverse(shuffled);
        Collections.sort(shuffled);

        assertEquals(inOrder, shuffled);
    }

    @Test
    void equalBytesAreEqualWhereverTheyLie() {
        Bytes whole = Bytes.hex("00112233440011");
        Bytes left = whole.slice(0, 2);
        Bytes right = whole.slice(5, 7);

        assertEquals(left, right);
        assertEquals(left.hashCode(), right.hashCode());
        assertEquals(0, left.compareTo(right));
        assertEquals(Bytes.hex("0011"), right);
        assertNotEquals(left, whole.slice(0, 3));
        assertNotEquals(left, whole.slice(1, 3));
    }

    @Test
    void aCopyIsNobodyElsesAndAWrapIsTheArray() {
        byte[] array = {1, 2, 3};
        Bytes copy = Bytes.copyOf(array);
        Bytes part = Bytes.copyOf(array, 1, 2);
        Bytes wrap = Bytes.wrap(array);
        array[1] = 9;

        assertEquals("010203", copy.toHex());
        assertEquals("0203", part.toHex());
        assertEquals("010903", wrap.toHex());
        byte[] fresh = copy.toByteArray();
        fresh[0] = 7;
        assertEquals(1, copy.byteAt(0));
    }

    @Test
    void rangesOutsideAreRefused() {
        byte[] array = new byte[4];
        Bytes bytes = Bytes.wrap(array, 1, 2);
        for (int[] range : new int[][] {{0, 5}, {-1, 2}, {2, 3}, {0, -1}, {5, 0}, {1, 1 << 31}}) {
            assertThrows(
                    IndexOutOfBoundsException.class, () -> Bytes.copyOf(array, range[0], range[1]));
            assertThrows(
                    IndexOutOfBoundsException.class, () -> Bytes.wrap(array, range[0], range[1]));
        }
        assertThrows(IndexOutOfBoundsException.class, () -> bytes.byteAt(2));
        assertThrows(IndexOutOfBoundsException.class, () -> bytes.byteAt(-1));
        assertThrows(IndexOutOfBoundsException.class, () -> bytes.slice(0, 3));
        assertThrows(IndexOutOfBoundsException.class, () -> bytes.slice(2, 1));
        assertThrows(IndexOutOfBoundsException.class, () -> bytes.copyTo(new byte[2], 1));
        assertThrows(IllegalArgumentException.class, () -> Bytes.hex("abc"));
    }

    @Test
    void compactingLetsGoOfTheRest() {
        Bytes slice = Bytes.wrap(new byte[1000]).slice(10, 12);

        assertEquals(2, slice.compact().array().length);
        assertEquals(slice, slice.compact());
        assertSame(Bytes.EMPTY, slice.slice(1, 1).compact());
        Bytes whole = Bytes.hex("01");
        assertSame(whole, whole.compact());
    }

    @Test
    void prefixesAreFoundAndEnd() {
        assertTrue(Bytes.utf8("user:42").startsWith(Bytes.utf8("user:")));
        assertTrue(Bytes.utf8("user:42").slice(5, 7).startsWith(Bytes.utf8("4")));
        assertTrue(Bytes.EMPTY.startsWith(Bytes.EMPTY));
        assertFalse(Bytes.utf8("use").startsWith(Bytes.utf8("user")));
        assertFalse(Bytes.utf8("uses").startsWith(Bytes.utf8("user")));

        assertEquals("757365723b", Bytes.utf8("user:").prefixEnd().toHex());
        assertEquals("02", Bytes.hex("01ffff").prefixEnd().toHex());
        assertEquals("80", Bytes.hex("7f").prefixEnd().toHex());
        assertEquals(Bytes.EMPTY, Bytes.hex("ffff").prefixEnd());
        assertEquals(Bytes.EMPTY, Bytes.EMPTY.prefixEnd());
    }

    /// Short strings over few letters meet every border case.
    @Test
    void allThatBeginsWithAPrefixAndNothingElseLiesBeforeItsEnd() {
        var random = new SplittableRandom(SEED);
        for (int i = 0; i < 20_000; i++) {
            Bytes prefix = any(random).slice(0, random.nextInt(3));
            Bytes key = any(random);
            Bytes end = prefix.prefixEnd();
            boolean inside =
                    key.compareTo(prefix) >= 0 && (end.isEmpty() || key.compareTo(end) < 0);

            assertEquals(key.startsWith(prefix), inside, () -> prefix.toHex() + " " + key.toHex());
        }
    }

    @Test
    void nothingLiesBetweenAStringAndItsSuccessor() {
        var random = new SplittableRandom(SEED);
        for (int i = 0; i < 20_000; i++) {
            Bytes bytes = any(random);
            Bytes next = bytes.successor();
            Bytes other = any(random);

            assertTrue(bytes.compareTo(next) < 0);
            assertFalse(bytes.compareTo(other) < 0 && other.compareTo(next) < 0);
        }
        assertEquals("00", Bytes.EMPTY.successor().toHex());
        assertEquals("0200", Bytes.hex("010203").slice(1, 2).successor().toHex());
    }

    @Test
    void textAndDigitsComeBack() {
        assertEquals("Grüße 世界", Bytes.utf8("Grüße 世界").toUtf8());
        assertEquals("00ff10", Bytes.hex("00FF10").toHex());
        assertEquals("bc", Bytes.utf8("abcd").slice(1, 3).toUtf8());
        assertEquals("62", Bytes.utf8("abcd").slice(1, 2).toHex());
    }

    @Test
    void theBytesThemselvesAreNeverShown() {
        assertEquals("Bytes[6]", Bytes.utf8("secret").toString());
    }

    private static Bytes any(SplittableRandom random) {
        byte[] bytes = new byte[2 + random.nextInt(2)];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) (random.nextInt(4) - 2);
        }
        return Bytes.wrap(bytes);
    }
}
