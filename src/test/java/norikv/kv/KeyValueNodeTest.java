package norikv.kv;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import norikv.bytes.Bytes;
import norikv.domain.Consistency;
import norikv.domain.ErrorCode;
import norikv.domain.Limits;
import norikv.domain.NoriException;
import norikv.domain.Precondition;
import norikv.domain.Reply;
import norikv.domain.Request;
import norikv.domain.ShardId;
import norikv.domain.Version;
import norikv.wire.ReplyCodec;
import org.junit.jupiter.api.Test;

/// Requests through the front door: every one is answered exactly once, and says what is true.
final class KeyValueNodeTest {
    private static final Version FIRST = new Version(1, 1);

    private final Rig rig = new Rig(4);

    @Test
    void aKeyIsWrittenReadAndDeleted() {
        assertEquals(new Reply.Missing(), rig.ask(Rig.get("k")));
        assertEquals(new Reply.Written(FIRST), rig.ask(Rig.put("k", "v")));
        assertEquals(new Reply.Found(Bytes.utf8("v"), FIRST, 0), rig.ask(Rig.get("k")));
        assertEquals(new Reply.Deleted(true, new Version(1, 2)), rig.ask(Rig.delete("k")));
        assertEquals(new Reply.Missing(), rig.ask(Rig.get("k")));
        assertEquals(Rig.STATUS, rig.ask(new Request.Status()));
    }

    @Test
    void aReadFromMemoryIsAnsweredBeforeSubmitReturns() {
        rig.ask(Rig.put("k", "v"));

        assertInstanceOf(Reply.Found.class, rig.submit(Rig.get("k")).only());
    }

    @Test
    void aReadWaitsForItsBarrier() {
        rig.ask(Rig.put("k", "v"));
        rig.log.grantsAtOnce = false;
        var granted = rig.submit(Rig.get("k"));
        var refused = rig.submit(Rig.get("k"));
        granted.assertNone();

        rig.log.barriers.poll().readable();
        rig.log.barriers
                .poll()
                .refused(new NoriException.Unavailable(ErrorCode.NO_QUORUM, "no quorum"));
        assertInstanceOf(Reply.Found.class, granted.only());
        refused.assertFailed(ErrorCode.NO_QUORUM);
    }

    @Test
    void aColdReadHopsToThePool() {
        rig.ask(Rig.put("k", "v"));
        rig.storage.cold.add(Bytes.utf8("k"));
        var get = rig.submit(Rig.get("k"));
        get.assertNone();

        rig.loops.runPools();
        assertInstanceOf(Reply.Found.class, get.only());
    }

    @Test
    void aReadThatFailsIsAnsweredWithWhatStorageSaid() {
        rig.storage.broken.add(Bytes.utf8("k"));

        rig.submit(Rig.get("k")).assertFailed(ErrorCode.CORRUPTION);
    }

    @Test
    void readsBeyondTheQueueAreRefused() {
        var options = KeyValueNode.Options.defaults().withPools(1, 2, 1, 1);
        var small = new Rig(1, options);
        small.storage.cold.add(Bytes.utf8("k"));
        small.submit(Rig.get("k"));
        small.submit(Rig.get("k"));

        small.submit(Rig.get("k")).assertFailed(ErrorCode.RESOURCE_EXHAUSTED);
    }

    @Test
    void anEntryAppliedInsideOfItsProposalStillFindsItsCaller() {
        // On a log of one replica an entry can be applied at once: who registers his caller only
        // after the proposal returned would lose the reply.
        var answers = new Rig.Answers();
        var eager = new EagerLog();
        var node =
                new KeyValueNode(
                        rig.sharding,
                        eager,
                        rig.storage,
                        rig.loops,
                        norikv.observe.Meter.NONE,
                        (_, _, answer) -> answer.reply(Rig.STATUS),
                        KeyValueNode.Options.defaults());
        eager.applier = node.applier();
        node.submit(Rig.put("k", "v"), Long.MAX_VALUE, answers.replies::add);

        assertEquals(new Reply.Written(FIRST), answers.only());
    }

