package norikv.lsm;

import norikv.bytes.Bytes;

/// How far a shard was streamed: from where another stream of the same view goes on.
///
/// @param chunks how many chunks there were
/// @param space of the last row; meaningless without one
/// @param key of the last row; empty: there was none
/// @param digest of the rows so far
public record ShardMark(long chunks, int space, Bytes key, ShardDigest digest) {
    /// Before the first chunk.
    public static final ShardMark START = new ShardMark(0, 0, Bytes.EMPTY, ShardDigest.NOTHING);

    /// {@return whether a row of that space and key comes after this}
    boolean isBefore(int otherSpace, Bytes otherKey) {
        return key.isEmpty()
                || space < otherSpace
                || space == otherSpace && key.compareTo(otherKey) < 0;
    }
}
