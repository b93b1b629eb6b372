package norikv.raft;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import norikv.bytes.ByteReader;
import norikv.bytes.ByteWriter;
import norikv.bytes.Bytes;
import norikv.domain.NoriException;
import norikv.domain.Version;
import org.junit.jupiter.api.Test;

/// Messages as bytes: the committed vectors, every kind, and hostile input.
final class MessageCodecTest {
    private static final Path VECTORS = Path.of("wire", "vectors");
    private static final Message.Head HEAD = new Message.Head(300, 1, 2, 7);
    private static final long STAMP = 0x0102030405060708L;

    @Test
    void everyVectorDecodesToItsMessageAndBack() throws IOException {
        for (Map.Entry<String, Message> each : samples().entrySet()) {
            String hex = Files.readString(VECTORS.resolve("raft-" + each.getKey() + ".hex"));
            Bytes bytes = Bytes.hex(hex.replaceAll("\\s", ""));
            assertEquals(each.getValue(), decode(bytes.toByteArray()), each.getKey());
            assertEquals(bytes, encode(each.getValue()), each.getKey());
        }
    }

    @Test
    void anEntryOfAKindOfALaterBuildIsRefusedWithAllOfItsMessage() {
        byte[] message = encode(samples().get("append-request")).toByteArray();
        assertEquals(3, message[message.length - 5], "the kind of the last entry");
        message[message.length - 5] = 4;

        var refused = assertThrows(NoriException.Malformed.class, () -> decode(message));
        assertTrue(refused.getMessage().contains("entry kind 0 to 3"), refused::getMessage);
    }

    @Test
    void aMessageThatIsCutOrTooLongIsMalformed() {
        for (Message message : samples().values()) {
            byte[] whole = encode(message).toByteArray();
            for (int length = 0; length < whole.length; length++) {
                byte[] cut = java.util.Arrays.copyOf(whole, length);
                assertThrows(NoriException.Malformed.class, () -> decode(cut));
            }
            byte[] longer = java.util.Arrays.copyOf(whole, whole.length + 1);
            assertThrows(NoriException.Malformed.class, () -> decode(longer));
        }
    }

    @Test
    void brokenBytesAreReadableOrMalformedAndNothingElse() {
        long seed = Long.getLong("seed", 1);
        var random = new Random(seed);
        List<Message> all = List.copyOf(samples().values());
        int readable = 0;
        for (int i = 0; i < 200_000; i++) {
            byte[] bytes = encode(all.get(i % all.size())).toByteArray();
            for (int flips = random.nextInt(1, 4); flips > 0; flips--) {
                bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
            }
            readable += decodes(bytes) ? 1 : 0;
            byte[] noise = new byte[random.nextInt(60)];
            random.nextBytes(noise);
            readable += decodes(noise) ? 1 : 0;
        }
        assertTrue(readable > 1000, "the noise is too wild to reach anything: " + readable);
    }

    @Test
    void whateverDecodesMayBeGivenToAReplica() {
        long seed = Long.getLong("seed", 2);
        var random = new Random(seed);
        List<Message> all = List.copyOf(samples().values());
        Raft raft = null;
        for (int i = 0; i < 100_000; i++) {
            if (i % 500 == 0) {
                raft = replica(random);
            }
            byte[] bytes = encode(all.get(random.nextInt(all.size()))).toByteArray();
            bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(8);
            try {
                raft.step(new Now(i * 1000L, i), decode(bytes));
            } catch (NoriException.Malformed _) {
                continue;
            }
            raft.drainReady(new Ready());
        }
    }

    @Test
    void aLengthThatPromisesTooMuchAllocatesNothing() {
        byte[] bytes = {
            3, 1, 1, 2, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, -1, -1, -1, -1, 7, 0, 0, -1, -1,
            -1, -1, 7
        };
        assertThrows(NoriException.Malformed.class, () -> decode(bytes));
    }

