package norikv.raft;

import java.util.random.RandomGenerator;
import norikv.domain.Version;

/// What a replica knows whatever its role, and the ways from one role to another.
///
/// **Threads.** Of the group's owner. The time is that of the input which is being handled.
final class Replica {
    /// Long ago, but not so long that a sum overflows.
    static final long NEVER = -(1L << 62);

    /// How many heads of messages are kept.
    private static final int HEADS_MAX = 4;

    final RaftOptions options;
    final long group;
    final long self;
    final Log log;
    final Records records;
    final Membership membership;
    final Tally tally = new Tally();

    /// Heads of messages that were sent, each null until then, by recipient.
    private final Message.Head[] heads = new Message.Head[HEADS_MAX];

    /// What goes out with the next drain.
    final Ready out = new Ready();

    private final RandomGenerator random;
    private Now now;
    private Role role;
    private long term;
    private long vote;
    private long leader;

    /// Whether term or vote changed since the last record.
    private boolean unrecorded;

    /// The record that carries term and vote, 0 if they were recovered.
    private long voteRecord;

    /// When a leader, whatever its term, was last heard from.
    private long contactNanos = NEVER;

    /// Until then this replica may have promised a lease that it forgot when it stopped.
    private final long holdUntilNanos;

    /// Null unless a snapshot takes the place of the state machine right now: neither the log
    /// nor what is applied moves then.
    private SnapshotMeta installing;

    Replica(
            RaftOptions options,
            Message.Head name,
            Recovered from,
            LogReader stored,
            RandomGenerator random,
            Now now) {
        this.options = options;
        this.group = name.group();
        this.self = name.from();
        this.random = random;
        this.now = now;
        records = new Records();
        long commit = Math.max(from.hard().commit(), from.applied());
        log = new Log(stored, records, commit, from.applied());
        membership = new Membership(from.configuration(), from.configurationIndex());
        from.changes().forEach(membership::appended);
        membership.committedTo(commit);
        term = from.hard().term();
        vote = from.hard().vote();
        assert term >= log.term(log.last()) : term + " and " + log;
        boolean promised = !from.virgin() && !isSoleVoter();
        holdUntilNanos = promised ? now.nanos() + options.electionMinNanos() : NEVER;
        // Nobody leads a group of one, or one that is new: no reason to wait for anybody.
        long patience = isSoleVoter() ? 0 : random.nextLong(options.electionMinNanos());
        role =
                from.virgin() || isSoleVoter()
                        ? new Follower(this, electionTimeout(), now.nanos() + patience)
                        : new Follower(this, electionTimeout());
    }

    Now now() {
        return now;
    }

    void at(Now time) {
        now = time;
    }

    Role role() {
        return role;
    }

    long term() {
        return term;
    }

    long vote() {
        return vote;
    }

    /// {@return who leads this term, [HardState#NOBODY] if nobody known does}
    long leader() {
        return leader;
    }

    Configuration configuration() {
        return membership.current();
    }

    boolean isSoleVoter() {
        Configuration current = membership.current();
        return current.voters().count() == 1
                && current.voters().contains(self)
                && !current.isJoint();
    }

    /// {@return whether it may ask for votes} A learner never does, nor one whose log is about to
    /// be replaced.
    boolean mayCampaign() {
        return configuration().isVoter(self) && installing == null;
    }

    /// {@return the head of a message to `id` in this term} Messages to the same few replicas in
    /// the same term share theirs.
    Message.Head to(long id) {
        int slot = (int) (id % HEADS_MAX);
        Message.Head head = heads[slot];
        if (head == null || head.to() != id || head.term() != term) {
            head = new Message.Head(group, self, id, term);
            heads[slot] = head;
        }
        return head;
    }

    void sendNow(Message message) {
        out.sendNow.add(message);
    }

    /// Sends what promises something about the disk of this replica.
    void sendAfterPersist(Message message) {
        out.sendAfterPersist.add(message);
    }

