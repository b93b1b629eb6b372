package norikv.host;

import java.util.List;
import norikv.observe.Histogram;
import norikv.observe.Label;
import norikv.observe.Meter;

/// What the host counts.
final class HostMetrics {
    private final Histogram commits;
    private final Histogram entries;
    private final Histogram groups;

    HostMetrics(Meter meter, List<Replica> replicas) {
        commits =
                meter.durations(
                        "norikv_raft_commit_duration_seconds",
                        "Time from giving a batch to the log to knowing it committed.");
        entries =
                meter.amounts("norikv_raft_pass_entries", "Proposals in one batch of the log.");
        groups = meter.amounts("norikv_raft_pass_groups", "Groups in one batch of the log.");
        meter.gauge(
                "norikv_raft_groups",
                "Groups with a replica here, by role.",
                replicas::size,
                new Label("role", "leader"));
        meter.gauge(
                "norikv_raft_groups_without_leader",
                "Groups that nobody can read or write through this node.",
                () -> replicas.stream().filter(replica -> !replica.isReadable()).count());
        meter.gauge(
                "norikv_raft_apply_lag_entries",
                "Committed entries that are not applied, of the group with the most.",
                () -> replicas.stream().mapToLong(Replica::applyLag).max().orElse(0),
                new Label("stat", "max"));
    }

    void passed(int entryCount, int groupCount) {
        entries.record(entryCount);
        groups.record(groupCount);
    }

    void committed(long nanos) {
        commits.record(nanos);
    }
}
