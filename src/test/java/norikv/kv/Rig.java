package norikv.kv;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import norikv.bytes.Bytes;
import norikv.domain.Consistency;
import norikv.domain.ErrorCode;
import norikv.domain.Precondition;
import norikv.domain.Reply;
import norikv.domain.Request;
import norikv.domain.ShardId;
import norikv.domain.Sharding;
import norikv.observe.Meter;

/// A [KeyValueNode] over a log, a storage and loops that the test moves by hand.
final class Rig {
    static final Reply.Status STATUS = new Reply.Status(Map.of(), List.of(), Map.of());

    final FakeLoops loops = new FakeLoops();
    final FakeLog log = new FakeLog(() -> loops.wallMillis);
    final FakeStorage storage = new FakeStorage();
    final Sharding sharding;
    final KeyValueNode node;

    Rig(int totalShards) {
        this(totalShards, KeyValueNode.Options.defaults());
    }

    Rig(int totalShards, KeyValueNode.Options options) {
        this(totalShards, options, Meter.NONE);
    }

    Rig(int totalShards, KeyValueNode.Options options, Meter meter) {
        sharding = new Sharding(totalShards);
        node =
                new KeyValueNode(
                        sharding,
                        log,
                        storage,
                        loops,
                        meter,
                        (_, _, answer) -> answer.reply(STATUS),
                        options);
        log.applier = node.applier();
        node.start();
    }

    /// What came back for one request, in order: exactly one reply, if all is well.
    static final class Answers {
        final List<Reply> replies = new ArrayList<>();

        Reply only() {
            assertEquals(1, replies.size(), () -> "one reply, got " + replies);
            return replies.getFirst();
        }

        void assertNone() {
            assertEquals(List.of(), replies);
        }

        void assertFailed(ErrorCode code) {
            assertEquals(code, assertInstanceOf(Reply.Failed.class, only()).code());
        }
    }

    Answers submit(Request request) {
        return submit(request, loops.nanos + 5_000_000_000L);
    }

    Answers submit(Request request, long deadlineNanos) {
        var answers = new Answers();
        node.submit(request, deadlineNanos, answers.replies::add);
        return answers;
    }

    /// Submits, then lets everything happen that can without time passing.
    Reply ask(Request request) {
        Answers answers = submit(request);
        settle();
        return answers.only();
    }

    void settle() {
        for (int i = 0; i < 40; i++) {
            log.appendAndApply();
            loops.runPools();
        }
    }

    ShardId shardOf(String key) {
        return sharding.shardOf(Bytes.utf8(key));
    }

    static Request.Put put(String key, String value) {
        return put(key, value, Request.Put.NO_TTL, Precondition.NONE);
    }

    static Request.Put put(String key, String value, long ttlMillis, Precondition condition) {
        return new Request.Put(Bytes.utf8(key), Bytes.utf8(value), ttlMillis, condition);
    }

    static Request.Put putFor(String key, String value, long ttlMillis) {
        return put(key, value, ttlMillis, Precondition.NONE);
    }

    static Request.Delete delete(String key) {
        return new Request.Delete(Bytes.utf8(key), Precondition.NONE);
    }

    static Request.Get get(String key) {
        return get(key, Consistency.LINEARIZABLE);
    }

    static Request.Get get(String key, Consistency consistency) {
        return new Request.Get(Bytes.utf8(key), consistency);
    }

    static Request.Scan scan(String from, String to) {
        return new Request.Scan(
                Bytes.utf8(from),
                Bytes.utf8(to),
                1_000,
                1 << 20,
                false,
                Request.Projection.ITEMS,
                Consistency.LINEARIZABLE,
                Bytes.EMPTY);
    }
}
