package norikv.host;

import java.util.ArrayDeque;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import norikv.bytes.Bytes;
import norikv.domain.NoriException;
import norikv.domain.Placement;
import norikv.domain.ShardId;
import norikv.domain.Version;
import norikv.port.Applier.Committed;
import norikv.port.Storage;
import norikv.raft.Entry;
import norikv.raft.HardState;
import norikv.raft.LeaseView;
import norikv.raft.Message;
import norikv.raft.Now;
import norikv.raft.Raft;
import norikv.raft.RaftOptions;
import norikv.raft.Recovered;
import norikv.raft.SnapshotMeta;
import norikv.raft.Status;
import norikv.raftlog.RaftLog;

/// This node's replica of one shard: its core, what is on its way to the log and to storage, and
/// what other threads may know of it.
///
/// **Threads.** Its worker's, but for the volatile fields, which only the worker writes.
final class Replica {
    /// What all replicas of a node are made with.
    ///
    /// @param self this node's number in `placement`
    /// @param isNew whether this is the first life of this store
    record Parts(
            RaftLog log,
            Storage storage,
            Placement placement,
            int self,
            RaftOptions raft,
            boolean isNew,
            RandomGenerator random) {}

    /// How long a peer counts as damaged that said so: it says so again and again.
    private static final long DAMAGED_NANOS = TimeUnit.SECONDS.toNanos(5);

    final ShardId shard;
    final int group;
    final int worker;
    final ReplicaLog log;
    final Raft core;

    private final Placement placement;
    private final long self;

    /// Whether nobody else has a vote: what is durable here is committed.
    final boolean isSole;

    /// Proposed and not yet given to the core.
    final ArrayDeque<HostMessage.Propose> inbox = new ArrayDeque<>();

    /// Committed, and not yet applied.
    final ArrayDeque<Committed> toApply = new ArrayDeque<>();

    /// Where there is a CHECK that is committed and not applied, in order.
    final ArrayDeque<Storage.Applied> checks = new ArrayDeque<>();

    /// What of the log is kept for followers.
    final LogHold hold = new LogHold();

    /// The place of this replica among its worker's.
    int slot;

    /// Whether it is in the worker's line of those with something ready, or of those to apply.
    boolean isDirty;

    boolean isToApply;

    /// The applier has left entries behind and will say when to go on.
    boolean isStalled;

    boolean isFetching;

    /// Nothing is applied: what is stored of the shard is damaged and about to be replaced.
    boolean isPaused;

    /// No entries are taken: another replica's state is about to take the place of what is
    /// here.
    boolean takesNoEntries;

    /// Whether something that is stored of it is damaged: it should not lead.
    boolean isDamaged;

    /// The peer that said last that it is damaged, and until when that counts.
    private long damagedPeer;

    private long damagedUntilNanos = Long.MIN_VALUE;

    /// Until when it keeps leading though another node is preferred: an operator wants it.
    private long staysUntilNanos = Long.MIN_VALUE;

    /// Nothing beyond this index is applied yet: somebody wants the shard as it stands there.
    private long applyUpTo = Long.MAX_VALUE;

    /// Whether it waits for the shard as another replica has it, and meanwhile campaigns not.
    private volatile boolean isRebuilding;

    /// Messages that promise what a record says that is not durable yet.
    private final ArrayDeque<Promise> promises = new ArrayDeque<>();

    /// How long nobody leads before that is more than an election.
    private final long electionNanos;

    /// Since when nobody is known to lead; [Long#MAX_VALUE]: somebody is.
    private long forsakenNanos;

    private long recordHandedOver;
    private long recordDurable;

    private volatile LeaseView lease;
    private volatile long leader = HardState.NOBODY;
    private volatile long term;
    private volatile LogTime time = LogTime.NONE;
    private volatile boolean readsFreely;
    private volatile boolean isQuarantined;
    private volatile long leadTerm;

    /// Whether it holds something else than most replicas: nobody may read it.
    private volatile boolean isDiverged;

    private volatile long appliedIndex;
    private volatile long committedIndex;

    private record Promise(long record, List<Message> messages) {}

    private Replica(ShardId shard, int workers, Parts parts, Storage.Applied applied, Now now) {
        this.shard = shard;
        this.group = groupOf(shard);
        this.worker = group % workers;
        this.log = new ReplicaLog(group, parts.log(), applied);
        this.placement = parts.placement();
        this.self = parts.self();
        this.isSole = parts.placement().replicationFactor() == 1;
        norikv.raftlog.HardState durable = parts.log().hardState(group);
        long index = applied.at().index();
        var hard = new HardState(durable.term(), durable.vote(), durable.commit());
        boolean hasFirst = index >= Founding.AT.index();
        this.core =
                Raft.start(
                        parts.raft(),
                        group,
                        parts.self(),
                        new Recovered(
                                hard,
                                index,
                                Founding.voters(placement, shard),
                                hasFirst ? Founding.AT.index() : 0,
                                hasFirst ? List.of() : Founding.first(parts.log(), group),
                                parts.isNew()),
                        log,
                        parts.random(),
                        now);
        this.lease = core.lease();
        this.electionNanos = parts.raft().electionMaxNanos();
        this.forsakenNanos = now.nanos();
        this.appliedIndex = index;
        this.committedIndex = Math.max(index, hard.commit());
    }

