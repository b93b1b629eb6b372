package norikv.host;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import norikv.domain.ErrorCode;
import norikv.domain.NodeId;
import norikv.domain.NoriException;
import norikv.domain.Placement;
import norikv.domain.Reply;
import norikv.domain.Request;
import norikv.port.KeyValue;
import norikv.port.Storage;
import norikv.raft.HardState;
import norikv.raft.Now;
import norikv.raft.Refusal;
import norikv.raft.Status;
import norikv.raftlog.RaftLog;
import norikv.work.Step;

/// What operators ask of the shards of one worker: where they stand, that another node leads, what
/// they hash to at a place.
///
/// **Leaders.** Who is told that it should lead, as the target of a move, keeps the shard for
/// [#STAY_NANOS] or until it restarts, though another node is preferred: [Balance] leaves it alone.
/// **Places.** While somebody waits for a place nothing beyond it is applied until the view is
/// taken, so that replicas can be compared while they are written to. **Threads.** The worker's.
/// **Limits.** [#ORDERS_MAX] wait at a time; those beyond are refused.
final class Steering {
    /// How long a shard stays where an operator moved it.
    static final long STAY_NANOS = TimeUnit.MINUTES.toNanos(10);

    /// The most that wait.
    static final int ORDERS_MAX = 64;

    private static final long RETRY_MILLIS = 100;

    private final RaftLog log;
    private final Storage storage;
    private final Placement placement;
    private final BiConsumer<Replica, Runnable> guarded;
    private final Applying applying;
    private final Hashes hashes;
    private final List<Waiting> waiting = new ArrayList<>();

    /// What is not answered yet.
    private sealed interface Waiting {
        HostMessage.Steered order();

        /// @param term in which this replica led
        record Move(HostMessage.Steered order, int to, long term) implements Waiting {}

        record Place(HostMessage.Steered order, long index) implements Waiting {}
    }

    Steering(
            WorkerParts parts, BiConsumer<Replica, Runnable> guarded, Applying applying) {
        this.log = parts.log();
        this.storage = parts.storage();
        this.placement = parts.placement();
        this.guarded = guarded;
        this.applying = applying;
        this.hashes = new Hashes(parts.shards(), parts.fetches(), parts.clock());
    }

    /// {@return what tells the worker of `replica`} **Threads.** Any.
    static HostMessage message(
            Replica replica,
            Request.OfShard order,
            long deadlineNanos,
            RaftLog log,
            KeyValue.Answer answer) {
        // Looks at each entry: not for the worker.
        boolean isShow = order instanceof Request.ShowReplica;
        long logBytes = isShow ? log.bytes(replica.group) : 0;
        return new HostMessage.Steered(
                replica,
                order,
                deadlineNanos,
                reply ->
                        answer.reply(
                                reply instanceof Reply.Replica shown
                                        ? shown.withLogBytes(logBytes)
                                        : reply));
    }

    /// Does what is asked, or begins to.
    void take(HostMessage.Steered order, Now now) {
        switch (order.order) {
            case Request.ShowReplica _ -> order.answer.reply(show(order.replica));
            case Request.MoveLeader(_, var to) -> move(order, to, now);
            case Request.HashShard(_, var index) -> hash(order, index);
        }
    }

    /// Looks at those that wait.
    ///
    /// @return when to look again
    long run(Now now) {
        if (waiting.isEmpty()) {
            return Step.UNTIL_WOKEN;
        }
        List<Waiting> before = List.copyOf(waiting);
        waiting.clear();
        for (Waiting each : before) {
            Optional<Reply> answer = look(each, now);
            if (answer.isPresent()) {
                each.order().answer.reply(answer.get());
            } else if (!isTaken(each)) {
                waiting.add(each);
            }
        }
        before.forEach(each -> letApply(each.order().replica));
        long next = Step.UNTIL_WOKEN;
        for (Waiting each : waiting) {
            next = Math.min(next, each.order().deadlineNanos);
        }
        return next;
    }

    /// Refuses who still waits, and lets go of all views. The loop and the pool have ended.
    void finish() {
        waiting.forEach(each -> each.order().answer.reply(Refusals.closed().toReply()));
        waiting.clear();
        hashes.finish();
    }

    /// {@return where the replica stands} But for the bytes of its log: who asked looks at those.
    private Reply show(Replica replica) {
        Storage.Applied applied = storage.applied(replica.shard);
        Status status = replica.core.status();
        return new Reply.Replica(
                role(replica, status),
                replica.leaderName(),
                status.term(),
                log.firstIndex(replica.group),
                status.last(),
                status.commit(),
                applied.at(),
                applied.logTimeMillis(),
                0);
    }

    private static Reply.Role role(Replica replica, Status status) {
        if (replica.isQuarantined()) {
            return Reply.Role.STOPPED;
        }
        if (replica.isDiverged()) {
            return Reply.Role.DIVERGED;
        }
        if (replica.isRebuilding() || replica.isPaused) {
            return Reply.Role.REBUILDING;
        }
        return switch (status.part()) {
            case FOLLOWER -> Reply.Role.FOLLOWER;
            case PRE_CANDIDATE, CANDIDATE -> Reply.Role.CANDIDATE;
            case LEADER -> Reply.Role.LEADER;
        };
    }

