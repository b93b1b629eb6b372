package norikv.host;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import norikv.bytes.Bytes;
import norikv.domain.NoriException;
import norikv.domain.Version;
import norikv.port.ShardStore.Digest;
import norikv.port.Storage;
import norikv.wal.HexVector;
import org.junit.jupiter.api.Test;

/// Entries of the host, byte for byte as `wire/files.md` draws them, and what follows from them.
final class HostEntryTest {
    private static final Digest RIGHT = new Digest(1_000, 0x1122334455667788L);
    private static final Digest WRONG = new Digest(999, 0x99);
    private static final Digest ANOTHER = new Digest(1_000, 0x98);

    private static final HostEntry.Verify VERIFY =
            new HostEntry.Verify(
                    new Storage.Applied(new Version(5, 300), 1_700_000_000_000L),
                    Map.of(1L, RIGHT, 2L, RIGHT, 3L, WRONG));

    @Test
    void vectorsAreReadAndWrittenByteForByte() throws IOException {
        Map<String, HostEntry> all =
                Map.of("host-check", new HostEntry.Check(), "host-verify", VERIFY);
        for (Map.Entry<String, HostEntry> each : all.entrySet()) {
            byte[] vector = HexVector.read(each.getKey());
            assertEquals(each.getValue(), HostEntry.decode(Bytes.wrap(vector)), each.getKey());
            assertArrayEquals(vector, each.getValue().encode().toByteArray(), each.getKey());
        }
    }

    @Test
    void whatIsNotUnderstoodStopsWhoeverMeetsIt() {
        byte[] whole = VERIFY.encode().toByteArray();
        for (int length = 0; length < whole.length; length++) {
            requireBroken(Arrays.copyOf(whole, length));
        }
        requireBroken(Arrays.copyOf(whole, whole.length + 1));
        requireBroken(new byte[] {2, 1}); // another format
        requireBroken(new byte[] {1, 3}); // another kind
        byte[] twice = whole.clone();
        twice[12] = 2; // the first replica is not before the second
        requireBroken(twice);
    }

    @Test
    void brokenBytesAreReadableOrBrokenAndNothingElse() {
        var random = new Random(Long.getLong("seed", 1));
        int broken = 0;
        for (int i = 0; i < 100_000; i++) {
            byte[] bytes = VERIFY.encode().toByteArray();
            bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
            try {
                HostEntry.decode(Bytes.wrap(bytes));
            } catch (NoriException.Broken _) {
                broken++;
            }
        }
        assertTrue(broken > 1_000, () -> "too tame");
    }

    private static void requireBroken(byte[] bytes) {
        assertThrows(NoriException.Broken.class, () -> HostEntry.decode(Bytes.wrap(bytes)));
    }

    @Test
    void whatMoreThanHalfOfAllReplicasHoldIsRightWhoeverLeads() {
        requireOutcome(Map.of(1L, RIGHT, 2L, RIGHT, 3L, RIGHT), 3, RIGHT, Set.of(), false);
        requireOutcome(Map.of(1L, WRONG, 2L, RIGHT, 3L, RIGHT), 3, RIGHT, Set.of(1L), false);
        requireOutcome(Map.of(2L, RIGHT, 3L, RIGHT), 3, RIGHT, Set.of(), false);
        requireOutcome(
                Map.of(1L, WRONG, 2L, RIGHT, 3L, RIGHT, 5L, ANOTHER, 9L, RIGHT),
                5,
                RIGHT,
                Set.of(1L, 5L),
                false);
    }

    @Test
    void whereNothingIsHeldByMoreThanHalfNobodyIsWrong() {
        requireOutcome(Map.of(1L, WRONG, 2L, RIGHT), 3, null, Set.of(), true);
        requireOutcome(Map.of(1L, WRONG, 2L, RIGHT), 2, null, Set.of(), true);
        requireOutcome(Map.of(1L, WRONG, 2L, RIGHT, 3L, ANOTHER), 3, null, Set.of(), true);
        requireOutcome(Map.of(1L, RIGHT, 2L, RIGHT), 4, null, Set.of(), false);
        requireOutcome(
                Map.of(1L, WRONG, 2L, RIGHT, 3L, RIGHT, 4L, WRONG), 4, null, Set.of(), true);
    }

    /// @param right null: nobody knows
    private static void requireOutcome(
            Map<Long, Digest> digests,
            int replicas,
            Digest right,
            Set<Long> strays,
            boolean isSplit) {
        assertEquals(
                new Comparison(Optional.ofNullable(right), strays, isSplit),
                Comparison.of(digests, replicas));
    }
}
