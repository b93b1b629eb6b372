package norikv.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import norikv.domain.ErrorCode;
import norikv.domain.NoriException;
import norikv.domain.Reply;
import norikv.domain.Request;
import norikv.domain.ShardId;
import norikv.domain.Version;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// Orders about one shard go to the nodes that they concern, in the order that works.
final class ShardControlTest {
    private static final ShardId SHARD = new ShardId(7);

    /// What each node answers, in this order.
    private final Map<String, Queue<Reply>> answers = new ConcurrentHashMap<>();

    private final List<String> asked = Collections.synchronizedList(new ArrayList<>());
    private final FakeNode one = node("n1");
    private final FakeNode two = node("n2");
    private final Norikv db = Norikv.connect(one.endpoint() + "," + two.endpoint());

    private FakeNode node(String name) {
        FakeNode.Script script =
                (peer, id, request) -> {
                    asked.add(name + " " + request.getClass().getSimpleName());
                    peer.reply(
                            id,
                            request instanceof Request.Topology
                                    ? topology()
                                    : answers.get(name).remove());
                };
        return new FakeNode(script).named(name);
    }

    private Reply topology() {
        return new Reply.Topology(
                List.of(
                        new Reply.Member("n1", one.endpoint()),
                        new Reply.Member("n2", two.endpoint())),
                List.of());
    }

    @AfterEach
    void close() {
        db.close();
        one.close();
        two.close();
    }

    /// It would give the shard back before it heard that it is to keep it.
    @Test
    void whoIsToLeadIsToldBeforeWhoLeads() {
        script("n2", new Reply.Led("n1", 3));
        script("n1", new Reply.Led("n2", 4));
        db.topology();
        asked.clear();
        assertEquals(new Reply.Led("n2", 4), db.shard(SHARD).moveLeader("n2"));
        assertEquals(List.of("n2 MoveLeader", "n1 MoveLeader"), asked);
    }

    @Test
    void whoLeadsAlreadyIsLeftAlone() {
        script("n2", new Reply.Led("n2", 3));
        db.topology();
        asked.clear();
        assertEquals(new Reply.Led("n2", 3), db.shard(SHARD).moveLeader("n2"));
        assertEquals(List.of("n2 MoveLeader"), asked);
    }

    @Test
    void aLeaderThatChangesIsLookedForAndARefusalIsTold() {
        script("n2", new Reply.Led("", 3), new Reply.Led("n1", 4), new Reply.Led("n1", 4));
        script(
                "n1",
                new Reply.Failed(ErrorCode.NOT_LEADER, "not here", 0, ""),
                new Reply.Failed(ErrorCode.UNAVAILABLE, "n2 cannot take over", 0));
        db.topology();
        NoriException refused =
                assertThrows(
                        NoriException.Unavailable.class,
                        () -> db.shard(SHARD).moveLeader("n2"));
        assertTrue(refused.getMessage().endsWith("n2 cannot take over"), refused.getMessage());
    }

    @Test
    void allReplicasAreAskedForTheSamePlaceAndFailuresAreAnswers() {
        var hashed = new Reply.Hashed(new Version(1, 9), 5, 2, 77);
        var past = new Reply.Failed(ErrorCode.UNAVAILABLE, "past", 100);
        script("n1", hashed);
        script("n2", past);
        db.topology();
        List<Reply> replies =
                db.shard(SHARD).hash(List.of("n1", "n2", "n3"), 9, Duration.ofSeconds(30));
        assertEquals(List.of(hashed, past), replies.subList(0, 2));
        assertEquals(ErrorCode.UNAVAILABLE, ((Reply.Failed) replies.get(2)).code());
    }

    private void script(String node, Reply... replies) {
        answers.put(node, new ArrayDeque<>(List.of(replies)));
    }
}
