package norikv.raft;

import java.util.List;
import java.util.Optional;
import java.util.random.RandomGenerator;
import norikv.bytes.Bytes;
import norikv.domain.Version;

/// One replica of one group: inputs are values, and so is what comes out, in [Ready].
///
/// Give it what happens ([#tick], [#step], [#propose], [#readIndex] …), then [#drainReady] and do
/// what it says. The same inputs give the same outputs: no clock, thread, disk or chance in it but
/// what is passed in.
///
/// **Threads.** Confined to the owner of the group. **Errors.** Nothing that comes from another
/// replica throws; what no correct replica sends is counted in [Counts] and dropped. A broken
/// invariant of its own is an [AssertionError]: the host stops this group for good and keeps the
/// others. **Limits.** [RaftOptions]; what does not fit is refused with a [Refusal]. **Source.**
/// Ongaro, *Consensus: Bridging Theory and Practice*, 2014.
public final class Raft {
    private final Replica replica;
    private final Elections elections;

    /// Whether an input came since the last drain.
    private boolean dirty = true;

    /// Starts a replica.
    ///
    /// @param name the group, and this replica as `from`
    /// @param from what was durable when it last stopped
    /// @param stored the group's log, which ends where the last durable record ended
    /// @param random draws the times of elections
    private Raft(
            RaftOptions options,
            Message.Head name,
            Recovered from,
            LogReader stored,
            RandomGenerator random,
            Now now) {
        replica = new Replica(options, name, from, stored, random, now);
        elections = new Elections(replica);
    }

    /// Starts replica `self` of `group`.
    ///
    /// @param from what was durable when it last stopped
    /// @param stored the group's log, which ends where the last durable record ended
    /// @param random draws the times of elections
    public static Raft start(
            RaftOptions options,
            long group,
            long self,
            Recovered from,
            LogReader stored,
            RandomGenerator random,
            Now now) {
        var name = new Message.Head(group, self, HardState.NOBODY, 0);
        return new Raft(options, name, from, stored, random, now);
    }

    /// {@return when [#tick] has something to do, [Long#MAX_VALUE] for never} Valid until the next
    /// input.
    public long deadlineNanos() {
        return replica.role().deadlineNanos();
    }

    /// Lets time pass. A deadline passes at most once a call, however late it is: give messages
    /// that arrived first.
    public void tick(Now now) {
        if (now.nanos() >= deadlineNanos()) {
            begin(now);
            replica.role().expire();
        }
    }

    /// Asks who would vote now, not when time is up, if nobody is known to lead. It is the host
    /// that knows when others can be reached, and who should lead. A leader that lives stays: those
    /// who hear it refuse.
    public void campaign(Now now) {
        begin(now);
        boolean asksAlready =
                replica.role() instanceof Candidate candidate
                        && candidate.ballot() != Message.Ballot.PRE;
        if (replica.leader() == HardState.NOBODY
                && replica.mayCampaign()
                && !replica.promised()
                && !asksAlready) {
            replica.becomeCandidate(Message.Ballot.PRE);
        }
    }

    /// Takes a message from another replica.
    public void step(Now now, Message message) {
        begin(now);
        if (!Sanity.isPossible(message, replica.group, replica.self)) {
            replica.tally.impossible++;
        } else if (isOfThisTerm(message)) {
            take(message);
        }
    }

    /// Offers commands; each becomes one entry. All are taken, in order, or none.
    public Proposed propose(Now now, List<Bytes> commands) {
        return propose(now, Entry.Kind.COMMAND, commands);
    }

    /// Offers an entry of [Entry.Kind#HOST], as [#propose(Now, List)] does commands. Only while
    /// every voter knows that kind.
    public Proposed proposeOfHost(Now now, Bytes command) {
        return propose(now, Entry.Kind.HOST, List.of(command));
    }

    private Proposed propose(Now now, Entry.Kind kind, List<Bytes> commands) {
        begin(now);
        return replica.role() instanceof Leader lead
                ? lead.propose(kind, commands)
                : new Proposed.Refused(Refusal.NOT_LEADER);
    }

    /// Asks from which index on a read that starts now is linearizable. The answer comes as a
    /// [Ready.ReadGrant] with `token`, or `token` comes in [Ready#failedReads()].
    ///
    /// @param token never used before
    /// @return nothing if taken
    public Optional<Refusal> readIndex(Now now, long token) {
        begin(now);
        return replica.role() instanceof Leader lead
                ? lead.read(token)
                : Optional.of(Refusal.NOT_LEADER);
    }

    /// Begins to change the group to `target`. Where voters change it goes through a joint
    /// configuration and out of it by itself. A new voter must be a learner that has nearly all
    /// of the log.
    ///
    /// @param expectedIndex the [Status#configurationIndex()] that `target` was made from
    public Proposed reconfigure(Now now, Configuration target, long expectedIndex) {
        begin(now);
        return replica.role() instanceof Leader lead
                ? lead.reconfigure(target, expectedIndex)
                : new Proposed.Refused(Refusal.NOT_LEADER);
    }

