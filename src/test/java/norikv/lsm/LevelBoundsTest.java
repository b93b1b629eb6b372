package norikv.lsm;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/// What the first eight bytes of a key decide is what the whole key decides.
final class LevelBoundsTest {
    private static final int LEVELS = 2_000;

    @Test
    void aKeyIsFoundWhereEachTableWouldBeAsked() {
        long seed = Long.getLong("seed", 42);
        var random = new Random(seed);
        for (int i = 0; i < LEVELS; i++) {
            byte[] shared = bytes(random, random.nextInt(4), 256);
            List<byte[]> keys = keys(random, shared);
            byte[][] mins = every(keys, 0);
            byte[][] maxs = every(keys, 1);
            var bounds = new LevelBounds(mins, maxs);
            for (int look = 0; look < 40; look++) {
                byte[] key = lookedFor(random, shared, keys);
                assertEquals(
                        firstEndingFrom(maxs, key),
                        bounds.firstEndingFrom(key, 0, key.length),
                        () -> "seed " + seed);
                assertEquals(
                        holding(mins, maxs, key),
                        bounds.holding(key, key.length),
                        () -> "seed " + seed);
            }
        }
    }

    @Test
    void aKeyMayStandAnywhereInItsArray() {
        var bounds = new LevelBounds(new byte[][] {{1, 1}, {1, 5}}, new byte[][] {{1, 3}, {1, 9}});
        byte[] array = {9, 9, 1, 4, 9};

        assertEquals(1, bounds.firstEndingFrom(array, 2, 2));
    }

    /// Tables one after the other, some of one key only.
    private static List<byte[]> keys(Random random, byte[] shared) {
        var sorted = new TreeSet<byte[]>(Arrays::compareUnsigned);
        int count = random.nextInt(12);
        for (int i = 0; i < count; i++) {
            sorted.add(key(random, shared));
        }
        return sorted.stream()
                .flatMap(key -> Collections.nCopies(1 + random.nextInt(4) / 3, key).stream())
                .toList();
    }

    private static byte[][] every(List<byte[]> keys, int from) {
        return IntStream.range(0, keys.size() / 2)
                .mapToObj(i -> keys.get(2 * i + from))
                .toArray(byte[][]::new);
    }

    private static byte[] lookedFor(Random random, byte[] shared, List<byte[]> keys) {
        return switch (random.nextInt(4)) {
            case 0 -> bytes(random, random.nextInt(6), 256);
            case 1 -> keys.isEmpty() ? shared : keys.get(random.nextInt(keys.size()));
            case 2 -> Arrays.copyOf(shared, random.nextInt(shared.length + 1));
            default -> key(random, shared);
        };
    }

    /// Often of nearly the same bytes, often longer than what is compared at once, with zeros.
    private static byte[] key(Random random, byte[] shared) {
        byte[] rest = bytes(random, 1 + random.nextInt(12), 2);
        byte[] key = Arrays.copyOf(shared, shared.length + rest.length);
        System.arraycopy(rest, 0, key, shared.length, rest.length);
        return key;
    }

    private static byte[] bytes(Random random, int length, int below) {
        byte[] bytes = new byte[length];
        for (int i = 0; i < length; i++) {
            bytes[i] = (byte) random.nextInt(below);
        }
        return bytes;
    }

    private static int firstEndingFrom(byte[][] maxs, byte[] key) {
        int at = 0;
        while (at < maxs.length && Arrays.compareUnsigned(maxs[at], key) < 0) {
            at++;
        }
        return at;
    }

    private static int holding(byte[][] mins, byte[][] maxs, byte[] key) {
        for (int at = 0; at < mins.length; at++) {
            if (Arrays.compareUnsigned(mins[at], key) <= 0
                    && Arrays.compareUnsigned(maxs[at], key) >= 0) {
                return at;
            }
        }
        return -1;
    }
}
