package norikv.domain;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The place of a write, as text and in order.
final class VersionTest {
    @Test
    void aVersionComesBackFromItsText() {
        for (Version version :
                List.of(new Version(1, 7), new Version(Long.MAX_VALUE, Long.MAX_VALUE))) {
            assertEquals(version, Version.parse(version.toString()));
        }
        assertEquals("1:7", new Version(1, 7).toString());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                ":",
                "1",
                "1:",
                ":7",
                "0:7",
                "1:0",
                "-1:7",
                "+1:7",
                "1:+7",
                " 1:7",
                "1:7 ",
                "1:7:8",
                "a:b",
                "1:99999999999999999999",
                "9999999999999999999:1",
                "١:٧"
            })
    void aMalformedTextIsRefused(String text) {
        var thrown = assertThrows(NoriException.Malformed.class, () -> Version.parse(text));

        assertEquals(ErrorCode.INVALID_ARGUMENT, thrown.code());
        assertTrue(thrown.getMessage().contains("'" + text + "'"), thrown::getMessage);
    }

    @Test
    void theTermCountsBeforeTheIndex() {
        List<Version> inOrder =
                List.of(
                        Version.NONE,
                        new Version(1, 1),
                        new Version(1, 9),
                        new Version(2, 1),
                        new Version(2, Long.MAX_VALUE));

        assertEquals(inOrder, inOrder.reversed().stream().sorted().toList());
    }
}
