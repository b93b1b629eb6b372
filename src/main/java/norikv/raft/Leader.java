package norikv.raft;

import java.util.List;
import java.util.Optional;
import norikv.bytes.Bytes;
import norikv.domain.NoriException;
import norikv.domain.Version;

/// Leads one term: puts its parts together, each of which knows one thing.
final class Leader implements Role {
    private final Replica replica;
    private final LogClock clock;
    private final Lease lease;
    private final Transfer transfer = new Transfer();
    private final ReadQueue reads = new ReadQueue();
    private final Followers followers;
    private final Replication replication;
    private final Reconfiguration reconfiguration;

    /// The first index of this term.
    private final long beginIndex;

    private long heartbeatNanos;
    private boolean heartbeatDue = true;

    /// Entries of this term that were not handed out to be applied, bytes.
    private long uncommittedBytes;

    Leader(Replica replica) {
        this.replica = replica;
        clock = new LogClock(replica.log.lastLogTimeMillis(), replica.now());
        lease = new Lease(replica.now());
        followers = new Followers(replica, reads);
        replication = new Replication(replica, followers);
        reconfiguration = new Reconfiguration(replica, followers);
        beginIndex = replica.log.last() + 1;
        heartbeatNanos = nextBeat();
    }

    /// Appends the empty entry: nothing of earlier terms is committed by counting, only with it.
    void beginTerm() {
        append(Entry.Kind.TERM_START, Bytes.EMPTY);
        assert replica.log.last() == beginIndex : beginIndex;
    }

    @Override
    public long deadlineNanos() {
        // With nobody to tell, only the own disk is to be watched.
        boolean isAlone = followers.each().length == 0 && replica.records.isEmpty();
        return isAlone
                ? transfer.deadlineNanos()
                : Math.min(heartbeatNanos, transfer.deadlineNanos());
    }

    /// Gives up leading when nobody would notice: no majority answers, or the own disk does not.
    @Override
    public void expire() {
        Now now = replica.now();
        if (now.nanos() >= transfer.deadlineNanos()) {
            transfer.end();
        }
        if (!reachesQuorum()
                || replica.records.stalled(now, replica.options.electionMaxNanos())) {
            replica.becomeFollower(replica.term(), HardState.NOBODY);
        } else if (now.nanos() >= heartbeatNanos) {
            heartbeatDue = true;
            heartbeatNanos = nextBeat();
        }
    }

    /// Looks at the clocks of an input.
    void observe() {
        lease.observe(replica.now());
    }

    /// {@return whether a majority was heard from within one election time}
    boolean reachesQuorum() {
        return replica.now().nanos() - followers.agreedContact()
                < replica.options.electionMinNanos();
    }

    long logTimeMillis() {
        return clock.millis(replica.now());
    }

    Followers followers() {
        return followers;
    }

    ReadQueue reads() {
        return reads;
    }

    Transfer transfer() {
        return transfer;
    }

    long uncommittedBytes() {
        return uncommittedBytes;
    }

    Proposed propose(Entry.Kind kind, List<Bytes> commands) {
        if (commands.isEmpty()) {
            throw NoriException.invalid("commands: at least one, got none");
        }
        long bytes = 0;
        for (int i = 0; i < commands.size(); i++) {
            Bytes command = commands.get(i);
            bytes += command.length() + Entry.OVERHEAD_BYTES;
            if (command.length() > replica.options.commandBytesMax()) {
                return new Proposed.Refused(Refusal.TOO_LARGE);
            }
        }
        if (transfer.isActive() || isLeaving()) {
            return new Proposed.Refused(Refusal.TRANSFERRING);
        }
        // A batch that is too long for the bound all the same passes when nothing else waits.
        if (uncommittedBytes > 0
                && uncommittedBytes + bytes > replica.options.uncommittedBytesMax()) {
            return new Proposed.Refused(Refusal.TOO_MANY_UNCOMMITTED);
        }
        var first = new Version(replica.term(), replica.log.last() + 1);
        for (int i = 0; i < commands.size(); i++) {
            append(kind, commands.get(i));
        }
        return new Proposed.Accepted(first);
    }

