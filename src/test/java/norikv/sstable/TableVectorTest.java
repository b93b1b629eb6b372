package norikv.sstable;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import norikv.bytes.Bytes;
import norikv.disk.SimDisk;
import org.junit.jupiter.api.Test;

/// The bytes of whole tables, as they are kept for strangers in `wire/vectors`: they are read, and
/// writing the same entries gives the same bytes. A format changes only together with its version.
final class TableVectorTest {
    private static final Path VECTORS = Path.of("wire", "vectors");

    private final SimDisk disk = new SimDisk(1);

    @Test
    void aTableWithOneIndexBlock() throws IOException {
        var options = TableOptions.defaults().withBlockBytes(160);
        checkVector("sstable-one-level.hex", 12, options, fruits());
    }

    @Test
    void aTableWithLeavesAndAKeyOverManyBlocks() throws IOException {
        var options =
                TableOptions.defaults()
                        .withBlockBytes(1)
                        .withRootIndexBytesMax(0)
                        .withLeafIndexBytes(140)
                        .withFilterBitsPerKey(0);
        checkVector("sstable-two-levels.hex", 0x1_0000_0001L, options, versions());
    }

    @Test
    void aTableWithACompressedBlockAndOneThatIsNot() throws IOException {
        var options = TableOptions.defaults().withBlockBytes(200).withCompression(true);
        checkVector("sstable-compressed.hex", 5, options, repetitive());
    }

    static List<Entry> repetitive() {
        return List.of(
                entry("fox", 1, 4, Cursor.KIND_PUT, 1, 0, "The quick brown fox jumps over."),
                entry("key", 1, 5, Cursor.KIND_PUT_TTL, 1, 1_700_000_000_000L, "lazy dogs"),
                entry("log:1", 1, 1, Cursor.KIND_PUT, 1, 0, "again and ".repeat(9)),
                entry("log:2", 1, 2, Cursor.KIND_PUT, 1, 0, "again and again"),
                entry("log:3", 1, 3, Cursor.KIND_PUT, 1, 0, "x".repeat(300)));
    }

    static List<Entry> fruits() {
        return List.of(
                entry("apple", 3, 259, Cursor.KIND_PUT, 2, 0, "red"),
                entry("apple", 3, 5, Cursor.KIND_PUT, 1, 0, "green"),
                entry("apricot", 3, 6, Cursor.KIND_PUT_TTL, 1, 1_700_000_000_000L, ""),
                entry("avocado", 3, 7, Cursor.KIND_DELETE, 1, 0, ""),
                entry("banana", 3, 1L << 40, Cursor.KIND_PUT, 300, 0, "yellow"),
                entry("banana", 9, 8, Cursor.KIND_PUT, 1, 0, "a second tablet's"),
                entry("band", 9, 9, Cursor.KIND_PUT_TTL, 1, 1_700_000_000_001L, "x"));
    }

    static List<Entry> versions() {
        return List.of(
                entry("", 1, 4, Cursor.KIND_PUT, 1, 0, "the empty key"),
                entry("k", 1, 3, Cursor.KIND_PUT, 1, 0, "3"),
                entry("k", 1, 2, Cursor.KIND_PUT, 1, 0, "2"),
                entry("k", 2, 9, Cursor.KIND_DELETE, 1, 0, ""),
                entry("k1", -1, TableFormat.INDEX_MAX, Cursor.KIND_PUT, 1, 0, "at the limits"),
                entry("kk0", 1, 5, Cursor.KIND_PUT, 1, 0, "5"),
                entry("kk1", 1, 6, Cursor.KIND_PUT, 1, 0, "6"));
    }

    private static Entry entry(
            String key, int tablet, long index, int kind, long term, long expiry, String value) {
        return new Entry(
                Bytes.utf8(key), tablet, index << 8 | kind, term, expiry, Bytes.utf8(value));
    }

    private void checkVector(String name, long number, TableOptions options, List<Entry> entries)
            throws IOException {
        byte[] expected = read(VECTORS.resolve(name));
        TableFile.write(disk, "vector.sst", expected);
        try (Table table = Table.open(disk, "vector.sst", number)) {
            assertEquals(entries, Tables.readAll(table));
            List<TableVerifier.Fault> faults = new ArrayList<>();
            var verifier = new TableVerifier(table, faults::add);
            while (verifier.step(1)) {
                assertTrue(verifier.bytesRead() < expected.length);
            }
            assertEquals(List.of(), faults);
        }
        Tables.write(disk, "again.sst", number, options, entries);
        String again = HexFormat.of().formatHex(disk.contentOf("again.sst"));
        assertEquals(HexFormat.of().formatHex(expected), again);
    }

    /// {@return the bytes that a vector spells: hexadecimal digits, and comments from `#` on}
    static byte[] read(Path vector) throws IOException {
        var digits = new StringBuilder();
        for (String line : Files.readAllLines(vector)) {
            int comment = line.indexOf('#');
            digits.append((comment < 0 ? line : line.substring(0, comment)).replace(" ", ""));
        }
        return HexFormat.of().parseHex(digits);
    }
}
