package norikv.sstable;

import norikv.bytes.ByteWriter;
import norikv.bytes.Region;
import norikv.bytes.Xxh64;

/// Says of most keys that are not in a table that they are not: a Bloom filter whose bits for one
/// key all lie in one line of 64 bytes, so that a question costs one cache miss.
///
/// ```
/// lines      64 bytes each, 512 bits: bit b of a line is bit b & 7 of its byte b >> 3
/// u32 lines | u8 probes | u8[3] 0
/// trailer    BlockTrailer
/// ```
///
/// The line of a key is `(hash >>> 32) * lines >>> 32`. Its bits are the upper 9 bits of `h`,
/// `h·g`, `h·g²` … with `h` the lower 32 bits of the hash and `g` = 0x9E3779B9. The hash has a seed
/// of its own: keys of one shard share bits of the hash that chose the shard.
///
/// **Source.** Putze, Sanders, Singler, "Cache-, Hash- and Space-Efficient Bloom Filters", 2007,
/// and RocksDB's FastLocalBloom; `wire/files.md`, tables.
final class Filter {
    static final int LINE_BYTES = 64;
    static final int TAIL_BYTES = 8;
    static final int PROBES_MAX = 16;

    private static final long SEED = 0x6e6f_7269_6b76_0001L;
    private static final int SPREAD = 0x9E3779B9;

    private final Region lines;
    private final int count;
    private final int probes;

    /// The filter of `count` lines at the beginning of `lines`; of no line, one that knows nothing.
    Filter(Region lines, int count, int probes) {
        this.lines = lines;
        this.count = count;
        this.probes = probes;
    }

    static long hash(byte[] key, int offset, int length) {
        return Xxh64.hash(key, offset, length, SEED);
    }

    /// {@return false only if no key with this hash was added}
    boolean mayContain(long hash) {
        if (count == 0) {
            return true;
        }
        int line = line(hash, count);
        int h = (int) hash;
        int all = 1;
        // All of them: where to stop is what a processor cannot foresee.
        for (int i = 0; i < probes; i++) {
            int bit = h >>> 23;
            all &= lines.getByte(line + (bit >>> 3)) >>> (bit & 7);
            h *= SPREAD;
        }
        return all != 0;
    }

    private static int line(long hash, int count) {
        return (int) ((hash >>> 32) * count >>> 32) * LINE_BYTES;
    }

    /// {@return how many lines `keys` keys need; 0 for none}
    static int lineCount(long keys, int bitsPerKey) {
        return (int) Math.min((keys * bitsPerKey + 511) / 512, TableFormat.TABLE_BYTES_MAX / 128);
    }

    /// {@return how many bits a key sets: a little fewer than ln 2 of the bits it has, as bits that
    /// share a line fill it unevenly}
    static int probes(int bitsPerKey) {
        return Math.clamp(Math.round(bitsPerKey * 0.6f), 1, PROBES_MAX);
    }

    /// Writes the filter of the first `keys` of `hashes` to the end of `to`, without a trailer.
    static void write(ByteWriter to, long[] hashes, int keys, int bitsPerKey) {
        int count = lineCount(keys, bitsPerKey);
        int probes = probes(bitsPerKey);
        int start = to.length();
        to.zeros(count * LINE_BYTES);
        byte[] bits = to.array();
        for (int k = 0; k < keys; k++) {
            int line = start + line(hashes[k], count);
            int h = (int) hashes[k];
            for (int i = 0; i < probes; i++) {
                int bit = h >>> 23;
                bits[line + (bit >>> 3)] |= (byte) (1 << (bit & 7));
                h *= SPREAD;
            }
        }
        to.i32(count).u8(probes).zeros(3);
    }
}
