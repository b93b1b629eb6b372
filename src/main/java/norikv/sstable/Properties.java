package norikv.sstable;

import java.util.ArrayList;
import java.util.List;
import norikv.bytes.ByteReader;
import norikv.bytes.ByteWriter;
import norikv.bytes.Bytes;

/// The block that tells [TableFacts].
///
/// It is a run of fields `u8 tag | varint length | bytes`, tags ascending, each at most once, then
/// the [BlockTrailer]. Tags below 128 that are unknown are passed over; one from 128 on that is
/// unknown makes the table unreadable. Of those below all but 8, 9 and 13 must be there.
///
/// ```
///  1 first key                      7 u64 largest index
///  2 last key                       8 u64 earliest expiry, ms: only if some entry has one
///  3 u64 entries                    9 u64 latest expiry, ms: likewise
///  4 u64 deletes                   10 u64 content hash
///  5 u64 raw bytes                 11 u8  reason: 1 flush, 2 compaction, 3 ingest
///  6 u64 smallest index            12 tablets: varint count, then each
///                                     varint id − id before | varint entries | varint raw bytes
/// 13 u64 entries with an expiry: only if some entry has one
/// ```
///
/// **Source.** `wire/files.md`, tables.
final class Properties {
    private static final int MIN_KEY = 1;
    private static final int MAX_KEY = 2;
    private static final int ENTRIES = 3;
    private static final int DELETES = 4;
    private static final int RAW_BYTES = 5;
    private static final int MIN_INDEX = 6;
    private static final int MAX_INDEX = 7;
    private static final int MIN_EXPIRY = 8;
    private static final int MAX_EXPIRY = 9;
    private static final int CONTENT_HASH = 10;
    private static final int REASON = 11;
    private static final int TABLETS = 12;
    private static final int EXPIRING = 13;
    private static final int TAGS = 14;

    private static final int OPTIONAL = 1 << MIN_EXPIRY | 1 << MAX_EXPIRY | 1 << EXPIRING;
    private static final int ALL = (1 << TAGS) - 2;
    private static final int MUST_KNOW = 128;

    private Properties() {}

    /// Writes all fields and no trailer; `bytes` and `fileNumber` of the facts are not among them.
    static void write(ByteWriter to, TableFacts facts) {
        to.u8(MIN_KEY).lengthAndBytes(facts.minKey());
        to.u8(MAX_KEY).lengthAndBytes(facts.maxKey());
        number(to, ENTRIES, facts.entries());
        number(to, DELETES, facts.deletes());
        number(to, RAW_BYTES, facts.rawBytes());
        number(to, MIN_INDEX, facts.minIndex());
        number(to, MAX_INDEX, facts.maxIndex());
        if (facts.maxExpiryMillis() != 0) {
            number(to, MIN_EXPIRY, facts.minExpiryMillis());
            number(to, MAX_EXPIRY, facts.maxExpiryMillis());
        }
        number(to, CONTENT_HASH, facts.contentHash());
        to.u8(REASON).varint(1).u8(facts.reason().number());
        to.u8(TABLETS).lengthAndBytes(tablets(facts.tablets()));
        if (facts.expiring() != 0) {
            number(to, EXPIRING, facts.expiring());
        }
    }

    private static void number(ByteWriter to, int tag, long value) {
        to.u8(tag).varint(Long.BYTES).i64(value);
    }

    private static Bytes tablets(List<TableFacts.TabletShare> shares) {
        var list = new ByteWriter(8 + 8 * shares.size());
        list.varint(shares.size());
        long before = 0;
        for (var share : shares) {
            long id = Integer.toUnsignedLong(share.tablet());
            list.varint(id - before).varint(share.entries()).varint(share.rawBytes());
            before = id;
        }
        return list.toBytes();
    }

    /// {@return the facts that `block` tells, which ends with its trailer}
    ///
    /// **Errors.** [norikv.domain.NoriException.Corruption] when a field is missing, twice, of a
    /// wrong length, or contradicts another.
    static TableFacts read(byte[] block, String path, long offset, long fileNumber, long bytes) {
        var r = new ByteReader(block, 0, block.length - BlockTrailer.BYTES);
        return read(r, path, offset, fileNumber, bytes);
    }