    /// A leader was heard from: votes are refused for a while.
    void heardLeader(long id) {
        leader = id;
        contactNanos = now.nanos();
    }

    /// {@return whether this replica must refuse its vote because a leader may hold a lease that
    /// counts on it} It does not matter whether terms moved on since: the lease did not.
    boolean promised() {
        return now.nanos() < contactNanos + options.electionMinNanos()
                || now.nanos() < holdUntilNanos
                || role instanceof Leader lead && lead.reachesQuorum();
    }

    /// {@return a time-out drawn for one election}
    long electionTimeout() {
        return random.nextLong(options.electionMinNanos(), options.electionMaxNanos());
    }

    /// Goes on as follower of `newTerm`. One that already follows keeps its deadline: a candidate
    /// that will not be elected must not put off others.
    void becomeFollower(long newTerm, long newLeader) {
        Role before = role;
        if (before instanceof Leader lead) {
            lead.resign();
        }
        enterTerm(newTerm);
        leader = newLeader;
        if (!(before instanceof Follower)) {
            role = new Follower(this, electionTimeout());
        }
    }

    /// Asks for votes: for [Message.Ballot#PRE] in this term, else in the next.
    void becomeCandidate(Message.Ballot ballot) {
        assert mayCampaign() : self + " in " + configuration();
        assert !(role instanceof Leader) : "leader " + self;
        assert ballot == Message.Ballot.TRANSFER || !promised() : "campaign while promised";
        leader = HardState.NOBODY;
        if (ballot != Message.Ballot.PRE) {
            enterTerm(term + 1);
            voteFor(self);
            tally.elections++;
        }
        Candidate candidate = new Candidate(this, ballot, electionTimeout());
        role = candidate;
        candidate.ask();
    }

    void becomeLeader() {
        assert vote == self : "leader of term %d voted for %d".formatted(term, vote);
        assert voteIsDurable() : "leader of term " + term;
        leader = self;
        tally.leads++;
        Leader lead = new Leader(this);
        role = lead;
        lead.beginTerm();
    }

    void voteFor(long candidate) {
        assert vote == HardState.NOBODY || vote == candidate : vote + " then " + candidate;
        if (vote != candidate) {
            vote = candidate;
            unrecorded = true;
        }
    }

    boolean voteIsDurable() {
        return !unrecorded && records.isDurable(voteRecord);
    }

    /// {@return whether term or vote must be persisted}
    boolean hasHardStateToPersist() {
        return unrecorded;
    }

    HardState hardState() {
        return new HardState(term, vote, log.commit());
    }

    void hardStateIsIn(long record) {
        if (unrecorded) {
            unrecorded = false;
            voteRecord = record;
        }
    }

    void append(Entry entry) {
        log.append(entry);
        membership.appended(entry);
    }

    void truncateFrom(long index) {
        log.truncateFrom(index);
        membership.truncatedFrom(index);
    }

    /// Everything up to `index` is committed; changes of the configuration take effect.
    void commitTo(long index) {
        if (index > log.commit()) {
            log.commitTo(index);
            if (membership.committedTo(index) && role instanceof Leader lead) {
                lead.configurationChanged();
            }
        }
    }

    boolean isInstalling() {
        return installing != null;
    }

    void install(SnapshotMeta meta) {
        assert installing == null : installing + " then " + meta;
        installing = meta;
        out.install = meta;
    }

    void installed(SnapshotMeta meta) {
        assert meta.equals(installing) : installing + " then " + meta;
        installing = null;
        log.startBehind(meta.at());
        membership.replaced(meta.configuration(), meta.configurationIndex());
    }

    void installAbandoned() {
        installing = null;
        out.install = null;
    }

    Version lastVersion() {
        return log.lastVersion();
    }

    private void enterTerm(long newTerm) {
        assert newTerm >= term : newTerm + " after " + term;
        // A vote lasts as long as its term, through every change of role.
        if (newTerm > term) {
            term = newTerm;
            vote = HardState.NOBODY;
            unrecorded = true;
        }
    }
}
