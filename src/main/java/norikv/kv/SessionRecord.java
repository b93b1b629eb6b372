package norikv.kv;

import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import norikv.bytes.ByteReader;
import norikv.bytes.ByteWriter;
import norikv.bytes.Bytes;
import norikv.domain.Reply;
import norikv.domain.Session;

/// What a shard remembers of one client's writes: how far the client has acknowledged, and the
/// outcomes above.
///
/// ```
/// record  = format u8 (1), acknowledged varint, count varint, count × (step varint, outcome)
/// step    = how far the sequence is above that of the outcome before, or above acknowledged
/// outcome = as OutcomeFormat draws it; in order of sequence
/// ```
///
/// **Limits.** [Session#OPEN_MAX] outcomes: a write is at most so far above what it acknowledges.
/// **Source.** `wire/files.md`.
///
/// @param outcomes by sequence
record SessionRecord(long acknowledged, TreeMap<Long, Reply> outcomes) {
    private static final int FORMAT = 1;

    /// {@return a client of which nothing is remembered}
    static SessionRecord empty() {
        return new SessionRecord(0, new TreeMap<>());
    }

    static SessionRecord decode(Bytes value) {
        var in = ByteReader.of(value);
        int format = in.u8();
        long sequence = in.varint();
        var record = new SessionRecord(sequence, new TreeMap<>());
        int count = in.varintUpTo(Session.OPEN_MAX);
        if (format != FORMAT || in.overrun()) {
            throw OutcomeFormat.broken("a session of format 1, got another or a cut one");
        }
        for (int i = 0; i < count; i++) {
            sequence += in.varint();
            record.outcomes.put(sequence, OutcomeFormat.decode(in));
        }
        if (in.remaining() > 0 || record.outcomes.size() != count) {
            throw OutcomeFormat.broken("a session that is whole, got another");
        }
        return record;
    }

    Bytes encode() {
        var out = new ByteWriter(16 + 16 * outcomes.size());
        out.u8(FORMAT).varint(acknowledged).varint(outcomes.size());
        long before = acknowledged;
        for (Map.Entry<Long, Reply> outcome : outcomes.entrySet()) {
            out.varint(outcome.getKey() - before);
            OutcomeFormat.encode(out, outcome.getValue());
            before = outcome.getKey();
        }
        return out.toBytes();
    }

    Optional<Reply> outcomeOf(long sequence) {
        return Optional.ofNullable(outcomes.get(sequence));
    }

    /// {@return how many outcomes there are after a write more, without what it acknowledges}
    int outcomesWith(Session write) {
        long mark = Math.max(acknowledged, write.acknowledged());
        return outcomes.tailMap(mark, false).size() + 1;
    }

    /// {@return the same, knowing the outcome of one write more, without what it acknowledges}
    SessionRecord with(Session write, Reply outcome) {
        long mark = Math.max(acknowledged, write.acknowledged());
        var kept = new TreeMap<>(outcomes.tailMap(mark, false));
        kept.put(write.sequence(), outcome);
        return new SessionRecord(mark, kept);
    }
}
