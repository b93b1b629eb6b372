package norikv.host;

import java.util.List;
import norikv.observe.Counter;
import norikv.observe.Event;
import norikv.observe.Histogram;
import norikv.observe.Label;
import norikv.observe.Meter;
import norikv.raft.HardState;
import norikv.raft.Now;
import norikv.work.Clock;

/// What the host counts.
final class HostMetrics {
    private final Histogram commits;
    private final Histogram entries;
    private final Histogram groups;

    private final Histogram reads;
    private final Counter elected;
    private final Counter steppedDown;
    private final Counter leaderChanges;
    private final Counter misdirected;
    private final Counter refusedAppends;
    private final Event.Sink events;

    HostMetrics(Meter meter, Event.Sink events, Clock clock, List<Replica> replicas) {
        this.events = events;
        reads =
                meter.amounts(
                        "norikv_raft_read_batch_reads",
                        "Reads that shared one question to a majority.");
        elected =
                meter.counter(
                        "norikv_raft_leaders_elected_total",
                        "Times that a replica here became the leader of its group.");
        steppedDown =
                meter.counter(
                        "norikv_raft_leaders_stepped_down_total",
                        "Times that a replica here ceased to be the leader of its group.");
        leaderChanges =
                meter.counter(
                        "norikv_raft_leader_changes_total",
                        "Times that a replica here heard of another leader of its group.");
        commits =
                meter.durations(
                        "norikv_raft_commit_duration_seconds",
                        "Time from giving a batch to the log to knowing it committed.");
        entries =
                meter.amounts("norikv_raft_pass_entries", "Proposals in one batch of the log.");
        misdirected =
                meter.counter(
                        "norikv_raft_messages_misdirected_total",
                        "Messages of other nodes for groups that are not here.");
        refusedAppends =
                meter.counter(
                        "norikv_raft_appends_refused_total",
                        "Appends of leaders that found no room here, or too much not flushed.");
        groups = meter.amounts("norikv_raft_pass_groups", "Groups in one batch of the log.");
        roles(meter, clock, replicas);
        health(meter, replicas);
    }

    private static void roles(Meter meter, Clock clock, List<Replica> replicas) {
        String help = "Groups with a replica here, by role.";
        meter.gauge(
                "norikv_raft_groups",
                help,
                () -> replicas.stream().filter(Replica::leads).count(),
                new Label("role", "leader"));
        meter.gauge(
                "norikv_raft_groups",
                help,
                () -> replicas.stream().filter(replica -> !replica.leads()).count(),
                new Label("role", "follower"));
        meter.gauge(
                "norikv_raft_leases",
                "Groups that are led here by a lease that holds.",
                () -> {
                    var now = new Now(clock.nanoTime(), clock.wallMillis());
                    return replicas.stream().filter(r -> r.lease().validAt(now)).count();
                });
        meter.gauge(
                "norikv_raft_term",
                "Term of the group here that is furthest.",
                () -> replicas.stream().mapToLong(Replica::term).max().orElse(0),
                new Label("stat", "max"));
    }

    private static void health(Meter meter, List<Replica> replicas) {
        meter.gauge(
                "norikv_raft_groups_without_leader",
                "Groups that nobody is known here to lead.",
                () -> replicas.stream().filter(replica -> !replica.isServed()).count());
        meter.gauge(
                "norikv_raft_groups_quarantined",
                "Groups whose replica here cannot go on and is stopped.",
                () -> replicas.stream().filter(Replica::isQuarantined).count());
        meter.gauge(
                "norikv_raft_apply_lag_entries",
                "Committed entries that are not applied, of the group with the most.",
                () -> replicas.stream().mapToLong(Replica::applyLag).max().orElse(0),
                new Label("stat", "max"));
    }

    /// What is known of a group's leader was published.
    ///
    /// @param leadTerm the term that `replica` led before; 0 if it did not
    /// @param leader the number of the node that it took for the leader before
    void published(Replica replica, long leadTerm, long leader) {
        int shard = replica.shard.number();
        if (leadTerm != 0 && leadTerm != replica.leadTerm()) {
            steppedDown.increment();
            events.publish(new Event.Raft.StepDown(shard, leadTerm));
        }
        if (replica.leadTerm() != 0 && leadTerm != replica.leadTerm()) {
            elected.increment();
            events.publish(
                    new Event.Raft.LeaderElected(
                            shard, replica.leadTerm(), replica.leaderName()));
        }
        if (replica.leader() != leader && replica.leader() != HardState.NOBODY) {
            leaderChanges.increment();
        }
    }

    /// So many reads share one question.
    void asked(int readCount) {
        reads.record(readCount);
    }

    /// A message came for a group that is not here.
    void misdirected() {
        misdirected.add(1);
    }

    /// Entries of a leader were not taken for want of room, or because too much is not flushed.
    void refusedAppend() {
        refusedAppends.add(1);
    }

    void passed(int entryCount, int groupCount) {
        entries.record(entryCount);
        groups.record(groupCount);
    }

    void committed(long nanos) {
        commits.record(nanos);
    }
}
