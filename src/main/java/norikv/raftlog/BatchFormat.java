package norikv.raftlog;

import java.util.Optional;
import norikv.bytes.ByteReader;
import norikv.bytes.ByteWriter;
import norikv.bytes.Bytes;
import norikv.bytes.Crc32c;

/// The bytes of a batch, which is one record of the log: all of it or nothing is found again.
///
/// ```
/// batch   u8 format = 1, items to the end
/// item    u8 type, varint group, body
///   1 HARD_STATE  varint term, varint vote, varint commit
///   2 ENTRIES     varint previous index, varint previous term, u32 count, entries
///                 they stand after that entry: whatever was there is gone
///   3 COMPACT     varint index, varint term       entries up to it are gone
///   4 RESTORE     varint index, varint term       all entries are gone; the next one follows it
///   5 TOMBSTONE                                   the group is gone
///   6 STATE       u8 flags (1: tombstone, 2: intent), varint term, vote, commit, base index,
///                 base term, last index, last term; if there is an intent, its varint index,
///                 term, tablet                    only at the head of a segment
///   7 INTENT      varint index, varint term, varint tablet
///                 a snapshot up to there is about to be installed: entries after it are needed
///   8 DONE        varint tablet                   it was
///   9 ABORT       varint tablet                   it was not, and will not be
///  10 RESTATED    as ENTRIES, but nothing is gone: these entries stand here too from now on
///                                                 only at the head of a segment
/// entry   varint body length, u32 crc32c of the body seeded with group << 47 ^ index, body
/// body    u8 format = 1, u8 kind, varint term, varint log time in ms, payload to the end
/// ```
///
/// An unknown format or type stops opening: it is never passed over. **Source.** `wire/files.md`,
/// Raft log.
final class BatchFormat {
    static final int FORMAT = 1;
    static final int ENTRY_FORMAT = 1;

    static final int HARD_STATE = 1;
    static final int ENTRIES = 2;
    static final int COMPACT = 3;
    static final int RESTORE = 4;
    static final int TOMBSTONE = 5;
    static final int STATE = 6;
    static final int INTENT = 7;
    static final int DONE = 8;
    static final int ABORT = 9;
    static final int RESTATED = 10;

    static final int TOMBSTONE_FLAG = 1;
    static final int INTENT_FLAG = 2;

    /// The most that an item of a batch takes without its entries, and an entry without its
    /// payload.
    static final int ITEM_BYTES_MAX = 96;

    /// The most that a STATE takes.
    static final int STATE_BYTES_MAX = 128;

    static final int ENTRY_HEAD_BYTES_MAX = 5 + 4 + 2 + 10 + 10;

    private static final int GROUP_SHIFT = 47;

    private BatchFormat() {}

    /// {@return what binds an entry to its place: right bytes of another entry do not validate}
    static long seed(int group, long index) {
        return (long) group << GROUP_SHIFT ^ index;
    }

    static void writeEntry(
            ByteWriter writer,
            long seed,
            long term,
            long logTimeMillis,
            int kind,
            Bytes payload) {
        int bodyLength =
                2
                        + ByteWriter.varintLength(term)
                        + ByteWriter.varintLength(logTimeMillis)
                        + payload.length();
        writer.varint(bodyLength);
        int crcAt = writer.length();
        writer.i32(0).u8(ENTRY_FORMAT).u8(kind).varint(term).varint(logTimeMillis).bytes(payload);
        int bodyAt = crcAt + 4;
        writer.patchI32(crcAt, Crc32c.seeded(seed, writer.array(), bodyAt, bodyLength));
    }

    /// {@return the entry that fills all of `array`, if these bytes are that entry}
    static Optional<LogEntry> readEntry(int group, long index, long term, byte[] array) {
        var reader = new ByteReader(array, 0, array.length);
        int bodyLength = reader.varintUpTo(array.length);
        int crc = reader.i32();
        int bodyAt = reader.position();
        if (reader.overrun()
                || reader.remaining() != bodyLength
                || Crc32c.seeded(seed(group, index), array, bodyAt, bodyLength) != crc) {
            return Optional.empty();
        }
        int format = reader.u8();
        int kind = reader.u8();
        long foundTerm = reader.varint();
        long logTime = reader.varint();
        if (reader.overrun() || format != ENTRY_FORMAT || foundTerm != term) {
            return Optional.empty();
        }
        Bytes payload = reader.bytes(reader.remaining());
        return Optional.of(new LogEntry(index, term, logTime, kind, payload));
    }
}