    private void move(HostMessage.Steered order, NodeId to, Now now) {
        Replica replica = order.replica;
        int target = placement.number(to).orElse(0);
        if (replica.isQuarantined()) {
            order.answer.reply(Refusals.quarantined(replica).toReply());
        } else if (target == 0 || !placement.holds(target, replica.shard)) {
            order.answer.reply(noHolder(replica, to).toReply());
        } else if (target == replica.self()) {
            replica.stay(now.nanos() + STAY_NANOS);
            order.answer.reply(new Reply.Led(replica.leaderName(), replica.term()));
        } else if (!replica.core.isLeader()) {
            order.answer.reply(Refusals.of(Refusal.NOT_LEADER, replica, now).toReply());
        } else if (!replica.mayLead(target, now.nanos())) {
            order.answer.reply(unable(replica, to, "it says that its replica is damaged"));
        } else if (waiting.size() == ORDERS_MAX) {
            order.answer.reply(Refusals.tooMuchWaits().toReply());
        } else {
            replica.stay(Long.MIN_VALUE);
            long term = replica.core.term();
            var refusal = new Refusal[1];
            guarded.accept(
                    replica,
                    () -> refusal[0] = replica.core.transfer(now, target).orElse(null));
            if (refusal[0] == null) {
                waiting.add(new Waiting.Move(order, target, term));
            } else {
                order.answer.reply(Refusals.of(refusal[0], replica).toReply());
            }
        }
    }

    private NoriException noHolder(Replica replica, NodeId to) {
        String holders =
                IntStream.of(placement.holders(replica.shard))
                        .mapToObj(number -> placement.node(number).name())
                        .collect(Collectors.joining(", "));
        return NoriException.invalid(
                "shard %s: one of the nodes that hold it, %s, got %s"
                        .formatted(replica.shard, holders, to));
    }

    private static Reply unable(Replica replica, NodeId to, String why) {
        return new Reply.Failed(
                ErrorCode.UNAVAILABLE,
                "shard %s: %s cannot take over, %s: %s"
                        .formatted(
                                replica.shard,
                                to,
                                replica.leaderName().isEmpty()
                                        ? "and nobody is known to lead"
                                        : replica.leaderName() + " leads on",
                                why),
                0);
    }

    private void hash(HostMessage.Steered order, long index) {
        Replica replica = order.replica;
        if (replica.isQuarantined()) {
            order.answer.reply(Refusals.quarantined(replica).toReply());
        } else if (waiting.size() == ORDERS_MAX) {
            order.answer.reply(Refusals.tooMuchWaits().toReply());
        } else {
            long wanted = index == 0 ? replica.appliedIndex() : index;
            waiting.add(new Waiting.Place(order, wanted));
            letApply(replica);
        }
    }

    /// Lets the replica apply up to the first place that somebody waits for.
    private void letApply(Replica replica) {
        long upTo = Long.MAX_VALUE;
        for (Waiting each : waiting) {
            if (each instanceof Waiting.Place(var order, var index) && order.replica == replica) {
                upTo = Math.min(upTo, index);
            }
        }
        replica.applyUpTo(upTo);
        applying.add(replica);
    }

    /// {@return what is answered now, if anything is}
    private Optional<Reply> look(Waiting each, Now now) {
        Replica replica = each.order().replica;
        if (replica.isQuarantined()) {
            return Optional.of(Refusals.quarantined(replica).toReply());
        }
        boolean isLate = now.nanos() >= each.order().deadlineNanos;
        return switch (each) {
            case Waiting.Move move -> look(replica, move, isLate);
            case Waiting.Place place -> look(replica, place, isLate);
        };
    }

    private Optional<Reply> look(Replica replica, Waiting.Move move, boolean isLate) {
        NodeId to = placement.node(move.to());
        long leader = replica.core.leader();
        boolean leadsOn = replica.core.isLeader() && replica.core.term() == move.term();
        if (leader == move.to() && replica.core.term() > move.term()) {
            return Optional.of(new Reply.Led(to.name(), replica.core.term()));
        }
        if (!leadsOn && leader != HardState.NOBODY) {
            String other = placement.node(leader).name();
            return Optional.of(unable(replica, to, other + " was elected meanwhile"));
        }
        if (leadsOn && replica.core.status().transferTarget() == HardState.NOBODY) {
            return Optional.of(unable(replica, to, standing(replica, move.to())));
        }
        return isLate
                ? Optional.of(late("shard %s: not led by %s yet".formatted(replica.shard, to)))
                : Optional.empty();
    }

    /// {@return what this leader knows of the node that did not take over}
    private static String standing(Replica replica, int to) {
        Status status = replica.core.status();
        return status.followers().stream()
                .filter(follower -> follower.id() == to)
                .findFirst()
                .map(
                        f ->
                                "it was heard %d ms ago and has the log to %d of %d"
                                        .formatted(
                                                f.silentNanos() / 1_000_000,
                                                f.match(),
                                                status.last().index()))
                .orElse("nothing is known of it");
    }

    private static Optional<Reply> look(
            Replica replica, Waiting.Place place, boolean isLate) {
        long applied = replica.appliedIndex();
        if (applied > place.index()) {
            String past =
                    "shard %s: index %d expected, %d is applied already"
                            .formatted(replica.shard, place.index(), applied);
            return Optional.of(new Reply.Failed(ErrorCode.UNAVAILABLE, past, RETRY_MILLIS));
        }
        return isLate && applied < place.index()
                ? Optional.of(
                        late(
                                "shard %s: index %d expected, %d is applied"
                                        .formatted(replica.shard, place.index(), applied)))
                : Optional.empty();
    }

    private static Reply late(String what) {
        return new Reply.Failed(ErrorCode.DEADLINE_EXCEEDED, what, 0);
    }

    /// {@return whether the place has come: the view is taken, and the pool reads it}
    private boolean isTaken(Waiting each) {
        boolean isThere =
                each instanceof Waiting.Place(var order, var index)
                        && order.replica.appliedIndex() == index;
        if (isThere) {
            hashes.begin(each.order());
        }
        return isThere;
    }
}
