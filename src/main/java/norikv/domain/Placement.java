package norikv.domain;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import norikv.bytes.Bytes;
import norikv.bytes.Xxh64;

/// Which nodes of a cluster hold which shard: a ring of the nodes, in the order of the hashes of
/// their names, on which shard `s` begins at place `s mod nodes` and takes as many nodes as there
/// are replicas. The last shards, which are fewer than the nodes, take the ring in turns: each
/// begins where the one before ended, and once that comes round to where one began, the second of
/// its nodes is the first choice to lead it, and so on. So every node is first choice to lead the
/// same number of shards, and holds the same number, but for one.
///
/// It is computed once, when the cluster is made, and kept: nothing about it may depend on what
/// somebody writes into a file later. **Limits.** [#NODES_MAX] nodes.
///
/// @param nodes in the order of the ring
/// @param replicationFactor how many nodes hold each shard: at most as many as there are
public record Placement(List<NodeId> nodes, int totalShards, int replicationFactor) {
    /// The most nodes of one cluster.
    public static final int NODES_MAX = 1024;

    /// **Errors.** [NoriException.Malformed] when nodes are named twice, there are none or too
    /// many, or fewer than replicas.
    public Placement {
        nodes = List.copyOf(nodes);
        if (nodes.isEmpty() || nodes.size() > NODES_MAX) {
            throw NoriException.invalid(
                    "cluster.nodes: 1 to %d nodes, got %d".formatted(NODES_MAX, nodes.size()));
        }
        if (new HashSet<>(nodes).size() < nodes.size()) {
            throw NoriException.invalid("cluster.nodes: each node once, got " + nodes);
        }
        if (replicationFactor < 1 || replicationFactor > nodes.size()) {
            throw NoriException.invalid(
                    "cluster.replication_factor: 1 to %d, the number of nodes, got %d"
                            .formatted(nodes.size(), replicationFactor));
        }
    }

    /// {@return the placement over `nodes`, in whatever order they are named}
    public static Placement over(
            List<NodeId> nodes, int totalShards, int replicationFactor) {
        List<NodeId> ring = new ArrayList<>(nodes);
        ring.sort(
                Comparator.comparing(Placement::hash, Long::compareUnsigned)
                        .thenComparing(NodeId::name));
        return new Placement(ring, totalShards, replicationFactor);
    }

    /// {@return the number of a node, 1 … nodes, by which replicas call each other}
    public Optional<Integer> number(NodeId node) {
        int place = nodes.indexOf(node);
        return place < 0 ? Optional.empty() : Optional.of(place + 1);
    }

    /// {@return the node with this number}
    public NodeId node(long number) {
        return nodes.get((int) number - 1);
    }

    /// {@return whether a node has this number}
    public boolean hasNumber(long number) {
        return number >= 1 && number <= nodes.size();
    }

    /// {@return the numbers of the nodes that hold `shard`, the one that should lead it first}
    public int[] holders(ShardId shard) {
        int count = nodes.size();
        int turn = shard.number() - totalShards / count * count;
        boolean isLast = turn >= 0;
        int begin = (isLast ? turn * replicationFactor : shard.number()) % count;
        int first = isLast ? turn / (count / divisor(count, replicationFactor)) : 0;
        int[] holders = new int[replicationFactor];
        for (int i = 0; i < replicationFactor; i++) {
            holders[i] = (begin + (first + i) % replicationFactor) % count + 1;
        }
        return holders;
    }

    /// {@return the greatest number that divides both}
    private static int divisor(int a, int b) {
        return b == 0 ? a : divisor(b, a % b);
    }

    /// {@return whether the node with `number` holds `shard`}
    public boolean holds(int number, ShardId shard) {
        for (int holder : holders(shard)) {
            if (holder == number) {
                return true;
            }
        }
        return false;
    }

    /// {@return a number that differs where clusters were made differently}
    public long digest() {
        return Xxh64.hash(Bytes.utf8(toString()), 0);
    }

    private static long hash(NodeId node) {
        return Xxh64.hash(Bytes.utf8(node.name()), 0);
    }
}
