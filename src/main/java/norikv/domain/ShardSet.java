package norikv.domain;

import java.util.Arrays;
import java.util.function.IntConsumer;
import java.util.function.IntPredicate;
import norikv.bytes.Bytes;

/// Some of the shards of a cluster. Immutable.
public final class ShardSet {
    private final int total;

    /// Bit `s mod 64` of word `s / 64` is shard `s`.
    private final long[] words;

    private ShardSet(int total, long[] words) {
        this.total = total;
        this.words = words;
    }

    /// {@return those of `total` shards that `contains` says}
    public static ShardSet of(int total, IntPredicate contains) {
        long[] words = new long[(total + 63) / 64];
        for (int shard = 0; shard < total; shard++) {
            if (contains.test(shard)) {
                words[shard / 64] |= 1L << shard;
            }
        }
        return new ShardSet(total, words);
    }

    public static ShardSet none(int total) {
        return of(total, _ -> false);
    }

    public static ShardSet all(int total) {
        return of(total, _ -> true);
    }

    /// {@return the set that `bitmap` says}
    ///
    /// **Errors.** [NoriException.Malformed] when it is of another length, or has bits beyond.
    public static ShardSet ofBitmap(int total, Bytes bitmap) {
        if (total < 1 || total > Limits.SHARDS_MAX || bitmap.length() != (total + 7) / 8) {
            throw NoriException.invalid(
                    "shards: 1 to %d and a bit each, got %d in %d bytes"
                            .formatted(Limits.SHARDS_MAX, total, bitmap.length()));
        }
        for (int bit = total; bit < 8 * bitmap.length(); bit++) {
            if (isSet(bitmap, bit)) {
                throw NoriException.invalid(
                        "shards: 0 to %d, got %d".formatted(total - 1, bit));
            }
        }
        return of(total, shard -> isSet(bitmap, shard));
    }

    private static boolean isSet(Bytes bitmap, int bit) {
        return (bitmap.byteAt(bit / 8) >>> bit % 8 & 1) == 1;
    }

    /// {@return a bit a shard, the lowest of the first byte for shard 0}
    public Bytes bitmap() {
        byte[] bytes = new byte[(total + 7) / 8];
        forEach(shard -> bytes[shard / 8] |= (byte) (1 << shard % 8));
        return Bytes.wrap(bytes);
    }

    /// {@return how many shards the cluster has}
    public int total() {
        return total;
    }

    /// {@return how many shards are in it}
    public int size() {
        int count = 0;
        for (long word : words) {
            count += Long.bitCount(word);
        }
        return count;
    }

    public boolean isEmpty() {
        return size() == 0;
    }

    public boolean contains(int shard) {
        return (words[shard / 64] >>> shard & 1) == 1;
    }

    public boolean contains(ShardId shard) {
        return contains(shard.number());
    }

    /// {@return whether all of `other`, of as many shards, are in it}
    public boolean containsAll(ShardSet other) {
        return other.minus(this).isEmpty();
    }

    /// {@return those that are not in `other`, which is of as many shards}
    public ShardSet minus(ShardSet other) {
        return of(total, shard -> contains(shard) && !other.contains(shard));
    }

    /// {@return those of both, which are of as many shards}
    public ShardSet plus(ShardSet other) {
        return of(total, shard -> contains(shard) || other.contains(shard));
    }

    /// Tells each shard in it, the least first.
    public void forEach(IntConsumer action) {
        for (int i = 0; i < words.length; i++) {
            for (long left = words[i]; left != 0; left &= left - 1) {
                action.accept(64 * i + Long.numberOfTrailingZeros(left));
            }
        }
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof ShardSet set
                && set.total == total
                && Arrays.equals(set.words, words);
    }

    @Override
    public int hashCode() {
        return 31 * total + Arrays.hashCode(words);
    }

    @Override
    public String toString() {
        return size() + " of " + total + " shards";
    }
}
