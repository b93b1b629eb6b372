package norikv.lsm;

import norikv.bytes.ByteReader;
import norikv.bytes.ByteWriter;
import norikv.bytes.Bytes;
import norikv.bytes.Crc32c;
import norikv.domain.ErrorCode;
import norikv.domain.NoriException;
import norikv.domain.ShardId;
import norikv.domain.Version;

/// A piece of a shard on its way to another replica: rows in order of space and key, each chunk
/// going on where the one before it ended.
///
/// ```
/// "NKSC" | u8 format 1 | u8 flags (1: the last) | varint shard
///   | varint index | varint term | varint log time, ms   of the view
///   | varint number, from 0 | varint row bytes | rows
///   | u64 rows so far | u64 hash so far                    these included
///   | u32 crc32c of all before
/// ```
///
/// **Limits.** [#BYTES_MAX]. **Source.** `wire/shards.md`.
///
/// @param place which view of the shard it is a piece of
/// @param number of the chunk, from 0
/// @param isLast whether the shard ends with it
/// @param rows as [ShardRow] draws them
/// @param soFar digest of all rows up to the end of this
public record ShardChunk(
        ShardId shard,
        AppliedAt place,
        long number,
        boolean isLast,
        Bytes rows,
        ShardDigest soFar) {
    /// The longest chunk, encoded.
    public static final int BYTES_MAX = 4 << 20;

    /// About the most that rows of one chunk may be meant to take.
    public static final int ROWS_BYTES_MAX = 1 << 20;

    private static final int MAGIC = 'N' | 'K' << 8 | 'S' << 16 | 'C' << 24;
    private static final int FORMAT = 1;
    private static final int LAST = 1;
    private static final int OVERHEAD_BYTES = 128;

    /// {@return this as it is sent}
    public Bytes encode() {
        var to = new ByteWriter(OVERHEAD_BYTES + rows.length());
        to.i32(MAGIC).u8(FORMAT).u8(isLast ? LAST : 0).varint(shard.number());
        to.varint(place.at().index()).varint(place.at().term()).varint(place.logTimeMillis());
        to.varint(number).lengthAndBytes(rows);
        to.i64(soFar.rows()).i64(soFar.hash());
        to.i32(Crc32c.of(to.array(), 0, to.length()));
        return to.toBytes();
    }

    /// {@return the chunk that `bytes` are} Its rows are looked at when they are taken.
    ///
    /// **Errors.** [NoriException.Malformed] when they are none, [NoriException.Refused] when only
    /// a newer version understands them.
    public static ShardChunk decode(Bytes bytes) {
        int end = bytes.length() - 4;
        if (end < 4 || bytes.length() > BYTES_MAX) {
            throw malformed("4 to %d bytes, got %d".formatted(BYTES_MAX, bytes.length()));
        }
        ByteReader in = ByteReader.of(bytes.slice(0, end));
        int crc = ByteReader.of(bytes.slice(end, bytes.length())).i32();
        if (in.i32() != MAGIC || crc != Crc32c.of(bytes.array(), bytes.offset(), end)) {
            throw malformed("a chunk that checks out, got none");
        }
        int format = in.u8();
        int flags = in.u8();
        if (format != FORMAT || (flags & ~LAST) != 0) {
            throw new NoriException.Refused(
                    ErrorCode.VERSION_UNSUPPORTED,
                    "chunk: format %d, got %d with flags %d".formatted(FORMAT, format, flags));
        }
        var shard = new ShardId(in.varintUpTo(Integer.MAX_VALUE));
        long index = in.varint();
        var place = new AppliedAt(new Version(in.varint(), index), in.varint());
        long number = in.varint();
        Bytes rows = in.lengthAndBytes();
        var soFar = new ShardDigest(in.i64(), in.i64());
        if (in.overrun() || in.remaining() > 0) {
            throw malformed("whole fields, got %d bytes".formatted(bytes.length()));
        }
        return new ShardChunk(shard, place, number, (flags & LAST) != 0, rows, soFar);
    }

    private static NoriException malformed(String what) {
        return new NoriException.Malformed(ErrorCode.MALFORMED_FRAME, "chunk: " + what);
    }
}
