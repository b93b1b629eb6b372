package norikv.host;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import norikv.bytes.Bytes;
import norikv.domain.NoriException;
import norikv.domain.ShardId;
import norikv.domain.Version;
import norikv.host.StreamFrame.Verdict;
import norikv.port.ShardStore;
import norikv.port.Storage;
import norikv.raft.Configuration;
import norikv.raft.Members;
import norikv.raft.Message;
import norikv.raft.SnapshotMeta;
import org.junit.jupiter.api.Test;

/// One shard on its way: what is sent when, what is sent again, and what is taken.
final class StreamTest {
    private static final Storage.Applied PLACE = new Storage.Applied(new Version(2, 9), 70);
    private static final long STREAM = 5;

    private final List<StreamFrame> sent = new ArrayList<>();
    private final List<HostMessage> told = new ArrayList<>();
    private final Throttle fast = new Throttle(1L << 40);
    private final Replica replica = new HostRig(1).replica();
    private boolean isLinked = true;
    private long now = 1_000_000_000L;

    @Test
    void nothingIsSentBeforeTheReceiverHasSaidWhereToBegin() {
        Sending stream = sending(6, 0);
        steps(stream, 5);
        assertEquals(List.of("offer"), words());
    }

    @Test
    void fourChunksAreAheadOfWhatIsAcknowledged() {
        Sending stream = sending(6, 0);
        steps(stream, 9);
        goOn(stream, 0);
        assertEquals(List.of("offer", "0", "1", "2", "3"), words());
        goOn(stream, 1);
        assertEquals(List.of("offer", "0", "1", "2", "3", "4"), words());
    }

    @Test
    void whereALinkBrokeItGoesOnWhereTheReceiverIs() {
        Sending stream = sending(6, 0);
        steps(stream, 9);
        goOn(stream, 0);
        stream.lost();
        sent.clear();
        now += Sending.REPEAT_NANOS;
        steps(stream, 1);
        goOn(stream, 2);
        assertEquals(List.of("offer", "2", "3", "4", "5"), words());
    }

    @Test
    void whoForgotGetsAllOfItAgain() {
        Sending stream = sending(6, 0);
        steps(stream, 9);
        goOn(stream, 0);
        goOn(stream, 4);
        sent.clear();
        now += Sending.REPEAT_NANOS;
        steps(stream, 1);
        goOn(stream, 0);
        assertEquals(List.of("offer", "0", "1", "2", "3"), words());
    }

    @Test
    void aLateAnswerMovesNothingBack() {
        Sending stream = sending(6, 0);
        steps(stream, 9);
        goOn(stream, 0);
        goOn(stream, 2);
        sent.clear();
        goOn(stream, 1);
        assertEquals(List.of(), words());
        assertEquals(Sending.Fate.UNDER_WAY, stream.fate());
    }

    @Test
    void whoLeadsNoMoreSendsNothing() {
        Sending stream = sending(6, 3);
        steps(stream, 1);
        assertEquals(Sending.Fate.FAILED, stream.fate());
        assertEquals(List.of(), words());
    }

    @Test
    void whoHasDivergedSendsNothing() {
        Sending stream = sending(6, 0);
        steps(stream, 9);
        replica.diverged(true);
        goOn(stream, 0);
        assertEquals(Sending.Fate.FAILED, stream.fate());
        assertEquals(List.of("offer"), words());
    }

    @Test
    void whoIsSilentIsGivenUp() {
        Sending stream = sending(1, 0);
        now += Sending.SILENCE_NANOS_MAX + 1;
        steps(stream, 1);
        assertEquals(Sending.Fate.FAILED, stream.fate());
    }

    @Test
    void itEndsWhenTheReceiverHasItInItsPlace() {
        Sending stream = sending(1, 0);
        steps(stream, 2);
        goOn(stream, 0);
        goOn(stream, 1);
        assertEquals(Sending.Fate.UNDER_WAY, stream.fate());
        stream.answered(new StreamFrame.Answer(STREAM, Verdict.DONE, 1), now);
        assertEquals(Sending.Fate.DONE, stream.fate());
    }

