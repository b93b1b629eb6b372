package norikv.lsm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.SplittableRandom;
import norikv.bytes.ByteReader;
import norikv.bytes.ByteWriter;
import norikv.bytes.Bytes;
import norikv.bytes.Crc32c;
import norikv.domain.NoriException;
import norikv.domain.ShardId;
import norikv.domain.Version;
import org.junit.jupiter.api.Test;

/// The bytes of chunks, as `wire/shards.md` draws them.
final class ShardChunkTest {
    private static final AppliedAt PLACE =
            new AppliedAt(new Version(5, 300), 1_700_000_000_000L);

    @Test
    void theVectorsAreReadAndWrittenAgain() throws IOException {
        assertVector("shard-chunk", chunk());
        var nothing =
                new ShardChunk(
                        new ShardId(0),
                        new AppliedAt(new Version(1, 1), 0),
                        0,
                        true,
                        Bytes.EMPTY,
                        ShardDigest.NOTHING);
        assertVector("shard-chunk-empty", nothing);
    }

    private static void assertVector(String name, ShardChunk chunk) throws IOException {
        var text = new StringBuilder();
        for (String line : Files.readAllLines(Path.of("wire", "vectors", name + ".hex"))) {
            text.append(line.replaceFirst("#.*", "").replace(" ", ""));
        }
        assertEquals(text.toString(), chunk.encode().toHex());
        assertEquals(chunk, ShardChunk.decode(Bytes.hex(text.toString())));
    }

    @Test
    void theRowsOfAChunkAreReadAgain() {
        ByteReader in = ByteReader.of(chunk().rows());
        var first = new ShardRow(0, Bytes.utf8("a"), new Version(4, 200), 0, Bytes.utf8("one"));
        var second =
                new ShardRow(
                        3, Bytes.utf8("b"), PLACE.at(), 1_700_000_000_001L, Bytes.EMPTY);
        assertEquals(first, ShardRow.read(in));
        assertEquals(second, ShardRow.read(in));
        assertEquals(0, in.remaining());
    }

    @Test
    void anyFlippedBitAndAnyCutIsRefused() {
        byte[] good = chunk().encode().toByteArray();
        for (int bit = 0; bit < 8 * good.length; bit++) {
            byte[] bad = good.clone();
            bad[bit / 8] ^= (byte) (1 << bit % 8);
            assertThrows(
                    NoriException.Malformed.class, () -> ShardChunk.decode(Bytes.wrap(bad)));
        }
        for (int length = 0; length < good.length; length++) {
            Bytes cut = Bytes.copyOf(good, 0, length);
            assertThrows(NoriException.Malformed.class, () -> ShardChunk.decode(cut));
        }
    }

    @Test
    void hostileBytesThatCheckOutAreRefusedAndNothingElse() {
        long seed = Long.getLong("seed", 11);
        var random = new SplittableRandom(seed);
        byte[] good = chunk().encode().toByteArray();
        int accepted = 0;
        for (int i = 0; i < 30_000; i++) {
            byte[] bad = Arrays.copyOf(good, 5 + random.nextInt(good.length));
            for (int flips = random.nextInt(4); flips >= 0; flips--) {
                bad[4 + random.nextInt(bad.length - 4)] = (byte) random.nextInt(256);
            }
            var sealed = new ByteWriter(bad.length);
            sealed.bytes(bad, 0, bad.length - 4).i32(Crc32c.of(bad, 0, bad.length - 4));
            try {
                ByteReader rows = ByteReader.of(ShardChunk.decode(sealed.toBytes()).rows());
                while (rows.remaining() > 0) {
                    ShardRow.read(rows);
                }
                accepted++;
            } catch (NoriException.Malformed | NoriException.Refused e) {
                assertTrue(e.getMessage().startsWith("chunk"), "seed " + seed + ": " + e);
            }
        }
        assertTrue(accepted > 100, "accepted " + accepted);
    }

    @Test
    void aNewerFormatIsRefusedAsSuch() {
        byte[] bytes = chunk().encode().toByteArray();
        bytes[4] = 2;
        var sealed = new ByteWriter(bytes.length);
        sealed.bytes(bytes, 0, bytes.length - 4).i32(Crc32c.of(bytes, 0, bytes.length - 4));
        assertThrows(
                NoriException.Refused.class, () -> ShardChunk.decode(sealed.toBytes()));
    }

    private static ShardChunk chunk() {
        var rows = new ByteWriter(64);
        long hash = 0;
        Bytes a = Bytes.utf8("a");
        ShardRow.writeHead(rows, 0, a.array(), 0, 1, new Version(4, 200), 0, 3);
        rows.bytes(Bytes.utf8("one"));
        hash += ShardRow.hash(rows.array(), 0, rows.length());
        int from = rows.length();
        Bytes b = Bytes.utf8("b");
        ShardRow.writeHead(rows, 3, b.array(), 0, 1, PLACE.at(), 1_700_000_000_001L, 0);
        hash += ShardRow.hash(rows.array(), from, rows.length() - from);
        return new ShardChunk(
                new ShardId(1000), PLACE, 1, true, rows.toBytes(), new ShardDigest(9, hash));
    }
}
