package norikv.bytes;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import org.junit.jupiter.api.Test;

/// The hash against every known row, and against itself at every offset.
final class Xxh64Test {
    private static final HashVectors VECTORS = HashVectors.read();

    @Test
    void everyKeyOfTheVectorsHasItsHash() {
        List<HashVectors.Row> rows = VECTORS.rows("key_hash_vectors");
        assertEquals(15, rows.size());
        for (HashVectors.Row row : rows) {
            long expected = Long.parseUnsignedLong(row.text("xxhash64"));
            assertEquals(expected, Xxh64.hash(Bytes.hex(row.text("key_hex")), 0), row::text);
        }
    }

    @Test
    void everyBranchOnTheLengthHasItsHash() {
        List<HashVectors.Row> rows = VECTORS.rows("rows");
        assertEquals(38, rows.size());
        for (HashVectors.Row row : rows) {
            byte[] input = HashVectors.ascending(row.number("length"));
            String actual = "%016x".formatted(Xxh64.hash(input, 0, input.length, 0));
            assertEquals(row.text("xxhash64_hex"), actual, row::text);
        }
    }

    @Test
    void theHashDependsOnTheRangeAloneAndNotOnWhatIsAroundIt() {
        byte[] input = HashVectors.ascending(300);
        for (int offset = 0; offset < 40; offset++) {
            for (int length = 0; length < 100; length++) {
                byte[] alone = java.util.Arrays.copyOfRange(input, offset, offset + length);
                assertEquals(
                        Xxh64.hash(alone, 0, length, 77), Xxh64.hash(input, offset, length, 77));
            }
        }
    }

    @Test
    void theSeedChangesTheHash() {
        // XXH64 of no bytes with the seed that the reference implementation's own check uses.
        assertEquals(0xAC75FDA2929B17EFL, Xxh64.hash(Bytes.EMPTY, 0x9E3779B1L));
    }

    @Test
    void aRangeBeyondTheArrayIsRefused() {
        assertThrows(IndexOutOfBoundsException.class, () -> Xxh64.hash(new byte[9], 2, 8, 0));
        assertThrows(IndexOutOfBoundsException.class, () -> Xxh64.hash(new byte[9], -1, 8, 0));
    }
}
