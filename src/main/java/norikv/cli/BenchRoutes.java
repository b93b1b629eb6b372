package norikv.cli;

import java.util.List;
import norikv.bytes.Bytes;
import norikv.domain.Consistency;
import norikv.domain.Reply;
import norikv.domain.Request;
import norikv.domain.ShardSet;
import norikv.domain.Sharding;

/// Which node of a benchmark each request goes to: the one that was last seen to lead its shard, or
/// any where that does not matter.
///
/// **Threads.** Confined to one.
final class BenchRoutes {
    private static final int UNKNOWN = -1;

    private final List<String> nodes;
    private final Sharding sharding;
    private final int[] leaders;

    /// @param nodes what each of them calls itself
    BenchRoutes(List<String> nodes, Sharding sharding) {
        this.nodes = List.copyOf(nodes);
        this.sharding = sharding;
        this.leaders = new int[sharding.totalShards()];
        java.util.Arrays.fill(leaders, UNKNOWN);
    }

    /// {@return the number of the node that `request` goes to}
    ///
    /// @param home where it goes if all will do, or nothing is known
    int nodeOf(Request request, int home) {
        Bytes key = keyOf(request);
        int leader = key.isEmpty() ? UNKNOWN : leaders[sharding.shardOf(key).number()];
        return leader == UNKNOWN ? home : leader;
    }

    /// A node that is not the leader said who is.
    ///
    /// @param asked the node that was asked
    /// @param leader what the leader calls itself; empty where that node does not know
    /// @return whether another node was named, that can be asked at once
    boolean redirect(Request request, int asked, String leader) {
        Bytes key = keyOf(request);
        if (key.isEmpty() || nodes.size() == 1) {
            return false;
        }
        int named = nodes.indexOf(leader);
        boolean isOther = named >= 0 && named != asked;
        leaders[sharding.shardOf(key).number()] = isOther ? named : (asked + 1) % nodes.size();
        return isOther;
    }

    /// A node told who leads what.
    void learn(Reply.Topology topology) {
        List<Reply.Seat> seats = topology.seats();
        for (int shard = 0; shard < Math.min(leaders.length, seats.size()); shard++) {
            int member = seats.get(shard).leader() - 1;
            int node = member < 0 ? UNKNOWN : nodes.indexOf(topology.members().get(member).name());
            if (node >= 0) {
                leaders[shard] = node;
            }
        }
    }

    /// {@return the shards that `node` is believed to lead; the first one has those, too, of which
    /// nothing is known}
    ShardSet ledBy(int node) {
        return ShardSet.of(leaders.length, shard -> Math.max(0, leaders[shard]) == node);
    }

    /// {@return the key whose shard decides; empty if nothing does}
    private static Bytes keyOf(Request request) {
        return switch (request) {
            case Request.Get(_, var level, _) when level == Consistency.STALE -> Bytes.EMPTY;
            case Request.Single single -> single.key();
            case Request.Batch(var operations) ->
                    operations.isEmpty() ? Bytes.EMPTY : operations.getFirst().key();
            case Request.Scan _, Request.ScanPart _, Request.Admin _ -> Bytes.EMPTY;
        };
    }
}