    @Test
    void anAppendTakesNoMoreThanItsEntriesAndTheOverhead() {
        long most = Sanity.NUMBER_MAX - 1;
        var wide = new Message.Head(most, most, most, most);
        var command = Bytes.wrap(new byte[70_000]);
        var far = new Version(most, most - 1);
        var entry =
                new Entry(far, LogClock.MILLIS_MAX, Entry.Kind.COMMAND, command);
        var message =
                new Message.AppendRequest(
                        wide, new Version(most, most - 2), most, -1, List.of(entry));
        assertTrue(
                encode(message).length() <= entry.bytes() + MessageCodec.OVERHEAD_BYTES_MAX);
    }

    private static Raft replica(Random random) {
        var configuration = Configuration.of(Members.of(1, 2, 3), Members.NONE);
        var start = new Version(1, 1);
        return Raft.start(
                RaftOptions.defaults(),
                300,
                2,
                Recovered.virgin(start, configuration),
                new MemoryLog(start),
                random,
                new Now(0, 0));
    }

    private static boolean decodes(byte[] bytes) {
        try {
            Message message = decode(bytes);
            assertEquals(message, decode(encode(message).toByteArray()));
            return true;
        } catch (NoriException.Malformed _) {
            return false;
        }
    }

    private static Message decode(byte[] bytes) {
        return MessageCodec.decode(new ByteReader(bytes, 0, bytes.length));
    }

    private static Bytes encode(Message message) {
        var out = new ByteWriter(64);
        MessageCodec.encode(out, message);
        return out.toBytes();
    }

    private static Map<String, Message> samples() {
        var pulse = new Message.Pulse(STAMP, 9);
        var configuration =
                new Configuration(
                        Members.of(1, 2, 4),
                        Members.of(1, 2, 3),
                        Members.of(5),
                        Members.of(3));
        List<Entry> entries =
                List.of(
                        entry(5, 11, 1_700_000_000_000L, Entry.Kind.COMMAND, Bytes.utf8("set")),
                        entry(5, 12, 1_700_000_000_001L, Entry.Kind.COMMAND, Bytes.utf8("")),
                        entry(7, 13, 1_700_000_000_300L, Entry.Kind.TERM_START, Bytes.EMPTY),
                        entry(
                                7,
                                14,
                                1_700_000_000_300L,
                                Entry.Kind.CONFIGURATION,
                                configuration.encode()),
                        entry(7, 15, 1_700_000_000_300L, Entry.Kind.HOST, Bytes.hex("0101")));
        var prev = new Version(5, 10);
        Map<String, Message> samples = new TreeMap<>();
        samples.put(
                "vote-request", new Message.VoteRequest(HEAD, Message.Ballot.TRANSFER, prev));
        samples.put("vote-reply", new Message.VoteReply(HEAD, Message.Ballot.PRE, true));
        samples.put(
                "append-request", new Message.AppendRequest(HEAD, prev, 10, STAMP, entries));
        samples.put("appended", new Message.Appended(HEAD, 14, STAMP));
        samples.put(
                "append-rejected",
                new Message.AppendRejected(HEAD, 10, new Version(4, 8), STAMP));
        samples.put("heartbeat", new Message.Heartbeat(HEAD, 13, pulse));
        samples.put("heartbeat-reply", new Message.HeartbeatReply(HEAD, 12, pulse));
        samples.put("commit", new Message.Commit(HEAD, 14));
        samples.put(
                "install-snapshot",
                new Message.InstallSnapshot(
                        HEAD, new SnapshotMeta(prev, 1_700_000_000_000L, configuration, 6)));
        samples.put("timeout-now", new Message.TimeoutNow(HEAD));
        return samples;
    }

    private static Entry entry(
            long term, long index, long logTime, Entry.Kind kind, Bytes command) {
        return new Entry(new Version(term, index), logTime, kind, command);
    }
}
