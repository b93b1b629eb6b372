package norikv.kv;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import norikv.bytes.Bytes;
import norikv.domain.ErrorCode;
import norikv.domain.NoriException;
import norikv.domain.Reply;
import norikv.domain.Room;
import norikv.domain.ShardId;
import norikv.domain.Version;
import org.junit.jupiter.api.Test;

/// Outcomes find their callers by index and term.
final class PendingRepliesTest {
    private static final ShardId SHARD = new ShardId(0);

    private final PendingReplies pending = new PendingReplies(2);
    private final WriteCall.Parts parts =
            new WriteCall.Parts(
                    new EagerLog(),
                    new Admission(WriteBounds.defaults(), 2, () -> 0, () -> Room.PLENTY),
                    new InFlight(),
                    pending);

    @Test
    void anotherTermAtTheIndexIsADefiniteFailure() {
        List<Reply> mine = await(1, 7);
        pending.complete(SHARD, new Version(2, 7), new Reply.Written(new Version(2, 7)));

        assertFailed(ErrorCode.UNAVAILABLE, mine);
    }

    /// Several wait at one index: an entry that was cut off here may be committed elsewhere, until
    /// one of a later term is applied before it.
    @Test
    void afterTheLogWasCutOldWaitersWaitUntilALaterTermIsApplied() {
        List<Reply> first = await(1, 10);
        List<Reply> second = await(1, 11);
        List<Reply> third = await(2, 11);
        List<Reply> again = await(3, 11);
        pending.complete(SHARD, new Version(1, 9), new Reply.Written(new Version(1, 9)));
        assertEquals(List.of(), first);

        pending.complete(SHARD, new Version(2, 10), new Reply.Written(new Version(2, 10)));
        assertFailed(ErrorCode.UNAVAILABLE, first);
        assertFailed(ErrorCode.UNAVAILABLE, second);
        assertEquals(List.of(), third);
        assertEquals(List.of(), again);

        var outcome = new Reply.Written(new Version(3, 11));
        pending.complete(SHARD, new Version(3, 11), outcome);
        assertFailed(ErrorCode.UNAVAILABLE, third);
        assertEquals(List.of(outcome), again);
    }

    /// A leader whose tail was cut off leads again: it must have room for what comes now.
    @Test
    void aLaterTermDecidesForAllThatWasCutOffWhereverItStood() {
        List<Reply> tail = await(1, 100);
        assertTrue(pending.decides(SHARD, new Version(2, 7)));
        pending.complete(SHARD, new Version(2, 7), new Reply.Written(new Version(2, 7)));

        assertFailed(ErrorCode.UNAVAILABLE, tail);
        assertFalse(pending.decides(SHARD, new Version(2, 8)));
        assertEquals(0, parts.admission().writesUnderWay());
    }

    @Test
    void onlyWhatLiesAtTheIndexOrAboveIsLost() {
        List<Reply> kept = await(1, 7);
        List<Reply> lost = await(1, 8);
        pending.lose(SHARD, 8, new NoriException.Indeterminate("the node closes"));
        pending.lose(new ShardId(1), 0, new NoriException.Indeterminate("the node closes"));

        assertEquals(List.of(), kept);
        assertFailed(ErrorCode.INDETERMINATE, lost);
        assertTrue(pending.waits(SHARD, 7));
        assertFalse(pending.waits(SHARD, 6));
    }

    private List<Reply> await(long term, long index) {
        var replies = new ArrayList<Reply>();
        var call = new WriteCall(SHARD, Bytes.EMPTY, false, Long.MAX_VALUE, parts, replies::add);
        parts.admission().admit(SHARD, 0, false);
        call.appended(new Version(term, index));
        return replies;
    }

    private static void assertFailed(ErrorCode code, List<Reply> replies) {
        assertEquals(1, replies.size());
        assertEquals(code, assertInstanceOf(Reply.Failed.class, replies.getFirst()).code());
    }
}