    @Test
    void aProposedWriteThatIsLateIsIndeterminateAndHeardOfOnce() {
        long deadline = rig.loops.nanos + 100_000_000;
        var inMailbox = rig.submit(Rig.put("a", "v"), deadline);
        rig.loops.passMillis(101);
        rig.loops.runLoops();
        inMailbox.assertFailed(ErrorCode.INDETERMINATE);

        rig.settle();
        inMailbox.assertFailed(ErrorCode.INDETERMINATE);
        assertInstanceOf(Reply.Found.class, rig.ask(Rig.get("a")));
    }

    @Test
    void whatIsLateBeforeItIsProposedIsDefinite() {
        long now = rig.loops.nanos;
        rig.submit(Rig.put("k", "v"), now).assertFailed(ErrorCode.DEADLINE_EXCEEDED);
        rig.submit(Rig.get("k"), now).assertFailed(ErrorCode.DEADLINE_EXCEEDED);
        rig.submit(Rig.scan("", ""), now).assertFailed(ErrorCode.DEADLINE_EXCEEDED);
        rig.settle();

        assertEquals(new Reply.Missing(), rig.ask(Rig.get("k")));
    }

    @Test
    void aReadThatIsLateInThePoolIsAnsweredByTheSweep() {
        rig.storage.cold.add(Bytes.utf8("k"));
        long deadline = rig.loops.nanos + 100_000_000;
        var get = rig.submit(Rig.get("k"), deadline);
        var scan = rig.submit(Rig.scan("", ""), deadline);
        rig.loops.passMillis(100);
        rig.loops.runLoops();

        get.assertFailed(ErrorCode.DEADLINE_EXCEEDED);
        scan.assertFailed(ErrorCode.DEADLINE_EXCEEDED);
        rig.loops.runPools();
        get.only();
        scan.only();
        assertEquals(0, rig.storage.diskReads);
    }

    @Test
    void stoppingAnswersEverybodyOnce() {
        rig.storage.cold.add(Bytes.utf8("cold"));
        rig.log.grantsAtOnce = false;
        var put = rig.submit(Rig.put("k", "v"));
        rig.log.append();
        var inMailbox = rig.submit(Rig.put("k", "w"));
        rig.log.grantsAtOnce = true;
        var cold = rig.submit(Rig.get("cold"));
        rig.node.stop();
        rig.node.stop();

        put.assertFailed(ErrorCode.INDETERMINATE);
        inMailbox.assertFailed(ErrorCode.INDETERMINATE);
        assertEquals(new Reply.Missing(), cold.only());
        rig.submit(Rig.get("k")).assertFailed(ErrorCode.UNAVAILABLE);
        rig.submit(Rig.put("k", "v")).assertFailed(ErrorCode.UNAVAILABLE);
        rig.settle();
        put.only();
        inMailbox.only();
    }

    @Test
    void whatTheLogRefusesIsSaidAndGivesItsPlaceBack() {
        var bounds = new WriteBounds(1, 1 << 20, 1, 1 << 20);
        var small = new Rig(1, KeyValueNode.Options.defaults().withWrites(bounds));
        small.log.refuses = true;
        small.submit(Rig.put("k", "v")).assertFailed(ErrorCode.DISK_WATERMARK);
        small.submit(Rig.put("k", "v")).assertFailed(ErrorCode.DISK_WATERMARK);
        small.log.refuses = false;

        assertInstanceOf(Reply.Written.class, small.ask(Rig.put("k", "v")));
    }