    Proposed reconfigure(Configuration target, long expectedIndex) {
        if (target.isJoint()) {
            throw NoriException.invalid("target: voters and learners, got " + target);
        }
        if (!hasCommittedInTerm()) {
            return new Proposed.Refused(Refusal.NOT_COMMITTED_IN_TERM);
        }
        if (transfer.isActive() || isLeaving()) {
            return new Proposed.Refused(Refusal.TRANSFERRING);
        }
        Optional<Refusal> refusal = reconfiguration.refusal(target, expectedIndex);
        if (refusal.isPresent()) {
            return new Proposed.Refused(refusal.get());
        }
        append(
                Entry.Kind.CONFIGURATION,
                replica.configuration().towards(target).encode());
        return new Proposed.Accepted(replica.lastVersion());
    }

    Optional<Refusal> read(long token) {
        if (reads.count() >= replica.options.readsMax()) {
            return Optional.of(Refusal.TOO_MANY_READS);
        }
        if (hasCommittedInTerm()) {
            reads.take(token, replica.log.commit());
        } else {
            reads.park(token);
        }
        return Optional.empty();
    }

    Optional<Refusal> transferTo(long target) {
        if (transfer.isActive()) {
            return Optional.of(Refusal.TRANSFERRING);
        }
        if (target == replica.self || !replica.configuration().voters().contains(target)) {
            return Optional.of(Refusal.NO_SUCH_TARGET);
        }
        transfer.begin(target, replica.now().nanos() + replica.options.electionMinNanos());
        return Optional.empty();
    }

    void take(Message.ToLeader answer) {
        if (!followers.has(answer.head().from()) || !isEcho(answer)) {
            replica.tally.impossible++;
            return;
        }
        Progress follower = followers.of(answer.head().from());
        switch (answer) {
            case Message.Appended reply -> replication.appended(follower, reply);
            case Message.AppendRejected reply -> replication.rejected(follower, reply);
            case Message.HeartbeatReply reply -> replication.alive(follower, reply);
        }
    }

    /// Another configuration is in effect.
    void configurationChanged() {
        followers.follow(replica.configuration());
        // New members hear of their leader, and everybody of what is committed, at once.
        heartbeatDue = true;
        if (transfer.isActive()
                && !replica.configuration().voters().contains(transfer.target())) {
            transfer.end();
        }
    }

    /// Entries are handed out to be applied: they no longer count as uncommitted.
    void handedOut(List<Entry> entries) {
        for (int i = 0; i < entries.size(); i++) {
            if (entries.get(i).term() == replica.term()) {
                uncommittedBytes -= entries.get(i).bytes();
            }
        }
        assert uncommittedBytes >= 0 : uncommittedBytes;
    }

    /// Does what follows from all inputs since the last drain, once.
    void prepare() {
        advanceCommit();
        leaveJoint();
        advanceReads();
        if (heartbeatDue) {
            beat();
        }
        replication.send();
        askTarget();
        if (!replica.configuration().isVoter(replica.self)
                && followers.agreedCommit() >= replica.membership.index()) {
            leaveGroup();
        }
    }

    /// {@return the end of the lease, [Long#MIN_VALUE] if there is none}
    long leaseExpiryNanos() {
        boolean held =
                hasAppliedInTerm()
                        && !transfer.isActive()
                        && replica.configuration().isVoter(replica.self);
        return held
                ? lease.expiryNanos(followers.agreedStamp(), replica.options.leaseNanos())
                : Long.MIN_VALUE;
    }

    /// The replica leads no more.
    void resign() {
        lease.give();
        reads.fail(replica.out.failedReads);
    }

    boolean hasAppliedInTerm() {
        return replica.log.applied() >= beginIndex;
    }