    /// {@return the group of a shard} Group 0 is the cluster's own.
    static int groupOf(ShardId shard) {
        return shard.number() + 1;
    }

    /// Finds where `shard` stands in storage and log, which must fit.
    ///
    /// **Errors.** [NoriException.Corruption]: storage has applied what the log does not hold, or
    /// the log does not reach back to what storage has applied.
    static Replica recover(ShardId shard, int workers, Parts parts, Now now) {
        int group = groupOf(shard);
        RaftLog log = parts.log();
        Storage.Applied applied = parts.storage().applied(shard);
        Version at = applied.at();
        long first = log.firstIndex(group);
        long last = log.lastIndex(group);
        if (at.index() > last || at.index() < first - 1) {
            throw new NoriException.Corruption(
                    "shard %s: the log reaches from what is applied, %s, to its end, got %d to %d"
                            .formatted(shard, at, first, last));
        }
        if (log.term(group, at.index()) != at.term()) {
            throw new NoriException.Corruption(
                    "shard %s: the entry that is applied last is %s, got term %d in the log"
                            .formatted(shard, at, log.term(group, at.index())));
        }
        return new Replica(shard, workers, parts, applied, now);
    }

    /// Notes that `record` was put into a batch, with what must wait until it is durable. Without a
    /// new record they wait for the last one.
    ///
    /// @return whether the messages may leave now
    boolean mustWait(long record, List<Message> messages) {
        recordHandedOver = Math.max(recordHandedOver, record);
        if (recordHandedOver == recordDurable) {
            return false;
        }
        if (!messages.isEmpty()) {
            promises.addLast(new Promise(recordHandedOver, List.copyOf(messages)));
        }
        return true;
    }

    /// `record` and all before it are durable.
    void persisted(Now now, long record, Outbox outbox) {
        recordDurable = record;
        core.persisted(now, record);
        while (!promises.isEmpty() && promises.getFirst().record() <= record) {
            promises.removeFirst()
                    .messages()
                    .forEach(message -> outbox.add(this, message, now.wallMillis()));
        }
    }

    /// Entries are committed and durable here, the next ones to apply.
    void committed(List<Entry> entries) {
        for (int i = 0; i < entries.size(); i++) {
            Entry entry = entries.get(i);
            boolean isMembership = entry.kind() == Entry.Kind.CONFIGURATION;
            if (isMembership && !entry.at().equals(Founding.AT)) {
                throw new IllegalStateException(
                        "group %d entry %s: membership is fixed, got a change"
                                .formatted(group, entry.at()));
            }
            var kind = isMembership ? Committed.Kind.CONFIGURATION : Committed.Kind.COMMAND;
            // What is of the host is nothing to the state machine but a place and a time.
            Bytes command = entry.kind() == Entry.Kind.HOST ? Bytes.EMPTY : entry.command();
            toApply.addLast(new Committed(entry.at(), entry.logTimeMillis(), kind, command));
        }
        committedIndex = entries.getLast().index();
    }

    /// The first `count` entries of [#toApply] are applied.
    void applied(Now now, int count) {
        Committed last = null; // none was
        for (int i = 0; i < count; i++) {
            last = toApply.removeFirst();
        }
        if (last != null) {
            log.applied(last.at().index(), last.logTimeMillis());
            core.applied(now, last.at().index());
            appliedIndex = last.at().index();
        }
    }

    /// {@return whether all that was handed out is durable, and applied or never will be}
    boolean isQuiet() {
        return recordHandedOver == recordDurable && (toApply.isEmpty() || isPaused);
    }

    /// {@return what is to be known of the shard where it stands at `place`}
    SnapshotMeta meta(Storage.Applied place) {
        Status status = core.status();
        return new SnapshotMeta(
                place.at(),
                place.logTimeMillis(),
                status.configuration(),
                status.configurationIndex());
    }

    /// {@return whether all that the core took in is durable, whatever of it is applied}
    boolean isDurable() {
        return recordHandedOver == recordDurable && core.unrecordedEntries() == 0;
    }

    /// `peer` said that it is damaged.
    void damagedPeer(long peer, long nowNanos) {
        damagedPeer = peer;
        damagedUntilNanos = nowNanos + DAMAGED_NANOS;
    }

    /// {@return whether `peer` is not known to be damaged: it may lead}
    boolean mayLead(long peer, long nowNanos) {
        return peer != damagedPeer || nowNanos >= damagedUntilNanos;
    }

    /// An operator wants this node to lead, until then.
    void stay(long untilNanos) {
        staysUntilNanos = untilNanos;
    }

    /// {@return whether this node is to lead because an operator wants it}
    boolean isToStay(long nowNanos) {
        return nowNanos < staysUntilNanos;
    }

    /// Applies nothing beyond `index`; [Long#MAX_VALUE]: whatever comes.
    void applyUpTo(long index) {
        applyUpTo = index;
    }

