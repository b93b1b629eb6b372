package norikv.host;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Random;
import norikv.bytes.Bytes;
import norikv.domain.NoriException;
import norikv.domain.Version;
import norikv.port.ShardStore;
import norikv.port.Storage;
import norikv.raft.Configuration;
import norikv.raft.Members;
import norikv.raft.Message;
import norikv.raft.SnapshotMeta;
import norikv.wal.HexVector;
import org.junit.jupiter.api.Test;

/// The examples of `wire/streams.md`, byte for byte, both ways, and hostile input.
final class StreamFrameTest {
    private static final long STREAM = 0x1122334455667788L;

    private static Map<String, StreamFrame> samples() {
        var meta =
                new SnapshotMeta(
                        new Version(5, 300),
                        1_700_000_000_000L,
                        Configuration.of(Members.of(1, 2, 3), Members.NONE),
                        0);
        var what = new Message.InstallSnapshot(new Message.Head(7, 1, 2, 6), meta);
        return Map.of(
                "stream-wish", new StreamFrame.Wish(7, 300),
                "stream-offer", new StreamFrame.Offer(STREAM, what),
                "stream-piece", new StreamFrame.Piece(STREAM, 300, Bytes.hex("0102030405")),
                "stream-answer", new StreamFrame.Answer(STREAM, StreamFrame.Verdict.DONE, 301),
                "stream-digest",
                        new StreamFrame.Digested(
                                7,
                                new Storage.Applied(new Version(5, 300), 1_700_000_000_000L),
                                new ShardStore.Digest(1_000, STREAM)));
    }

    @Test
    void everyVectorIsReadAndWrittenByteForByte() throws IOException {
        String prose = Files.readString(Path.of("wire", "streams.md"));
        for (Map.Entry<String, StreamFrame> each : samples().entrySet()) {
            byte[] vector = HexVector.read(each.getKey());
            assertEquals(each.getValue(), StreamFrame.decode(Bytes.wrap(vector)), each.getKey());
            assertArrayEquals(vector, each.getValue().encode().toByteArray(), each.getKey());
            assertTrue(prose.contains("`" + each.getKey() + "`"), each.getKey());
        }
    }

    @Test
    void brokenBytesAreReadableOrMalformedAndNothingElse() {
        long seed = Long.getLong("seed", 1);
        var random = new Random(seed);
        var all = samples().values().toArray(StreamFrame[]::new);
        int malformed = 0;
        for (int i = 0; i < 100_000; i++) {
            byte[] bytes = all[i % all.length].encode().toByteArray();
            int length = random.nextInt(bytes.length + 1);
            boolean isCut = random.nextBoolean();
            byte[] broken = Arrays.copyOf(bytes, isCut ? length : bytes.length);
            for (int flips = random.nextInt(3); flips > 0 && broken.length > 0; flips--) {
                broken[random.nextInt(broken.length)] = (byte) random.nextInt();
            }
            try {
                StreamFrame.decode(Bytes.wrap(broken));
            } catch (NoriException.Malformed _) {
                malformed++;
            }
        }
        assertTrue(malformed > 1_000, "malformed " + malformed);
    }

    @Test
    void whatWasDecodedKeepsNothingOfTheFrame() {
        byte[] bytes = samples().get("stream-piece").encode().toByteArray();
        StreamFrame read = StreamFrame.decode(Bytes.wrap(bytes));
        Arrays.fill(bytes, (byte) 9);
        assertEquals(samples().get("stream-piece"), read);
    }

    @Test
    void anotherMessageIsNoOffer() {
        Bytes offer = samples().get("stream-offer").encode();
        byte[] bytes = Arrays.copyOf(offer.toByteArray(), 15);
        bytes[10] = 10; // TIMEOUT_NOW, which is a head and nothing else
        assertThrows(NoriException.Malformed.class, () -> StreamFrame.decode(Bytes.wrap(bytes)));
    }
}
