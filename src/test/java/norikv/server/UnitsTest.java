package norikv.server;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/// Durations, sizes, addresses and near misses as people write them.
final class UnitsTest {
    @Test
    void durationsNeedAUnit() {
        assertEquals(Optional.of(Duration.ofMillis(150)), Units.duration("150ms"));
        assertEquals(Optional.of(Duration.ofHours(2)), Units.duration("2h"));
        assertEquals(Optional.of(Duration.ofDays(3)), Units.duration("3d"));
        for (String bad : List.of("", "5", "s", "5 s", "-5s", "+5s", "1.5s", "5S", "5sec", "٣s")) {
            assertEquals(Optional.empty(), Units.duration(bad), bad);
        }
        assertEquals(Optional.empty(), Units.duration("999999999999999999d"));
        assertEquals(Optional.empty(), Units.duration("99999999999999999999s"));
    }

    @Test
    void sizesNeedAUnit() {
        assertEquals(Optional.of(64L << 20), Units.size("64MiB"));
        assertEquals(Optional.of(512L), Units.size("512B"));
        for (String bad : List.of("", "64", "64MB", "64M", "64 MiB", "8388608TiB")) {
            assertEquals(Optional.empty(), Units.size(bad), bad);
        }
    }

    @Test
    void whatIsShownIsReadAgain() {
        for (String text : List.of("150ms", "5s", "2h", "1d", "90s", "7ns", "0s")) {
            assertEquals(text, Units.show(Units.duration(text).orElseThrow()));
        }
        for (String text : List.of("64MiB", "1000B", "3GiB", "0B")) {
            assertEquals(text, Units.showSize(Units.size(text).orElseThrow()));
        }
    }

    @Test
    void anAddressIsHostAndPort() {
        assertEquals("127.0.0.1:7447", Address.parse("127.0.0.1:7447").orElseThrow().toString());
        assertEquals("[::1]:0", Address.parse("[::1]:0").orElseThrow().toString());
        assertEquals("::1", Address.parse("[::1]:0").orElseThrow().host());
        for (String bad :
                List.of(
                        "", "7447", ":7447", "host:", "host:-1", "host:65536", "::1:7447", "[]:1",
                        "[host]:1", "a b:1", "host:7447x", "http://host:1", "host:99999999999")) {
            assertEquals(Optional.empty(), Address.parse(bad), bad);
        }
    }

    @Test
    void onlyLoopbackIsLoopback() {
        for (String text : List.of("127.0.0.1:1", "127.8.0.1:1", "localhost:1", "[::1]:1")) {
            assertEquals(true, Address.parse(text).orElseThrow().isLoopback(), text);
        }
        for (String text : List.of("0.0.0.0:1", "[::]:1", "10.0.0.1:1", "box:1")) {
            assertEquals(false, Address.parse(text).orElseThrow().isLoopback(), text);
        }
    }

    @Test
    void aNearMissIsGuessedAndNonsenseIsNot() {
        List<String> words = List.of("put", "get", "delete", "scan");
        assertEquals("; did you mean delete?", DidYouMean.hint("delte", words));
        assertEquals("; did you mean get?", DidYouMean.hint("gte", words));
        assertEquals("; did you mean delete?", DidYouMean.hint("del", words));
        assertEquals("", DidYouMean.hint("frobnicate", words));
        assertEquals(1, DidYouMean.distance("gte", "get"));
        assertEquals(3, DidYouMean.distance("kitten", "sitting"));
    }
}