    @Test
    void writesBeyondTheWindowAreRefusedUntilTheirFateIsKnown() {
        var bounds = new WriteBounds(2, 1 << 20, 2, 1 << 20);
        var small = new Rig(1, KeyValueNode.Options.defaults().withWrites(bounds));
        long deadline = small.loops.nanos + 1_000_000;
        var late = small.submit(Rig.put("k", "v"), deadline);
        small.submit(Rig.put("k", "v"));
        small.submit(Rig.put("k", "v")).assertFailed(ErrorCode.RESOURCE_EXHAUSTED);
        small.loops.passMillis(2);
        small.loops.runLoops();
        late.assertFailed(ErrorCode.INDETERMINATE);
        small.submit(Rig.put("k", "v")).assertFailed(ErrorCode.RESOURCE_EXHAUSTED);
        small.settle();

        assertInstanceOf(Reply.Written.class, small.ask(Rig.put("k", "v")));
    }

    @Test
    void aBatchIsAnsweredInOrderEachOperationForItself() {
        rig.ask(Rig.put("a", "1"));
        rig.storage.cold.add(Bytes.utf8("a"));
        var condition = new Precondition.IfVersion(new Version(7, 7));
        var reply =
                rig.ask(
                        new Request.Batch(
                                List.of(
                                        Rig.get("a"),
                                        Rig.put("b", "2"),
                                        Rig.put("c", "3", 0, condition),
                                        Rig.delete("nothing"),
                                        Rig.get("nobody"))));

        List<Reply> replies = assertInstanceOf(Reply.Batched.class, reply).replies();
        assertInstanceOf(Reply.Found.class, replies.get(0));
        assertInstanceOf(Reply.Written.class, replies.get(1));
        assertEquals(new Reply.Mismatch(Version.NONE), replies.get(2));
        assertInstanceOf(Reply.Deleted.class, replies.get(3));
        assertEquals(new Reply.Missing(), replies.get(4));
        assertEquals(
                new Reply.Batched(List.of()), rig.ask(new Request.Batch(List.of())));
    }

    @Test
    void aBatchDoesItsWritesAndOnlyAsManyReadsAsItsReplyHolds() {
        byte[] large = new byte[Limits.VALUE_BYTES_MAX];
        for (String key : List.of("a", "b", "c")) {
            rig.ask(new Request.Put(Bytes.utf8(key), Bytes.wrap(large), 0, Precondition.NONE));
        }
        var operations =
                new ArrayList<Request.Single>(List.of(Rig.get("a"), Rig.get("b"), Rig.get("c")));
        for (int i = 0; i < Limits.BATCH_OPERATIONS_MAX - 3; i++) {
            operations.add(Rig.put("k" + i, "v"));
        }
        var batch = assertInstanceOf(Reply.Batched.class, rig.ask(new Request.Batch(operations)));

        for (int i = 0; i < operations.size(); i++) {
            Reply reply = batch.replies().get(i);
            boolean isRead = i < 3;
            assertTrue(isRead || reply instanceof Reply.Written, "every write is done");
            assertEquals(i > 0 && isRead, reply instanceof Reply.Failed);
        }
        long bytes = ReplyCodec.bytesOf(batch);
        assertTrue(bytes <= Limits.REQUEST_BYTES_MAX, "reply of " + bytes);
        var two = new Request.Batch(List.of(Rig.get("a"), Rig.get("b")));
        var partly = assertInstanceOf(Reply.Batched.class, rig.ask(two)).replies();
        assertInstanceOf(Reply.Found.class, partly.get(0));
        var failed = assertInstanceOf(Reply.Failed.class, partly.get(1));
        assertEquals(ErrorCode.NOT_EXECUTED, failed.code());
    }

    @Test
    void aBatchIsLateOperationByOperation() {
        long deadline = rig.loops.nanos + 1_000_000;
        var batch =
                rig.submit(
                        new Request.Batch(List.of(Rig.get("a"), Rig.put("a", "1"))), deadline);
        rig.loops.passMillis(2);
        rig.loops.runLoops();

        var replies = assertInstanceOf(Reply.Batched.class, batch.only()).replies();
        assertEquals(new Reply.Missing(), replies.get(0));
        assertEquals(
                ErrorCode.INDETERMINATE,
                assertInstanceOf(Reply.Failed.class, replies.get(1)).code());
    }