    private boolean hasCommittedInTerm() {
        return replica.log.commit() >= beginIndex;
    }

    private void append(Entry.Kind kind, Bytes command) {
        long index = replica.log.last() + 1;
        var entry =
                new Entry(
                        new Version(replica.term(), index),
                        clock.millis(replica.now()),
                        kind,
                        command);
        uncommittedBytes += entry.bytes();
        replica.append(entry);
    }

    /// Commits what a majority has, if it is of this term: an older entry that many have can still
    /// be replaced (Raft paper, figure 8).
    private void advanceCommit() {
        long before;
        do {
            before = replica.log.commit();
            long agreed = followers.agreedMatch();
            if (agreed > before && replica.log.term(agreed) == replica.term()) {
                replica.commitTo(agreed);
            }
            // The configuration may be another one now, with another majority.
        } while (replica.log.commit() > before);
    }

    /// Nobody has to ask for the second half of a change.
    private void leaveJoint() {
        if (replica.configuration().isJoint()
                && !replica.membership.hasPending()
                && hasCommittedInTerm()) {
            append(Entry.Kind.CONFIGURATION, replica.configuration().left().encode());
        }
    }

    private void advanceReads() {
        if (hasCommittedInTerm()) {
            reads.unpark(replica.log.commit());
        }
        reads.confirmed(followers.agreedReads(), replica.out.grants);
        heartbeatDue |= reads.wantsRound();
    }

    private void beat() {
        heartbeatDue = false;
        lease.sending(replica.now());
        var pulse = new Message.Pulse(replica.now().nanos(), reads.ask());
        for (Progress follower : followers.each()) {
            long commit = Math.min(follower.match(), replica.log.commit());
            replica.sendNow(
                    new Message.Heartbeat(replica.to(follower.id), commit, pulse));
        }
    }

    private void askTarget() {
        if (transfer.isActive()
                && !transfer.asked()
                && followers.of(transfer.target()).match() == replica.log.last()) {
            timeoutNow(transfer.target());
            transfer.ask();
        }
    }

    /// The lease ends before the message leaves, and for good: the message may arrive at any time.
    private void timeoutNow(long target) {
        lease.give();
        replica.sendNow(new Message.TimeoutNow(replica.to(target)));
    }

    /// {@return whether this leader will be no voter, and the entry that says so is written} It
    /// writes no more then: those who stay may need its vote, and need a log as long as its own
    /// for that.
    private boolean isLeaving() {
        Configuration current = replica.configuration();
        return !current.voters().contains(replica.self)
                && (!current.isJoint() || replica.membership.hasPending());
    }

    /// The leader is no voter any more, and a majority of those who are knows it: before that they
    /// would still count with its vote. The best of them takes over.
    private void leaveGroup() {
        Members voters = replica.configuration().voters();
        Progress best = followers.of(voters.id(0));
        for (int i = 1; i < voters.count(); i++) {
            Progress other = followers.of(voters.id(i));
            best = other.match() > best.match() ? other : best;
        }
        timeoutNow(best.id);
        replica.becomeFollower(replica.term(), HardState.NOBODY);
    }

    /// {@return whether this leader can have sent what `answer` echoes}
    private boolean isEcho(Message.ToLeader answer) {
        long now = replica.now().nanos();
        return switch (answer) {
            case Message.Appended reply -> reply.stampNanos() <= now;
            case Message.AppendRejected reply -> reply.stampNanos() <= now;
            case Message.HeartbeatReply reply ->
                    reply.pulse().stampNanos() <= now && reply.pulse().reads() <= reads.asked();
        };
    }

    /// {@return the next heartbeat} All groups of a process beat at the same moments, so that one
    /// frame carries them all.
    private long nextBeat() {
        long interval = replica.options.heartbeatNanos();
        return (Math.floorDiv(replica.now().nanos(), interval) + 1) * interval;
    }
}