    /// Hands leadership to voter `target`. Proposals are refused until it took over, or until an
    /// election time has passed without.
    ///
    /// @return nothing if begun
    public Optional<Refusal> transfer(Now now, long target) {
        begin(now);
        return replica.role() instanceof Leader lead
                ? lead.transferTo(target)
                : Optional.of(Refusal.NOT_LEADER);
    }

    /// Record `record` and all before it are durable.
    public void persisted(Now now, long record) {
        begin(now);
        long upTo = replica.records.persisted(record);
        replica.log.persisted(upTo);
        if (replica.role() instanceof Candidate candidate && replica.voteIsDurable()) {
            candidate.voteIsDurable();
        }
    }

    /// Everything up to `index` is in the state machine.
    public void applied(Now now, long index) {
        begin(now);
        replica.log.applied(index);
    }

    /// Entries that [LogReader#read] did not have are in memory now.
    public void fetched(Now now) {
        begin(now);
        if (replica.role() instanceof Leader lead) {
            for (Progress follower : lead.followers().each()) {
                follower.fetched();
            }
        }
    }

    /// Messages to `peer` were lost, or may have been.
    public void unreachable(Now now, long peer) {
        begin(now);
        if (replica.role() instanceof Leader lead && lead.followers().has(peer)) {
            lead.followers().of(peer).unreachable();
        }
    }

    /// The snapshot that `peer` needs is made and goes out now.
    ///
    /// @return the message that must stand behind its bytes; nothing if it is no longer wanted
    public Optional<Message> snapshotMade(Now now, long peer, SnapshotMeta meta) {
        begin(now);
        assert meta.at().index() <= replica.log.applied() : meta + " " + replica.log;
        if (replica.role() instanceof Leader lead
                && lead.followers().has(peer)
                && lead.followers().of(peer).phase() == Progress.Phase.SNAPSHOT) {
            lead.followers().of(peer).snapshotMade(meta.at().index());
            return Optional.of(new Message.InstallSnapshot(replica.to(peer), meta));
        }
        return Optional.empty();
    }

    /// The snapshot for `peer` went out in full, or will not. Must follow every wish in
    /// [Ready#snapshotsWanted()], or the peer gets nothing more.
    public void snapshotOutcome(Now now, long peer, boolean sent) {
        begin(now);
        if (replica.role() instanceof Leader lead && lead.followers().has(peer)) {
            lead.followers().of(peer).snapshotOutcome(sent);
        }
    }

    /// The snapshot of [Ready#install()] is the state machine, durably, and the log of the host is
    /// empty behind it.
    public void snapshotInstalled(Now now, SnapshotMeta meta) {
        begin(now);
        replica.installed(meta);
        if (replica.role() instanceof Follower follower) {
            follower.installed(meta);
        }
    }

    /// The snapshot of [Ready#install()] will not be installed: everything is as before.
    public void snapshotAbandoned(Now now) {
        begin(now);
        replica.installAbandoned();
    }

    /// The state machine was replaced by that of another replica, as of `at`: an entry that is
    /// durable here, and committed, for the other one has applied it. Those up to it that were
    /// handed out and not applied are to be dropped.
    public void rebuilt(Now now, Version at) {
        begin(now);
        assert !replica.isInstalling() : at.toString();
        assert replica.log.contains(at) : at + " in " + replica.log;
        replica.commitTo(at.index());
        replica.log.rebuilt(at.index());
    }

    /// {@return whether a snapshot is taking the place of the state machine, or is about to}
    public boolean isInstalling() {
        return replica.isInstalling();
    }

    /// {@return whether [#drainReady] may have something}
    public boolean hasReady() {
        return dirty;
    }

    /// Puts into `ready` what must be done now. Everything of the last call must have been begun.
    public void drainReady(Ready ready) {
        ready.clear();
        if (!dirty) {
            return;
        }
        dirty = false;
        if (replica.role() instanceof Leader lead) {
            lead.prepare();
        }
        drainRecord(ready);
        drainCommitted(ready);
        Ready out = replica.out;
        Ready.move(out.sendNow, ready.sendNow);
        Ready.move(out.grants, ready.grants);
        Ready.move(out.failedReads, ready.failedReads);
        Ready.move(out.snapshotsWanted, ready.snapshotsWanted);
        if (!replica.log.hasMoreToPersist()) {
            // What stands before it in the log would else be written behind it.
            ready.install = out.install;
            out.install = null;
        }
    }

    /// {@return who leads, [HardState#NOBODY] if that is not known}
    public long leader() {
        return replica.leader();
    }

    public boolean isLeader() {
        return replica.role() instanceof Leader;
    }