    /// Whatever happens to requests, in whatever order, each is answered exactly once.
    @Test
    void everyRequestIsAnsweredExactlyOnce() {
        Seeds.each(200, seed -> new Storm(new Random(seed)).run());
    }

    /// Requests of all kinds among deadlines, supersessions, losses, refusals and a stop.
    private static final class Storm {
        private final Random random;
        private final Rig rig;
        private final List<Rig.Answers> all = new ArrayList<>();

        Storm(Random random) {
            this.random = random;
            var bounds = new WriteBounds(20, 1 << 20, 10, 1 << 20);
            var options = KeyValueNode.Options.defaults().withPools(1, 4, 1, 2).withWrites(bounds);
            this.rig = new Rig(3, options);
        }

        void run() {
            for (int step = 0; step < 300; step++) {
                step();
            }
            rig.log.grantsAtOnce = true;
            while (!rig.log.barriers.isEmpty()) {
                rig.log.barriers.poll().readable();
            }
            if (random.nextBoolean()) {
                rig.settle();
            }
            rig.node.stop();
            all.forEach(Rig.Answers::only);
        }

        private void step() {
            switch (random.nextInt(14)) {
                case 0 -> rig.log.append();
                case 1 -> rig.log.apply();
                case 2 -> rig.loops.runPools();
                case 3 -> rig.loops.passMillis(random.nextInt(60));
                case 4 -> rig.loops.runLoops();
                case 5 -> rig.log.refuses = random.nextInt(3) == 0;
                case 6 -> rig.log.grantsAtOnce = random.nextInt(3) > 0;
                case 7 -> rig.storage.pressure = random.nextInt(3) == 0 ? random.nextDouble() : 0;
                case 8 -> {
                    while (!rig.log.barriers.isEmpty()) {
                        rig.log.barriers.poll().readable();
                    }
                }
                case 9 -> loseOrSupersede();
                default -> submit();
            }
        }

        private void loseOrSupersede() {
            var shard = new ShardId(random.nextInt(3));
            if (random.nextInt(4) == 0) {
                rig.log.supersede(shard);
            } else if (random.nextInt(4) == 0) {
                var reason = new NoriException.Indeterminate("the group is stopped");
                rig.node.applier().lost(shard, 1 + random.nextInt(20), reason);
            }
        }

        private void submit() {
            String key = "k" + random.nextInt(6);
            if (random.nextInt(8) == 0) {
                rig.storage.cold.add(Bytes.utf8(key));
            }
            Request request =
                    switch (random.nextInt(7)) {
                        case 0 -> Rig.delete(key);
                        case 1 -> Rig.putFor(key, "v", 1 + random.nextInt(80));
                        case 2 -> Rig.put(key, "v", 0, Precondition.IF_ABSENT);
                        case 3 -> Rig.scan("", "");
                        case 4 ->
                                new Request.Batch(
                                        List.of(Rig.get(key), Rig.put(key, "w"), Rig.delete("x")));
                        case 5 -> Rig.get(key, Consistency.STALE);
                        default -> Rig.get(key);
                    };
            all.add(rig.submit(request, rig.loops.nanos + random.nextInt(200) * 1_000_000L));
        }
    }

    /// Threads that race for one call: one of them answers it.
    @Test
    void manyWhoWantToAnswerAnswerOnce() throws InterruptedException {
        var table = new InFlight();
        for (int round = 0; round < 2_000; round++) {
            var count = new AtomicInteger();
            var parts = new WriteCall.Parts(rig.log, null, table, new PendingReplies(1));
            var call =
                    new WriteCall(
                            new ShardId(0),
                            Bytes.EMPTY,
                            false,
                            0,
                            parts,
                            _ -> count.incrementAndGet());
            var sweeper = new Thread(() -> table.expire(1));
            sweeper.start();
            table.add(call);
            call.answer(new Reply.Missing());
            sweeper.join();
            table.expire(1);
            assertEquals(1, count.get());
            assertEquals(0, table.count());
        }
    }
}
