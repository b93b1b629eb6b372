package norikv.cli;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import norikv.client.Norikv;
import norikv.domain.NoriException;
import norikv.domain.Reply;

/// A cluster as all of its nodes that answer know it: each is asked once.
///
/// @param seats by shard, of each what the node with the newest term says
/// @param statuses by node, of those that answered
/// @param troubles by node, why it did not
record ClusterView(
        List<Reply.Member> members,
        List<Reply.Seat> seats,
        Map<String, Reply.Status> statuses,
        Map<String, String> troubles) {

    static ClusterView of(Norikv client) {
        Reply.Topology first = client.topology();
        List<Reply.Seat> seats = new ArrayList<>(first.seats());
        Map<String, Reply.Status> statuses = new LinkedHashMap<>();
        Map<String, String> troubles = new LinkedHashMap<>();
        for (Reply.Member member : first.members()) {
            try {
                statuses.put(member.name(), client.status(member.name()));
                merge(seats, client.topology(member.name()).seats());
            } catch (NoriException e) {
                troubles.put(member.name(), e.getMessage());
            }
        }
        return new ClusterView(first.members(), seats, statuses, troubles);
    }

    static void merge(List<Reply.Seat> seats, List<Reply.Seat> others) {
        for (int shard = 0; shard < Math.min(seats.size(), others.size()); shard++) {
            if (others.get(shard).term() > seats.get(shard).term()) {
                seats.set(shard, others.get(shard));
            }
        }
    }

    /// {@return what a node says of itself under `fact`; empty if it did not}
    Optional<String> fact(String node, String fact) {
        Reply.Status status = statuses.get(node);
        return status == null ? Optional.empty() : Optional.ofNullable(status.facts().get(fact));
    }

    /// {@return `ready`, `not ready` or `unreachable`}
    String state(String node) {
        Reply.Status status = statuses.get(node);
        if (status == null) {
            return "unreachable";
        }
        return status.isReady() ? "ready" : "not ready";
    }

    /// {@return how many shards nobody is known to lead}
    long withoutLeader() {
        return seats.stream().filter(seat -> seat.leader() == 0).count();
    }

    /// {@return the name of the node that leads, `-` if it is not known}
    String leader(Reply.Seat seat) {
        return seat.leader() == 0 ? "-" : members.get(seat.leader() - 1).name();
    }

    String holders(Reply.Seat seat) {
        return seat.holders().stream()
                .map(number -> members.get(number - 1).name())
                .collect(Collectors.joining(","));
    }
}
