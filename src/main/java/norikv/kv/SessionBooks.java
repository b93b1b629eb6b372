package norikv.kv;

import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import norikv.bytes.ByteReader;
import norikv.bytes.ByteWriter;
import norikv.bytes.Bytes;
import norikv.domain.Session;
import norikv.port.Storage;

/// How many sessions a shard remembers, how much they take, and until when: kept with the sessions,
/// so that every replica refuses the same ones.
///
/// ```
/// record = format u8 (1), count varint, count × (step varint, sessions varint, bytes varint)
/// step   = how far the end, minutes of log time, is after the one before, or after 0
/// ```
///
/// A session counts until the end of the minute in which it expires; one that goes on moves. What
/// it takes is rounded up, so that the books are written when a session begins, when it needs
/// another [#STEP_BYTES], and once in a minute, but not with every write. **Limits.** [#ENDS_MAX]
/// ends: a session expires [Session#AHEAD_MILLIS_MAX] after a write of it at the latest.
/// **Source.** `wire/files.md`.
///
/// @param byEnd in order of ends, milliseconds
record SessionBooks(TreeMap<Long, Taken> byEnd) {
    /// A session counts whole minutes.
    static final long PART_MILLIS = 60_000;

    /// The most ends: two hours of minutes, and those at both ends.
    static final int ENDS_MAX = (int) (Session.AHEAD_MILLIS_MAX / PART_MILLIS) + 2;

    /// What a session takes beyond its id and its outcomes.
    static final int SESSION_OVERHEAD_BYTES = 64;

    /// What an outcome takes at the most.
    static final int OUTCOME_BYTES = 24;

    /// What a session takes is a multiple of this.
    static final int STEP_BYTES = 256;

    /// Where a shard keeps it: no id of a session is as long.
    static final Row ROW =
            new Row(Storage.Space.SESSIONS, Bytes.wrap(new byte[Session.ID_BYTES_MAX + 1]));

    private static final int FORMAT = 1;

    /// So many sessions, and what they take.
    record Taken(long count, long bytes) {
        static final Taken NONE = new Taken(0, 0);

        Taken and(Taken more) {
            return new Taken(count + more.count, bytes + more.bytes);
        }

        /// What was taken before there were books is in none.
        Taken without(Claim claim) {
            return new Taken(Math.max(0, count - 1), Math.max(0, bytes - claim.bytes));
        }
    }

    /// What one session takes, until when.
    record Claim(long endMillis, long bytes) {
        /// {@return that of a session with so many outcomes that expires then}
        static Claim of(Bytes id, int outcomes, long expiresAtMillis) {
            long bytes = SESSION_OVERHEAD_BYTES + id.length() + (long) OUTCOME_BYTES * outcomes;
            return new Claim(
                    Math.ceilDiv(expiresAtMillis, PART_MILLIS) * PART_MILLIS,
                    Math.ceilDiv(bytes, STEP_BYTES) * STEP_BYTES);
        }
    }

    static SessionBooks empty() {
        return new SessionBooks(new TreeMap<>());
    }

    static SessionBooks decode(Bytes value) {
        var in = ByteReader.of(value);
        int format = in.u8();
        int count = in.varintUpTo(ENDS_MAX);
        var books = empty();
        long minutes = 0;
        for (int i = 0; i < count; i++) {
            minutes += in.varint();
            books.byEnd.put(minutes * PART_MILLIS, new Taken(in.varint(), in.varint()));
        }
        if (format != FORMAT
                || in.overrun()
                || in.remaining() > 0
                || books.byEnd.size() != count) {
            throw OutcomeFormat.broken("books of sessions of format 1, got others or cut ones");
        }
        return books;
    }

    Bytes encode() {
        var out = new ByteWriter(16 + 16 * byEnd.size());
        out.u8(FORMAT).varint(byEnd.size());
        long before = 0;
        for (Map.Entry<Long, Taken> part : byEnd.entrySet()) {
            long minutes = part.getKey() / PART_MILLIS;
            out.varint(minutes - before);
            out.varint(part.getValue().count).varint(part.getValue().bytes);
            before = minutes;
        }
        return out.toBytes();
    }

    /// {@return what the sessions are and take that are not expired at a log time}
    Taken at(long logTimeMillis) {
        Taken all = Taken.NONE;
        for (Taken part : byEnd.tailMap(logTimeMillis, false).values()) {
            all = all.and(part);
        }
        return all;
    }

    /// {@return when the last session is expired}
    long endMillis() {
        return byEnd.lastKey();
    }

    /// {@return the books with a session that takes `after`, and took `before` if it is no new one}
    SessionBooks with(Optional<Claim> before, Claim after, long logTimeMillis) {
        var live = new TreeMap<>(byEnd.tailMap(logTimeMillis, false));
        before.ifPresent(
                claim -> live.computeIfPresent(claim.endMillis, (_, t) -> t.without(claim)));
        live.merge(after.endMillis, new Taken(1, after.bytes), Taken::and);
        live.values().removeIf(taken -> taken.count == 0);
        assert live.size() <= ENDS_MAX : live.size() + " ends";
        return new SessionBooks(live);
    }
}
