package norikv.host;

import java.util.List;
import java.util.stream.Collectors;
import norikv.domain.Placement;
import norikv.observe.Counter;
import norikv.observe.Event;
import norikv.observe.Label;
import norikv.observe.Meter;
import norikv.port.ShardStore.Digest;

/// What is counted and told of the comparisons of replicas.
final class CheckMetrics {
    private static final String NAME = "norikv_raft_checks_total";
    private static final String HELP =
            "Comparisons of the replicas of a shard that this node heard the outcome of.";

    private final Placement placement;
    private final Event.Sink events;
    private final Counter agreed;
    private final Counter diverged;
    private final Counter split;
    private final Counter unread;

    CheckMetrics(Meter meter, Event.Sink events, Placement placement, List<Replica> replicas) {
        this.placement = placement;
        this.events = events;
        this.agreed = meter.counter(NAME, HELP, new Label("outcome", "agreed"));
        this.diverged = meter.counter(NAME, HELP, new Label("outcome", "diverged"));
        this.split = meter.counter(NAME, HELP, new Label("outcome", "split"));
        this.unread =
                meter.counter(
                        "norikv_raft_checks_unread_total",
                        "Comparisons for which this node has not read what its replica holds.");
        meter.gauge(
                "norikv_raft_groups_diverged",
                "Groups whose replica here holds something else than most, and is stopped.",
                () -> replicas.stream().filter(Replica::isDiverged).count());
    }

    /// What replicas hold was compared.
    void compared(Replica replica, HostEntry.Verify verify, Comparison outcome) {
        int shard = replica.shard.number();
        long index = verify.place().at().index();
        if (outcome.isSplit()) {
            split.increment();
            events.publish(new Event.Check.Split(shard, index, names(verify)));
        } else if (outcome.strays().isEmpty()) {
            agreed.increment();
            events.publish(new Event.Check.Agreed(shard, index, verify.digests().size()));
        } else {
            diverged.increment();
            Digest right = outcome.right().orElseThrow();
            for (long stray : outcome.strays()) {
                events.publish(
                        new Event.Check.Diverged(
                                shard,
                                index,
                                placement.node(stray).name(),
                                text(verify.digests().get(stray)),
                                text(right)));
            }
        }
    }

    private String names(HostEntry.Verify verify) {
        return verify.digests().entrySet().stream()
                .map(each -> placement.node(each.getKey()).name() + "=" + text(each.getValue()))
                .collect(Collectors.joining(" "));
    }

    static String text(Digest digest) {
        return "%d:%016x".formatted(digest.rows(), digest.hash());
    }

    /// A replica has no digest of a CHECK, and will have none.
    void unread() {
        unread.increment();
    }
}
