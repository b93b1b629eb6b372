package norikv.kv;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import norikv.bytes.Bytes;
import norikv.domain.Age;
import norikv.domain.Consistency;
import norikv.domain.ErrorCode;
import norikv.domain.Reply;
import norikv.domain.ShardId;
import norikv.domain.Version;
import org.junit.jupiter.api.Test;

/// What expires is gone in time, and stays gone.
final class ExpiryTest {
    private static final ShardId SHARD = new ShardId(0);

    private final Rig rig = new Rig(1);

    @Test
    void aLinearizableReadOfWhatTheLeadersClockHasPassedWaitsForATimeEntry() {
        rig.ask(Rig.putFor("k", "v", 100));
        rig.loops.passMillis(99);
        assertInstanceOf(Reply.Found.class, rig.submit(Rig.get("k")).only());
        rig.loops.passMillis(1);
        var linearizable = rig.submit(Rig.get("k"));
        var lease = rig.submit(Rig.get("k", Consistency.LEASE));
        linearizable.assertNone();
        lease.assertNone();

        rig.settle();
        assertEquals(new Reply.Missing(), linearizable.only());
        assertEquals(new Reply.Missing(), lease.only());
        assertEquals(new Version(1, 2), rig.storage.applied(SHARD).at());
    }

    @Test
    void aStaleReadGoesByTheAppliedTime() {
        rig.ask(Rig.putFor("k", "v", 100));
        rig.loops.passMillis(500);
        assertInstanceOf(
                Reply.Found.class, rig.submit(Rig.get("k", Consistency.STALE)).only());
        rig.ask(Rig.put("other", "v"));

        assertEquals(
                new Reply.Missing(new Age(new Version(1, 2), 0)),
                rig.submit(Rig.get("k", Consistency.STALE)).only());
    }

    @Test
    void whatWasMissingStaysMissingUnderALeaderWhoseClockIsBehind() {
        rig.ask(Rig.putFor("k", "v", 100));
        rig.loops.passMillis(200);
        assertEquals(new Reply.Missing(), rig.ask(Rig.get("k")));
        rig.log.term++;
        rig.loops.wallMillis -= 100_000;

        assertEquals(new Reply.Missing(), rig.ask(Rig.get("k")));
        assertEquals(
                new Reply.Missing(new Age(new Version(1, 2), 0)),
                rig.ask(Rig.get("k", Consistency.STALE)));
    }

    @Test
    void aReaderForWhomNoTimeEntryCanBeHadFails() {
        rig.ask(Rig.putFor("k", "v", 100));
        rig.loops.passMillis(200);
        rig.log.refuses = true;

        rig.submit(Rig.get("k")).assertFailed(ErrorCode.DISK_WATERMARK);
        rig.log.refuses = false;
        assertEquals(new Reply.Missing(), rig.ask(Rig.get("k")));
    }

    @Test
    void aReaderWhoseTimeEntryIsSupersededFails() {
        rig.ask(Rig.putFor("k", "v", 100));
        rig.loops.passMillis(200);
        rig.log.grantsAtOnce = true;
        var get = rig.submit(Rig.get("k"));
        rig.log.append();
        rig.log.supersede(SHARD);
        rig.log.apply();

        get.assertFailed(ErrorCode.UNAVAILABLE);
    }

    @Test
    void aReaderThatWaitsTooLongIsAnsweredByTheSweep() {
        rig.ask(Rig.putFor("k", "v", 100));
        rig.loops.passMillis(200);
        var get = rig.submit(Rig.get("k"), rig.loops.nanos + 1_000_000);
        rig.loops.passMillis(2);
        rig.loops.runLoops();

        get.assertFailed(ErrorCode.DEADLINE_EXCEEDED);
        rig.settle();
        get.only();
    }

    @Test
    void aKeyThatIsWrittenAgainWhileAReaderWaitsIsFound() {
        rig.ask(Rig.putFor("k", "v", 100));
        rig.loops.passMillis(200);
        var get = rig.submit(Rig.get("k"));
        var put = rig.submit(Rig.put("k", "w"));
        rig.settle();

        assertInstanceOf(Reply.Written.class, put.only());
        assertEquals(Bytes.utf8("w"), assertInstanceOf(Reply.Found.class, get.only()).value());
    }

    @Test
    void aScanCommitsATimeEntryBeforeItLeavesSomethingOut() {
        var many = new Rig(8);
        for (int i = 0; i < 40; i++) {
            many.ask(Rig.putFor("k" + i, "v", 100));
        }
        many.ask(Rig.put("stays", "v"));
        many.loops.passMillis(1_000);
        var page = assertInstanceOf(Reply.Page.class, many.ask(Rig.scan("", "")));

        assertEquals(1, page.items().size());
        assertEquals(1, page.count());
    }

    /// With nobody reading or writing, an expiry is applied within a second of log time, whatever
    /// the time to live; and a shard without an expiry gets no entry at all.
    @Test
    void anExpiryIsAppliedWithinASecondThoughNobodyAsks() {
        Seeds.each(
                30,
                seed -> {
                    var random = new Random(seed);
                    var idle = new Rig(4);
                    idle.loops.passMillis(random.nextInt(10_000));
                    long ttl = 1 + random.nextLong(1L << 10 + random.nextInt(14));
                    idle.ask(Rig.putFor("k", "v", ttl));
                    long expiry = idle.loops.wallMillis + ttl;
                    long entries = 0;
                    while (idle.loops.wallMillis < expiry + 1_000) {
                        boolean isNear = expiry - idle.loops.wallMillis < 20_000;
                        idle.loops.passMillis(isNear ? 256 : 10_000);
                        idle.loops.runLoops();
                        idle.log.appendAndApply();
                    }
                    ShardId shard = idle.shardOf("k");
                    assertTrue(idle.storage.applied(shard).logTimeMillis() >= expiry);
                    for (int other = 0; other < 4; other++) {
                        if (other != shard.number()) {
                            entries += idle.storage.applied(new ShardId(other)).at().index();
                        }
                    }
                    assertEquals(0, entries);
                });
    }

    @Test
    void aTimeEntryThatWasRefusedIsAskedForAgain() {
        rig.ask(Rig.putFor("k", "v", 100));
        rig.storage.pressure = 2;
        rig.log.refuses = true;
        rig.loops.passMillis(2_000);
        rig.loops.runLoops();
        rig.log.refuses = false;
        rig.loops.passMillis(256);
        rig.loops.runLoops();
        rig.log.appendAndApply();

        assertTrue(rig.storage.applied(SHARD).logTimeMillis() >= rig.loops.wallMillis - 256);
    }

    @Test
    void aNodeThatDoesNotLeadCommitsNothingUntilItLeads() {
        rig.ask(Rig.putFor("k", "v", 100));
        rig.log.leads = false;
        rig.loops.passMillis(2_000);
        rig.loops.runLoops();
        assertTrue(rig.log.mailbox.isEmpty());
        rig.log.leads = true;
        rig.loops.runLoops();

        assertEquals(1, rig.log.mailbox.size());
    }
}
