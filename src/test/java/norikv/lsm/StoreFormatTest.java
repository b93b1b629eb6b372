package norikv.lsm;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import norikv.domain.NoriException;
import norikv.domain.Version;
import norikv.wal.HexVector;
import norikv.work.SeededLoops;
import org.junit.jupiter.api.Test;

/// The bytes of a record of a store's log, as `wire/files.md` draws them.
final class StoreFormatTest {
    private static final long TIME = 1_600_000_000_000L;

    @Test
    void theVectorIsWhatACommitLooksLikeAndIsReadBack() throws IOException {
        byte[] vector = HexVector.read("store-record");
        assertEquals(HexVector.spell(vector), HexVector.spell(record()));

        List<String> read = new ArrayList<>();
        StoreGroup.read(
                vector,
                vector.length,
                "vector",
                (entry, operations) -> {
                    var batch = new WriteBatch();
                    boolean whole =
                            StoreBatch.read(operations, entry.operations(), entry, batch);
                    for (int i = 0; i < batch.operations(); i++) {
                        read.add(
                                "%d %d %s=%s %d"
                                        .formatted(
                                                entry.index(),
                                                batch.trailer(i) & 0xff,
                                                batch.key(i).toUtf8(),
                                                batch.value(i).toUtf8(),
                                                batch.expiresAtMillis(i)));
                    }
                    return whole;
                });
        List<String> expected =
                List.of(
                        "7 1 a=one 0",
                        "8 0 a= 0",
                        "8 2 bb=two %d".formatted(TIME + 1500),
                        "8 1 c= 0");
        assertEquals(expected, read);
    }

    @Test
    void aRecordWithAnyBitFlippedOrCutIsDamage() {
        byte[] record = record();
        for (int bit = 0; bit < 8 * record.length; bit++) {
            byte[] flipped = record.clone();
            flipped[bit / 8] ^= (byte) (1 << bit % 8);
            assertDamaged(flipped);
        }
        for (int length = 0; length < record.length; length++) {
            assertDamaged(Arrays.copyOf(record, length));
        }
    }

    @Test
    void randomBytesBehindARightChecksumAreDamageOrCommits() {
        long seed = Long.getLong("seed", 1);
        var random = new SplittableRandom(seed);
        for (int i = 0; i < 20_000; i++) {
            byte[] record = record();
            int flips = random.nextInt(1, 6);
            for (int f = 0; f < flips; f++) {
                record[random.nextInt(StoreGroup.HEAD_BYTES, record.length)] =
                        (byte) random.nextInt(256);
            }
            int crc = norikv.bytes.Crc32c.of(record, 5, record.length - 5);
            ByteBuffer.wrap(record).order(java.nio.ByteOrder.LITTLE_ENDIAN).putInt(1, crc);
            try {
                readAll(record);
            } catch (NoriException.Corruption _) {
                // one of the two answers there may be
            }
        }
    }

    private static void assertDamaged(byte[] record) {
        var e = assertThrows(NoriException.Corruption.class, () -> readAll(record));
        assertEquals("here", e.getMessage().substring(0, 4));
    }

    private static void readAll(byte[] record) {
        StoreGroup.read(
                record,
                record.length,
                "here",
                (entry, operations) ->
                        StoreBatch.read(
                                operations, entry.operations(), entry, new WriteBatch()));
    }

    private static byte[] record() {
        var group = new StoreGroup(null, new SeededLoops(1).signal());
        group.tryJoin();
        var one = new StoreWrite.One(StoreBatch.PUT, bytes("a"), bytes("one"), 0);
        one.writeTo(group.begin(entry(7, 1), 0));
        var batch =
                new StoreBatch()
                        .delete(bytes("a"))
                        .put(bytes("bb"), bytes("two"), 1500)
                        .put(bytes("c"), new byte[0]);
        batch.writeTo(group.begin(entry(8, 3), 0));
        group.endJoin();
        group.seal();
        group.finish();
        ByteBuffer record = ByteBuffer.allocate(group.length());
        group.writeTo(record);
        assertArrayEquals(new byte[] {1}, Arrays.copyOf(record.array(), 1));
        return record.array();
    }

    private static StoreEntry entry(long index, int operations) {
        return new StoreEntry(new Version(StoreEntry.TERM, index), TIME, operations);
    }

    private static byte[] bytes(String text) {
        return StoreRig.bytes(text);
    }
}
