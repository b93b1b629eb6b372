package norikv.lsm;

/// What the rows of a shard that are visible at one place of its log hash to, all spaces.
///
/// The sum of one hash a row: it does not depend on their order, nor on the bands, levels and files
/// they lie in, nor on what is hidden or expired there. So replicas that agree on what is visible
/// have the same digest, whatever became of either. **Source.** `wire/shards.md`.
///
/// @param rows how many rows are visible
/// @param hash the sum of their hashes, modulo 2⁶⁴
public record ShardDigest(long rows, long hash) {
    /// Of a shard without a row.
    public static final ShardDigest NOTHING = new ShardDigest(0, 0);

    ShardDigest plus(long rowHash) {
        return new ShardDigest(rows + 1, hash + rowHash);
    }
}