    @Test
    void noMoreGoesThanTheBoundAndALittle() {
        var throttle = new Throttle(16_000);
        long went = 0;
        for (long nanos = 0; nanos <= 2_000_000_000L; nanos += 1_000_000) {
            while (throttle.mayGo(nanos)) {
                throttle.went(500);
                went += 500;
            }
        }
        assertTrue(went >= 32_000 && went <= 32_000 + 1_000 + 500, "went " + went);
    }

    @Test
    void aChunkThatComesTwiceIsTakenOnce() {
        var incoming = new FakeIncoming(PLACE, 3);
        Receiving stream = receiving(incoming);
        take(stream, 0);
        take(stream, 0);
        take(stream, 2);
        take(stream, 1);
        assertEquals(2, incoming.taken);
    }

    @Test
    void chunksOfAnotherPlaceThanWasOfferedAreRefused() {
        var other = new Storage.Applied(PLACE.at(), PLACE.logTimeMillis() + 1);
        Receiving stream = receiving(new FakeIncoming(other, 3));
        assertThrows(NoriException.Malformed.class, () -> take(stream, 0));
    }

    @Test
    void nobodyHearsOfAShardThatIsNotReadBackInFull() {
        var incoming = new FakeIncoming(PLACE, 1);
        Receiving stream = receiving(incoming);
        take(stream, 0);
        assertTrue(incoming.isSealed, "durable before it is read back");
        assertTrue(stream.verify(), "there is more to read");
        assertEquals(List.of(), told);
        incoming.isRight = true;
        assertFalse(stream.verify());
        assertEquals(1, told.size());
    }

    private Sending sending(int chunks, long term) {
        var what = offer(term);
        return new Sending(replica, STREAM, new FakeView(chunks), what, 10, told::add, now);
    }

    private static Message.InstallSnapshot offer(long term) {
        var members = Configuration.of(Members.of(1, 2, 3), Members.NONE);
        var meta = new SnapshotMeta(PLACE.at(), PLACE.logTimeMillis(), members, 0);
        return new Message.InstallSnapshot(new Message.Head(1, 1, 2, term), meta);
    }

    private Receiving receiving(FakeIncoming incoming) {
        return new Receiving(replica, STREAM, offer(2), incoming, told::add, now);
    }

    private static void take(Receiving stream, long number) {
        stream.take(number, new StreamFrame.Piece(STREAM, number, Bytes.utf8("chunk")));
    }

    private void steps(Sending stream, int count) {
        for (int i = 0; i < count; i++) {
            stream.step(now, fast, frame -> isLinked && sent.add(frame));
        }
    }

    private void goOn(Sending stream, long next) {
        stream.answered(new StreamFrame.Answer(STREAM, Verdict.GO_ON, next), now);
        steps(stream, 9);
    }

    private List<String> words() {
        return sent.stream()
                .map(
                        frame ->
                                switch (frame) {
                                    case StreamFrame.Offer _ -> "offer";
                                    case StreamFrame.Piece piece -> "" + piece.number();
                                    case StreamFrame.Answer _,
                                                    StreamFrame.Wish _,
                                                    StreamFrame.Digested _ ->
                                            "other";
                                })
                .toList();
    }

    /// A shard that is so many chunks long.
    private record FakeView(int chunks) implements ShardStore.View {
        @Override
        public Optional<Storage.Applied> applied(ShardId shard) {
            return Optional.of(PLACE);
        }

        @Override
        public ShardStore.Outgoing send(Map<ShardId, ShardStore.Mark> from, int chunkBytes) {
            ShardId shard = from.keySet().iterator().next();
            return new ShardStore.Outgoing() {
                private int given;

                @Override
                public List<ShardStore.Chunk> step(long bytesMax) {
                    given++;
                    Bytes bytes = Bytes.utf8("chunk " + given);
                    return List.of(new ShardStore.Chunk(shard, given == chunks, bytes));
                }

                @Override
                public boolean isDone() {
                    return given == chunks;
                }
            };
        }

        @Override
        public ShardStore.Hashing hash(Set<ShardId> shards) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void close() {}
    }
}
