package norikv.domain;

/// The number of a shard, 0 … total shards − 1.
public record ShardId(int number) implements Comparable<ShardId> {
    @Override
    public int compareTo(ShardId other) {
        return Integer.compare(number, other.number);
    }

    @Override
    public String toString() {
        return Integer.toString(number);
    }
}
