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

    @Test
    void afterTheLogWasCutOldWaitersWaitOnBesideNewOnes() {
        List<Reply> first = await(1, 10);
        List<Reply> second = await(1, 11);
        List<Reply> third = await(1, 12);
        List<Reply> again = await(3, 11);
        pending.complete(SHARD, new Version(2, 10), new Reply.Written(new Version(2, 10)));
        assertFailed(ErrorCode.UNAVAILABLE, first);
        assertEquals(List.of(), second);

        var outcome = new Reply.Written(new Version(3, 11));
        pending.complete(SHARD, new Version(3, 11), outcome);
        assertFailed(ErrorCode.UNAVAILABLE, second);
        assertEquals(List.of(outcome), again);
        assertEquals(List.of(), third);
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
