package norikv.torture;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import java.util.List;
import norikv.bytes.Bytes;
import org.junit.jupiter.api.Test;

/// A padded value gives its name back, and one that is torn, mixed or foreign does not.
final class PaddingTest {
    @Test
    void aValueGivesItsNameBack() {
        for (int bytes : List.of(0, 1, 5, 6, 100, 8192)) {
            Padding padding = new Padding(bytes);
            Bytes value = padding.full(Bytes.utf8("3-17"));
            assertEquals(Math.max(bytes, 5), value.length());
            assertEquals(Bytes.utf8("3-17"), padding.name(value));
        }
    }

    @Test
    void whatNobodyWroteIsShownWhole() {
        Padding padding = new Padding(100);
        byte[] torn = padding.full(Bytes.utf8("3-17")).toByteArray();
        byte[] other = padding.full(Bytes.utf8("4-18")).toByteArray();
        System.arraycopy(other, 50, torn, 50, 50);
        assertEquals(Bytes.wrap(torn), padding.name(Bytes.wrap(torn)));
        Bytes shorter = padding.full(Bytes.utf8("3-17")).slice(0, 99);
        assertEquals(shorter, padding.name(shorter));
        for (String foreign : List.of("", "|", "||", "x", "3-17|")) {
            assertEquals(Bytes.utf8(foreign), padding.name(Bytes.utf8(foreign)));
        }
        assertNotEquals(padding.full(Bytes.utf8("a")), padding.full(Bytes.utf8("aa")));
    }
}