    public long term() {
        return replica.term();
    }

    /// {@return the index of the last entry, durable or not}
    public long lastIndex() {
        return replica.log.last();
    }

    /// {@return whether this replica leads and has applied an entry of its term: it knows all that
    /// was committed before, and shows it}
    public boolean knowsCommitted() {
        return replica.role() instanceof Leader lead && lead.hasAppliedInTerm();
    }

    /// {@return how many entries the next record has at least, if there is one}
    public long unrecordedEntries() {
        return replica.log.unrecordedEntries();
    }

    /// {@return their [Entry#bytes()]}
    public long unrecordedBytes() {
        return replica.log.unrecordedBytes();
    }

    /// {@return the time that the next entry would be stamped with at least, milliseconds; 0 if
    /// this replica does not lead}
    public long logTimeMillis(Now now) {
        return replica.role() instanceof Leader lead ? readLogTime(lead, now) : 0;
    }

    /// {@return what serves lease reads until the next input}
    public LeaseView lease() {
        long expiry =
                replica.role() instanceof Leader lead ? lead.leaseExpiryNanos() : Long.MIN_VALUE;
        return expiry == Long.MIN_VALUE
                ? LeaseView.NONE
                : new LeaseView(replica.term(), expiry, replica.log.commit(), replica.now());
    }

    public Status status() {
        return Status.of(replica, lease());
    }

    private void begin(Now now) {
        dirty = true;
        replica.at(now);
        if (replica.role() instanceof Leader lead) {
            lead.observe();
        }
    }

    private long readLogTime(Leader lead, Now now) {
        replica.at(now);
        lead.observe();
        return lead.logTimeMillis();
    }

    /// Brings the terms of replica and message together, and drops the message where that is all
    /// it has to say.
    private boolean isOfThisTerm(Message message) {
        long term = message.head().term();
        if (message instanceof Message.VoteRequest request
                && term >= replica.term()
                && !elections.hears(request)) {
            return false;
        }
        if (term < replica.term()) {
            answerStale(message);
            return false;
        }
        if (term > replica.term() && !isTrial(message)) {
            replica.becomeFollower(term, HardState.NOBODY);
        }
        return true;
    }

    /// {@return whether `message` is about a term that nobody has entered yet}
    private static boolean isTrial(Message message) {
        return switch (message) {
            case Message.VoteRequest m -> m.ballot() == Message.Ballot.PRE;
            case Message.VoteReply m -> m.ballot() == Message.Ballot.PRE && m.granted();
            default -> false;
        };
    }

    /// Tells a leader or a trial candidate of an earlier term about this one. Without that a
    /// replica with a later term and a shorter log would be stuck: it takes nothing from the
    /// leader, and nobody elects it.
    private void answerStale(Message message) {
        replica.tally.stale++;
        long from = message.head().from();
        switch (message) {
            case Message.FromLeader _ ->
                    replica.sendNow(
                            new Message.HeartbeatReply(
                                    replica.to(from),
                                    replica.log.commit(),
                                    Message.Pulse.NONE));
            case Message.VoteRequest request -> elections.refuse(request);
            case Message.VoteReply _, Message.ToLeader _ -> {}
        }
    }

    private void take(Message message) {
        switch (message) {
            case Message.VoteRequest request -> elections.answer(request);
            case Message.VoteReply reply -> {
                if (replica.role() instanceof Candidate candidate) {
                    candidate.count(reply);
                }
            }
            case Message.FromLeader order -> follow(order);
            case Message.ToLeader answer -> {
                if (replica.role() instanceof Leader lead) {
                    lead.take(answer);
                }
            }
        }
    }

    private void follow(Message.FromLeader order) {
        long from = order.head().from();
        if (replica.role() instanceof Candidate) {
            replica.becomeFollower(replica.term(), from);
        }
        if (replica.role() instanceof Follower follower && follower.hear(from)) {
            follower.take(order);
        } else {
            // Two leaders in one term.
            replica.tally.impossible++;
        }
    }

    /// Entries, and the hard state with them, as one record. All that must wait for the disk waits
    /// until there is room for a record.
    private void drainRecord(Ready ready) {
        if (replica.records.isFull()) {
            return;
        }
        if (replica.log.hasMoreToPersist() || replica.hasHardStateToPersist()) {
            replica.log.handOver(ready.entries);
            ready.hardState = replica.hardState();
            ready.record = replica.records.begin(replica.log.last(), replica.now());
            replica.hardStateIsIn(ready.record);
        }
        Ready.move(replica.out.sendAfterPersist, ready.sendAfterPersist);
    }

    private void drainCommitted(Ready ready) {
        if (!replica.isInstalling()) {
            replica.log.handOut(ready.committed, replica.options.committedBytesMax());
            if (replica.role() instanceof Leader lead) {
                lead.handedOut(ready.committed);
            }
        }
    }
}