    /// {@return whether the next entry waits, because nothing beyond a place is to be applied yet}
    boolean isAtStop() {
        return appliedIndex >= applyUpTo;
    }

    /// {@return how many entries may be applied before that, or before it is to be seen how the
    /// shard stands at a CHECK}
    long untilStop() {
        long check = checks.isEmpty() ? applyUpTo : checks.getFirst().at().index();
        return Math.min(applyUpTo, check) - appliedIndex;
    }

    boolean isRebuilding() {
        return isRebuilding;
    }

    void rebuilding(boolean is) {
        isRebuilding = is;
    }

    /// Another replica's state at `place`, which is not before what was applied, took the place of
    /// that here; the log stays.
    void rebuilt(Now now, Storage.Applied place) {
        while (!toApply.isEmpty() && toApply.getFirst().at().index() <= place.at().index()) {
            toApply.removeFirst();
        }
        log.applied(place.at().index(), place.logTimeMillis());
        core.rebuilt(now, place.at());
        appliedIndex = place.at().index();
        committedIndex = Math.max(committedIndex, appliedIndex);
    }

    boolean isDiverged() {
        return isDiverged;
    }

    /// {@return whether it may serve clients, if it has what they want}
    boolean isWell() {
        return !isQuarantined && !isDiverged;
    }

    void diverged(boolean is) {
        isDiverged = is;
    }

    /// Another replica's state at `place`, which is beyond what was applied, took the place of that
    /// here, and of the log.
    void installed(Storage.Applied place) {
        assert place.at().index() > appliedIndex : place + " after " + appliedIndex;
        toApply.clear(); // empty, unless nothing was applied any more
        log.installed(place);
        appliedIndex = place.at().index();
        committedIndex = Math.max(committedIndex, appliedIndex);
    }

    /// Lets others know where the core stands. Before any message of this pass leaves.
    void publish(Now now) {
        boolean leads = core.isLeader();
        lease = core.lease();
        leader = core.leader();
        if (leader != HardState.NOBODY) {
            forsakenNanos = Long.MAX_VALUE;
        } else if (forsakenNanos == Long.MAX_VALUE) {
            forsakenNanos = now.nanos();
        }
        leadTerm = leads ? core.term() : 0;
        term = core.term();
        time = leads ? new LogTime(core.logTimeMillis(now), now.nanos()) : LogTime.NONE;
        readsFreely = isSole && leads && core.knowsCommitted();
    }

    /// Serves nobody from now on, and takes no part in its group.
    void quarantine() {
        isQuarantined = true;
        readsFreely = false;
        leader = HardState.NOBODY;
        time = LogTime.NONE;
        leadTerm = 0;
        lease = LeaseView.NONE;
        toApply.clear();
    }

    boolean isQuarantined() {
        return isQuarantined;
    }

    LeaseView lease() {
        return lease;
    }

    /// {@return the number of the node that leads, as far as this replica knows; 0 if it does not}
    long leader() {
        return leader;
    }

    /// {@return the term that this replica is in}
    long term() {
        return term;
    }

    /// {@return the name of that node, empty if it is not known}
    String leaderName() {
        long number = leader;
        return number == HardState.NOBODY ? "" : placement.node(number).name();
    }

    /// {@return the number of the node that should lead}
    long preferred() {
        return placement.holders(shard)[0];
    }

    /// {@return whether this one should lead the group, which never had a leader as far as is known
    /// here, and node `peer` has a vote}
    boolean shouldBegin(long peer) {
        return placement.holds((int) peer, shard)
                && isPreferred()
                && core.term() == 0
                && !isRebuilding;
    }

    /// {@return the number of this node}
    long self() {
        return self;
    }

    boolean isPreferred() {
        return preferred() == self;
    }

    boolean leads() {
        return time != LogTime.NONE;
    }

    /// {@return the term that this replica leads; 0 if it does not}
    long leadTerm() {
        return leadTerm;
    }

    /// {@return whether every read is linearizable here, without asking anybody}
    boolean readsFreely() {
        return readsFreely;
    }

    /// {@return what the next entry would be stamped with; 0 if this replica does not lead}
    long logTimeMillis(long nowNanos, long wallMillis) {
        return time.read(nowNanos, wallMillis);
    }

    long appliedIndex() {
        return appliedIndex;
    }

    /// {@return how many entries that are known to be committed are not applied}
    long applyLag() {
        return committedIndex - appliedIndex;
    }

    /// {@return whether nobody has been known to lead for longer than an election takes: too few
    /// replicas can be reached from here}
    boolean isForsaken(Now now) {
        return forsakenNanos != Long.MAX_VALUE && now.nanos() - forsakenNanos >= electionNanos;
    }

    /// {@return whether clients can be served: here, or by the leader that is known}
    boolean isServed() {
        return isSole ? readsFreely : leader != HardState.NOBODY;
    }

    /// {@return whether nothing that was proposed here is on its way to log or storage}
    boolean isSettled() {
        return isQuarantined
                || isPaused
                || inbox.isEmpty()
                && toApply.isEmpty()
                && recordHandedOver == recordDurable
                && (!core.isLeader() || core.lastIndex() == appliedIndex);
    }
}
