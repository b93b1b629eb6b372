package norikv.raft;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.stream.LongStream;
import norikv.bytes.Bytes;
import norikv.domain.NoriException;
import norikv.domain.Version;
import org.junit.jupiter.api.Test;

/// What scenarios do not show: limits, broken contracts, what costs nothing.
final class RaftTest {
    private static final long MILLI = 1_000_000;
    private static final Version START = new Version(1, 1);

    private final MemoryLog log = new MemoryLog(START);
    private final Ready ready = new Ready();
    private long millis;

    @Test
    void aLeaseThatOutlivesThePromiseIsRefused() {
        RaftOptions safe = RaftOptions.defaults();
        long most =
                RaftOptions.leaseNanosMax(
                        safe.electionMinNanos(), safe.driftPpm(), safe.slackNanos());
        assertEquals(970, most / MILLI);
        safe.withTimes(150 * MILLI, 1000 * MILLI, 2000 * MILLI, most);
        assertThrows(
                NoriException.Malformed.class,
                () -> safe.withTimes(150 * MILLI, 1000 * MILLI, 2000 * MILLI, most + 1));
        assertThrows(
                NoriException.Malformed.class,
                () -> safe.withTimes(150 * MILLI, 300 * MILLI, 600 * MILLI, 2000 * MILLI));
        assertThrows(
                NoriException.Malformed.class,
                () -> safe.withTimes(150 * MILLI, 1000 * MILLI, 1000 * MILLI, 0));
    }

    @Test
    void aViewOfALeaseEndsWhenTheMachineSlept() {
        var view = new LeaseView(2, 1000 * MILLI, 7, new Now(0, 5000));
        assertTrue(view.validAt(new Now(900 * MILLI, 5900)));
        assertFalse(view.validAt(new Now(1000 * MILLI, 6000)));
        assertFalse(view.validAt(new Now(100 * MILLI, 9000)));
        assertFalse(view.validAt(new Now(100 * MILLI, 1000)));
    }

    @Test
    void anIdleReplicaAllocatesNothing() {
        Raft raft = follower(3);
        var threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long id = Thread.currentThread().threadId();
        var now = new Now(1, 1);
        for (int i = 0; i < 20_000; i++) {
            idle(raft, now);
        }
        long before = threads.getThreadAllocatedBytes(id);
        for (int i = 0; i < 100_000; i++) {
            idle(raft, now);
        }
        long bytes = threads.getThreadAllocatedBytes(id) - before;
        assertTrue(bytes < 10_000, "bytes for 100000 idle passes: " + bytes);
    }

    @Test
    void aRecordThatWasNeverHandedOutBreaksTheContract() {
        Raft raft = follower(3);
        assertThrows(AssertionError.class, () -> raft.persisted(now(), 99));
    }

    @Test
    void aRecordPersistedTwiceBreaksTheContract() {
        Raft raft = leaderOfOne();
        raft.propose(now(), List.of(Bytes.utf8("a")));
        raft.drainReady(ready);
        log.append(ready.entries());
        long record = ready.record();
        raft.persisted(now(), record);
        assertThrows(AssertionError.class, () -> raft.persisted(now(), record));
    }

    @Test
    void applyingWhatWasNotHandedOutBreaksTheContract() {
        Raft raft = leaderOfOne();
        long next = raft.status().applied() + 1;
        assertThrows(AssertionError.class, () -> raft.applied(now(), next));
    }

    @Test
    void twoLeadersOfOneTermAreNotBothFollowed() {
        Raft raft = follower(3);
        raft.step(now(), heartbeat(2, 5));
        raft.step(now(), heartbeat(3, 5));
        assertEquals(2, raft.leader());
        assertEquals(1, raft.status().counts().impossible());
    }

    @Test
    void messagesThatAreNotForThisReplicaAreDropped() {
        Raft raft = follower(3);
        var pulse = new Message.Pulse(0, 0);
        raft.step(now(), new Message.Heartbeat(new Message.Head(2, 2, 1, 5), 1, pulse));
        raft.step(now(), new Message.Heartbeat(new Message.Head(1, 2, 3, 5), 1, pulse));
        raft.step(now(), new Message.Heartbeat(new Message.Head(1, 1, 1, 5), 1, pulse));
        raft.step(now(), new Message.Heartbeat(new Message.Head(1, 2, 1, 0), 1, pulse));
        assertEquals(1, raft.term());
        assertEquals(4, raft.status().counts().impossible());
    }

    @Test
    void anAppendWithAGapOrFromTheFutureIsDropped() {
        Raft raft = follower(3);
        var head = new Message.Head(1, 2, 1, 5);
        var late = entry(new Version(5, 4));
        raft.step(now(), new Message.AppendRequest(head, START, 1, 0, List.of(late)));
        var future = entry(new Version(6, 2));
        raft.step(now(), new Message.AppendRequest(head, START, 1, 0, List.of(future)));
        var odd =
                new Entry(new Version(5, 2), 0, Entry.Kind.CONFIGURATION, Bytes.utf8("junk"));
        raft.step(now(), new Message.AppendRequest(head, START, 1, 0, List.of(odd)));
        assertEquals(3, raft.status().counts().impossible());
        assertEquals(START, raft.status().last());
    }