    /// {@return the facts that all that is left of `r` tells}
    static TableFacts read(ByteReader r, String path, long offset, long fileNumber, long bytes) {
        var fields = new Bytes[TAGS];
        int tag = 0;
        while (r.remaining() > 0 && !r.overrun()) {
            int next = r.u8();
            Bytes value = r.lengthAndBytes();
            if (next <= tag || next >= MUST_KNOW) {
                throw Damage.at(path, offset, "properties: known, ascending tags, got " + next);
            }
            tag = next;
            if (tag < TAGS) {
                fields[tag] = value;
            }
        }
        int seen = 0;
        for (int t = 1; t < TAGS; t++) {
            seen |= fields[t] == null ? 0 : 1 << t;
        }
        if (r.overrun() || (seen | OPTIONAL) != ALL) {
            throw Damage.at(path, offset, "properties: all fields, got %x".formatted(seen));
        }
        boolean[] fault = new boolean[1];
        var facts =
                new TableFacts(
                        fileNumber,
                        reason(fields[REASON], fault),
                        bytes,
                        number(fields[ENTRIES], fault),
                        number(fields[DELETES], fault),
                        fields[MIN_KEY].compact(),
                        fields[MAX_KEY].compact(),
                        number(fields[MIN_INDEX], fault),
                        number(fields[MAX_INDEX], fault),
                        fields[MIN_EXPIRY] == null ? 0 : number(fields[MIN_EXPIRY], fault),
                        fields[MAX_EXPIRY] == null ? 0 : number(fields[MAX_EXPIRY], fault),
                        fields[EXPIRING] == null ? 0 : number(fields[EXPIRING], fault),
                        number(fields[RAW_BYTES], fault),
                        number(fields[CONTENT_HASH], fault),
                        tablets(fields[TABLETS], fault));
        if (fault[0] || !agree(facts)) {
            throw Damage.at(path, offset, "properties: fields that agree, got " + facts);
        }
        return facts;
    }

    private static long number(Bytes field, boolean[] fault) {
        var r = ByteReader.of(field);
        long value = r.i64();
        fault[0] |= r.overrun() || r.remaining() != 0;
        return value;
    }

    private static TableFacts.Reason reason(Bytes field, boolean[] fault) {
        int number = field.length() == 1 ? field.byteAt(0) : 0;
        for (var reason : TableFacts.Reason.values()) {
            if (reason.number() == number) {
                return reason;
            }
        }
        fault[0] = true;
        return TableFacts.Reason.FLUSH;
    }

    private static List<TableFacts.TabletShare> tablets(Bytes field, boolean[] fault) {
        var r = ByteReader.of(field);
        // A share takes three bytes or more, so a false count cannot ask for much memory.
        int count = r.varintUpTo(field.length() / 3);
        List<TableFacts.TabletShare> shares = new ArrayList<>(count);
        long id = 0;
        for (int i = 0; i < count && !r.overrun(); i++) {
            long step = r.varint();
            fault[0] |= i > 0 && step == 0 || step < 0 || step > 0xffff_ffffL - id;
            id += step;
            shares.add(new TableFacts.TabletShare((int) id, r.varint(), r.varint()));
        }
        fault[0] |= r.overrun() || r.remaining() != 0;
        return shares;
    }

    private static boolean agree(TableFacts facts) {
        long entries = 0;
        long rawBytes = 0;
        for (var share : facts.tablets()) {
            entries += share.entries();
            rawBytes += share.rawBytes();
        }
        return facts.entries() > 0
                && facts.entries() == entries
                && facts.rawBytes() == rawBytes
                && facts.deletes() >= 0
                && facts.deletes() <= entries
                && facts.minKey().compareTo(facts.maxKey()) <= 0
                && facts.minIndex() >= 0
                && facts.minIndex() <= facts.maxIndex()
                && facts.maxIndex() <= TableFormat.INDEX_MAX
                && facts.minExpiryMillis() <= facts.maxExpiryMillis()
                && facts.expiring() >= 0
                && facts.expiring() <= entries
                && (facts.expiring() == 0 || facts.maxExpiryMillis() > 0);
    }
}
