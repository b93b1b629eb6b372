package norikv.lsm;

import java.util.ArrayList;
import java.util.List;
import norikv.bytes.ByteReader;
import norikv.bytes.ByteWriter;
import norikv.domain.ErrorCode;
import norikv.domain.NoriException;
import norikv.domain.ShardId;
import norikv.domain.Version;

/// Edits as bytes: each `u8 kind | varint length | body`.
///
/// ```
/// 1 Bands        varint count
/// 2 NextFile     varint number
/// 3 NextTablet   varint id
/// 4 AddTable     u8 level | varint number | varint bytes | varint entries | u64 content hash
/// 5 DeleteTable  varint number
/// 6 MapShard     varint shard | varint tablet
/// 7 DropTablet   varint tablet
/// 8 Applied      varint tablet | varint index | varint term | varint log time, ms
/// ```
///
/// An unknown kind is of a newer version, and stops the opening. **Source.** `wire/files.md`,
/// Manifest.
final class EditCodec {
    private static final int BANDS = 1;
    private static final int NEXT_FILE = 2;
    private static final int NEXT_TABLET = 3;
    private static final int ADD_TABLE = 4;
    private static final int DELETE_TABLE = 5;
    private static final int MAP_SHARD = 6;
    private static final int DROP_TABLET = 7;
    private static final int APPLIED = 8;

    private static final int BODY_BYTES_MAX = 64;

    private EditCodec() {}

    static void write(Edit edit, ByteWriter out) {
        var body = new ByteWriter(BODY_BYTES_MAX, BODY_BYTES_MAX);
        int kind = writeBody(edit, body);
        out.u8(kind).varint(body.length()).bytes(body.array(), 0, body.length());
    }

    private static int writeBody(Edit edit, ByteWriter out) {
        return switch (edit) {
            case Edit.Bands(int count) -> {
                out.varint(count);
                yield BANDS;
            }
            case Edit.NextFile(long number) -> {
                out.varint(number);
                yield NEXT_FILE;
            }
            case Edit.NextTablet(int id) -> {
                out.varint(Integer.toUnsignedLong(id));
                yield NEXT_TABLET;
            }
            case Edit.AddTable t -> {
                out.u8(t.level()).varint(t.number()).varint(t.bytes()).varint(t.entries());
                out.i64(t.contentHash());
                yield ADD_TABLE;
            }
            case Edit.DeleteTable(long number) -> {
                out.varint(number);
                yield DELETE_TABLE;
            }
            case Edit.MapShard(ShardId shard, int tablet) -> {
                out.varint(shard.number()).varint(Integer.toUnsignedLong(tablet));
                yield MAP_SHARD;
            }
            case Edit.DropTablet(int tablet) -> {
                out.varint(Integer.toUnsignedLong(tablet));
                yield DROP_TABLET;
            }
            case Edit.Applied(int tablet, AppliedAt place) -> {
                out.varint(Integer.toUnsignedLong(tablet)).varint(place.at().index());
                out.varint(place.at().term()).varint(place.logTimeMillis());
                yield APPLIED;
            }
        };
    }

    /// Reads all edits of a frame.
    ///
    /// **Errors.** [NoriException.Corruption] when the bytes are not edits, [NoriException.Refused]
    /// when a kind is unknown.
    ///
    /// @param place where the frame is, for the message
    static List<Edit> readAll(ByteReader in, String place) {
        List<Edit> edits = new ArrayList<>();
        while (in.remaining() > 0) {
            int kind = in.u8();
            ByteReader body = ByteReader.of(in.lengthAndBytes());
            Edit edit = readBody(kind, body, place);
            if (in.overrun() || body.overrun() || body.remaining() > 0) {
                throw new NoriException.Corruption(
                        "%s: malformed edit of kind %d".formatted(place, kind));
            }
            edits.add(edit);
        }
        return edits;
    }

    private static Edit readBody(int kind, ByteReader in, String place) {
        return switch (kind) {
            case BANDS -> new Edit.Bands(in.varintUpTo(InternalKey.BANDS_MAX));
            case NEXT_FILE -> new Edit.NextFile(in.varint());
            case NEXT_TABLET -> new Edit.NextTablet((int) in.varint());
            case ADD_TABLE ->
                    new Edit.AddTable(
                            in.u8(), in.varint(), in.varint(), in.varint(), in.i64());
            case DELETE_TABLE -> new Edit.DeleteTable(in.varint());
            case MAP_SHARD ->
                    new Edit.MapShard(
                            new ShardId(in.varintUpTo(Integer.MAX_VALUE)), (int) in.varint());
            case DROP_TABLET -> new Edit.DropTablet((int) in.varint());
            case APPLIED -> {
                int tablet = (int) in.varint();
                long index = in.varint();
                long term = in.varint();
                yield new Edit.Applied(
                        tablet, new AppliedAt(new Version(term, index), in.varint()));
            }
            default ->
                    throw new NoriException.Refused(
                            ErrorCode.VERSION_UNSUPPORTED,
                            "%s: edit of a kind up to %d, got %d: written by a newer version"
                                    .formatted(place, APPLIED, kind));
        };
    }
}