    @Test
    void aFollowerWhoseDiskStallsTakesNoMoreThanTheBound() {
        Raft raft = follower(3);
        var head = new Message.Head(1, 2, 1, 5);
        for (int i = 0; i < 1000; i++) {
            var prev = raft.status().last();
            var next = entry(new Version(5, prev.index() + 1));
            raft.step(now(), new Message.AppendRequest(head, prev, 1, 0, List.of(next)));
            raft.drainReady(ready);
        }
        // 200 bytes are the bound, an entry takes 33, and one more than fits is taken.
        assertEquals(8, raft.status().last().index());
        assertTrue(raft.status().counts().overfull() > 900);
    }

    @Test
    void noMoreRecordsAreHandedOutThanMayBeOnTheirWay() {
        Raft raft = leaderOfOne();
        int records = 0;
        for (int i = 0; i < 100; i++) {
            raft.unreachable(now(), 1);
            raft.step(now(), new Message.TimeoutNow(new Message.Head(1, 9, 1, 1)));
            raft.propose(now(), List.of(Bytes.EMPTY));
            raft.drainReady(ready);
            records += ready.hasRecord() ? 1 : 0;
        }
        assertTrue(records <= Records.IN_FLIGHT_MAX, "records " + records);
    }

    @Test
    void entriesThatAreNotInMemoryAreSentWhenTheyAreFetched() {
        Raft raft = leaderOfOne();
        raft.reconfigure(
                now(),
                Configuration.of(Members.of(1), Members.of(2)),
                raft.status().configurationIndex());
        settle(raft);
        log.cold = true;
        millis += 200;
        var pulse = new Message.Pulse(Long.MIN_VALUE, 0);
        var head = new Message.Head(1, 2, 1, raft.term());
        raft.step(now(), new Message.HeartbeatReply(head, 1, pulse));
        raft.drainReady(ready);
        raft.step(now(), new Message.AppendRejected(head, 3, START, Long.MIN_VALUE));
        raft.drainReady(ready);
        assertEquals(List.of(), ready.sendNow());
        log.cold = false;
        raft.fetched(now());
        raft.drainReady(ready);
        assertEquals(1, ready.sendNow().size());
    }

    @Test
    void aLeaderWhoseDiskIsDeadGivesUp() {
        Raft raft = leaderOfOne();
        raft.propose(now(), List.of(Bytes.EMPTY));
        raft.drainReady(ready);
        assertTrue(raft.isLeader());
        millis += 3000;
        raft.tick(now());
        assertFalse(raft.isLeader());
    }

    @Test
    void logTimeIsToldByTheLeaderOnly() {
        millis = 5_000;
        assertEquals(0, follower(3).logTimeMillis(now()));
        assertNotEquals(0, leaderOfOne().logTimeMillis(now()));
    }

    @Test
    void theVoteOfAnEarlierLifeIsKept() {
        var configuration = Configuration.of(Members.of(1, 2, 3), Members.NONE);
        var hard = new HardState(7, 3, 1);
        var again = new Recovered(hard, 1, configuration, 1, List.of(), false);
        Raft raft = start(again);
        millis += 1500;
        var last = new Version(6, 9);
        raft.step(now(), request(2, last));
        raft.step(now(), request(3, last));
        raft.drainReady(ready);
        assertEquals(
                List.of(false, true),
                ready.sendAfterPersist().stream()
                        .map(m -> ((Message.VoteReply) m).granted())
                        .toList());
    }

    /// Three entries of term 5 are here that nobody else has; the leader of term 6 checks the log
    /// only up to its beginning, and says that more is committed.
    @Test
    void whatWasNotCheckedIsNeitherAcknowledgedNorCommitted() {
        Raft raft = follower(3);
        var five = new Message.Head(1, 2, 1, 5);
        List<Entry> tail =
                LongStream.of(2, 3, 4).mapToObj(i -> entry(new Version(5, i))).toList();
        raft.step(now(), new Message.AppendRequest(five, START, 1, 0, tail));
        raft.drainReady(ready);
        var six = new Message.Head(1, 3, 1, 6);
        raft.step(now(), new Message.AppendRequest(six, START, 4, 0, List.of()));
        raft.drainReady(ready);
        assertEquals(1, raft.status().commit());
        assertEquals(1, ((Message.Appended) ready.sendAfterPersist().getFirst()).match());
    }

    @Test
    void theCommitIndexRidesInTheRecordOfItsEntries() {
        Raft raft = follower(3);
        var head = new Message.Head(1, 2, 1, 5);
        List<Entry> entries =
                LongStream.of(2, 3, 4).mapToObj(i -> entry(new Version(5, i))).toList();
        raft.step(now(), new Message.AppendRequest(head, START, 3, 0, entries));
        raft.drainReady(ready);
        assertEquals(3, ready.entries().size());
        assertEquals(new HardState(5, 0, 3), ready.hardState().orElseThrow());
    }

