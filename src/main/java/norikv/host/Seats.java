package norikv.host;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import norikv.domain.Placement;
import norikv.domain.Reply;
import norikv.domain.ShardId;
import norikv.raft.HardState;

/// Says who leads and holds each shard, as far as the replicas of one node know.
final class Seats {
    private Seats() {}

    /// @param byShard null where another node holds the shard; empty before the start
    static Reply.Topology of(Placement placement, Replica[] byShard) {
        List<Reply.Member> members =
                placement.nodes().stream()
                        .map(node -> new Reply.Member(node.name(), ""))
                        .toList();
        List<Reply.Seat> seats = new ArrayList<>(placement.totalShards());
        for (int number = 0; number < placement.totalShards(); number++) {
            List<Integer> holders =
                    Arrays.stream(placement.holders(new ShardId(number))).boxed().toList();
            boolean isHere = number < byShard.length && byShard[number] != null;
            long leader = isHere ? byShard[number].leader() : HardState.NOBODY;
            long term = leader == HardState.NOBODY ? 0 : byShard[number].term();
            seats.add(new Reply.Seat((int) leader, term, holders));
        }
        return new Reply.Topology(members, seats);
    }
}
