package norikv.lsm;

import java.util.ArrayList;
import java.util.List;
import norikv.bytes.ByteReader;
import norikv.bytes.ByteWriter;
import norikv.domain.ErrorCode;
import norikv.domain.NoriException;
import norikv.domain.ShardId;
import norikv.domain.Version;
import norikv.sstable.TableFacts;

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
/// 9 PendTablet   varint shard | varint tablet
/// 10 GoLive      as Applied
/// 16 Quarantine  varint number | u8 1 on, 0 off
/// 17 Scrubbed    varint up to | varint due at, ms
/// 20 Rank        varint number | varint rank
/// 21 Facts       varint number | varint bytes | the properties of the table
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
    private static final int PEND_TABLET = 9;
    private static final int GO_LIVE = 10;
    private static final int QUARANTINE = 16;
    private static final int SCRUBBED = 17;

    private static final int RANK = 20;
    private static final int FACTS = 21;

    private static final int BODY_BYTES_MAX = 64;

    private EditCodec() {}

    static void write(Edit edit, ByteWriter out) {
        int bytesMax = edit instanceof Edit.Facts told ? told.bytesMax() : BODY_BYTES_MAX;
        var body = new ByteWriter(BODY_BYTES_MAX, bytesMax);
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
            case Edit.AddTable table -> {
                writeTable(table, out);
                yield ADD_TABLE;
            }
            case Edit.Rank(long number, long rank) -> {
                out.varint(number).varint(rank);
                yield RANK;
            }
            case Edit.Facts(TableFacts facts) -> {
                writeFacts(facts, out);
                yield FACTS;
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
            case Edit.PendTablet(ShardId shard, int tablet) -> {
                out.varint(shard.number()).varint(Integer.toUnsignedLong(tablet));
                yield PEND_TABLET;
            }
            case Edit.GoLive(int tablet, AppliedAt place) -> {
                writePlace(tablet, place, out);
                yield GO_LIVE;
            }
            case Edit.Applied(int tablet, AppliedAt place) -> {
                writePlace(tablet, place, out);
                yield APPLIED;
            }
            case Edit.Quarantine(long number, boolean on) -> {
                out.varint(number).u8(on ? 1 : 0);
                yield QUARANTINE;
            }
            case Edit.Scrubbed(long upTo, long dueAtMillis) -> {
                out.varint(upTo).varint(dueAtMillis);
                yield SCRUBBED;
            }
        };
    }

    private static void writeTable(Edit.AddTable t, ByteWriter out) {
        out.u8(t.level()).varint(t.number()).varint(t.bytes()).varint(t.entries());
        out.i64(t.contentHash());
    }

    private static void writeFacts(TableFacts facts, ByteWriter out) {
        out.varint(facts.fileNumber()).varint(facts.bytes());
        facts.write(out);
    }

    private static void writePlace(int tablet, AppliedAt place, ByteWriter out) {
        out.varint(Integer.toUnsignedLong(tablet)).varint(place.at().index());
        out.varint(place.at().term()).varint(place.logTimeMillis());
    }

    private static AppliedAt readPlace(ByteReader in) {
        long index = in.varint();
        return new AppliedAt(new Version(in.varint(), index), in.varint());
    }

    private static Edit readFacts(ByteReader in, String place) {
        long number = in.varint();
        long bytes = in.varint();
        return new Edit.Facts(
                TableFacts.read(in, number, bytes)
                        .orElseThrow(
                                () ->
                                        new NoriException.Corruption(
                                                "%s: malformed edit of kind %d"
                                                        .formatted(place, FACTS))));
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
            case RANK -> new Edit.Rank(in.varint(), in.varint());
            case FACTS -> readFacts(in, place);
            case DELETE_TABLE -> new Edit.DeleteTable(in.varint());
            case MAP_SHARD ->
                    new Edit.MapShard(
                            new ShardId(in.varintUpTo(Integer.MAX_VALUE)), (int) in.varint());
            case DROP_TABLET -> new Edit.DropTablet((int) in.varint());
            case APPLIED -> new Edit.Applied((int) in.varint(), readPlace(in));
            case PEND_TABLET ->
                    new Edit.PendTablet(
                            new ShardId(in.varintUpTo(Integer.MAX_VALUE)), (int) in.varint());
            case GO_LIVE -> new Edit.GoLive((int) in.varint(), readPlace(in));
            case QUARANTINE -> new Edit.Quarantine(in.varint(), in.varintUpTo(1) == 1);
            case SCRUBBED -> new Edit.Scrubbed(in.varint(), in.varint());
            default ->
                    throw new NoriException.Refused(
                            ErrorCode.VERSION_UNSUPPORTED,
                            "%s: edit of a kind up to %d, got %d: written by a newer version"
                                    .formatted(place, FACTS, kind));
        };
    }
}