    /// Written after the snapshot they would follow nothing, and the log of the node could not be
    /// read again.
    @Test
    void noSnapshotIsInstalledBeforeEntriesThatWaitForARecord() {
        var voters = Configuration.of(Members.of(1, 2, 3), Members.NONE);
        var from = Recovered.virgin(START, voters);
        var random = new SplittableRandom(1);
        Raft raft = Raft.start(RaftOptions.defaults(), 1, 1, from, log, random, now());
        for (long index = 2; index <= Records.IN_FLIGHT_MAX + 2; index++) {
            append(raft, index);
            raft.drainReady(ready);
        }
        assertFalse(ready.hasRecord());
        var at = new SnapshotMeta(new Version(5, 99), 0, raft.status().configuration(), 1);
        var head = new Message.Head(1, 2, 1, 5);
        raft.step(now(), new Message.InstallSnapshot(head, at));
        raft.drainReady(ready);
        assertEquals(Optional.empty(), ready.install());
        raft.persisted(now(), 1);
        raft.drainReady(ready);
        assertEquals(1, ready.entries().size());
        assertEquals(Optional.of(at), ready.install());
    }

    private void append(Raft raft, long index) {
        var head = new Message.Head(1, 2, 1, 5);
        Version prev = index == 2 ? START : new Version(5, index - 1);
        List<Entry> one = List.of(entry(new Version(5, index)));
        raft.step(now(), new Message.AppendRequest(head, prev, 1, 0, one));
    }

    @Test
    void aPromiseToALeaderOutlivesTheTerm() {
        Raft raft = follower(3);
        raft.step(now(), heartbeat(2, 5));
        var refusal = new Message.Head(1, 3, 1, 7);
        raft.step(now(), new Message.VoteReply(refusal, Message.Ballot.PRE, false));
        assertEquals(7, raft.term());
        millis += 900;
        raft.step(now(), request(3, new Version(6, 9)));
        raft.drainReady(ready);
        assertEquals(List.of(), ready.sendAfterPersist());
        millis += 200;
        raft.step(now(), request(3, new Version(6, 9)));
        raft.drainReady(ready);
        assertEquals(1, ready.sendAfterPersist().size());
    }

    @Test
    void aChangeThatWasReplacedNeverTakesEffect() {
        Raft raft = follower(3);
        Configuration before = raft.status().configuration();
        var other = Configuration.of(Members.of(1, 2, 3), Members.of(4));
        var change =
                new Entry(new Version(5, 2), 0, Entry.Kind.CONFIGURATION, other.encode());
        var five = new Message.Head(1, 2, 1, 5);
        raft.step(now(), new Message.AppendRequest(five, START, 1, 0, List.of(change)));
        var six = new Message.Head(1, 3, 1, 6);
        List<Entry> instead = List.of(entry(new Version(6, 2)));
        raft.step(now(), new Message.AppendRequest(six, START, 2, 0, instead));
        assertEquals(2, raft.status().commit());
        assertEquals(before, raft.status().configuration());
        assertFalse(raft.status().changing());
    }

    private static Message request(long from, Version last) {
        var head = new Message.Head(1, from, 1, 7);
        return new Message.VoteRequest(head, Message.Ballot.REAL, last);
    }

    private void idle(Raft raft, Now now) {
        raft.tick(now);
        if (raft.hasReady()) {
            raft.drainReady(ready);
        }
    }

    private Raft follower(int voters) {
        Members ids = Members.of(LongStream.rangeClosed(1, voters).toArray());
        return start(Recovered.virgin(START, Configuration.of(ids, Members.NONE)));
    }

    private Raft leaderOfOne() {
        Raft raft = follower(1);
        raft.tick(now());
        settle(raft);
        assertTrue(raft.isLeader());
        return raft;
    }

    private Raft start(Recovered from) {
        RaftOptions options = RaftOptions.defaults().withBounds(200, 100, 1000, 10);
        return Raft.start(options, 1, 1, from, log, new SplittableRandom(1), now());
    }

    private void settle(Raft raft) {
        while (raft.hasReady()) {
            raft.drainReady(ready);
            log.append(ready.entries());
            if (ready.hasRecord()) {
                raft.persisted(now(), ready.record());
            }
            Optional<Entry> last = ready.committed().stream().reduce((_, b) -> b);
            last.ifPresent(entry -> raft.applied(now(), entry.index()));
        }
    }

    private Now now() {
        return new Now(millis * MILLI, millis);
    }

    private static Message heartbeat(long from, long term) {
        var head = new Message.Head(1, from, 1, term);
        return new Message.Heartbeat(head, 1, new Message.Pulse(0, 0));
    }

    private static Entry entry(Version at) {
        return new Entry(at, 0, Entry.Kind.COMMAND, Bytes.utf8("x"));
    }
}
