package norikv.kv;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import norikv.bytes.Bytes;
import norikv.domain.ErrorCode;
import norikv.domain.Item;
import norikv.domain.Once;
import norikv.domain.Precondition;
import norikv.domain.Reply;
import norikv.domain.Request;
import norikv.domain.Session;
import norikv.domain.ShardId;
import norikv.domain.Version;

/// What applying means, said as plainly as it can be: one write after the other on maps that forget
/// nothing.
final class ApplierTwin {
    private static final int PART_MILLIS_OF_WINDOW = 16;

    final Map<Bytes, Item> items = new TreeMap<>();
    private final OnceTerms terms;

    /// By session and number: what came of each write that was done, and until when it could be.
    private final Map<Bytes, Map<Long, Done>> sessions = new HashMap<>();

    private final Map<Bytes, Long> acknowledged = new HashMap<>();
    private final Map<Name, Named> names = new HashMap<>();
    private final Map<ShardId, List<long[]>> taken = new HashMap<>();

    /// By shard: until when each session counts, and what it takes; and the one of a session.
    private final Map<ShardId, List<long[]>> claims = new HashMap<>();

    private final Map<Bytes, long[]> claimOf = new HashMap<>();

    private record Done(Reply outcome, long notAfterMillis) {}

    private record Name(Bytes key, Bytes name) {}

    private record Named(Request.Write write, Reply outcome, long expiresAtMillis) {}

    ApplierTwin(OnceTerms terms) {
        this.terms = terms;
    }

    /// {@return a failure, of which the twin says the code alone}
    static Reply.Failed refused(ErrorCode code) {
        return new Reply.Failed(code, "", 0);
    }

    Reply apply(ShardId shard, Request.Write write, Version at, long logTimeMillis) {
        Session session = write.once().session();
        Optional<Reply> known = known(session, logTimeMillis);
        if (known.isPresent()) {
            return known.get();
        }
        long[] claim = session.isNone() ? new long[0] : claim(session);
        if (!session.isNone() && !hasRoom(shard, session, claim, logTimeMillis)) {
            return refused(ErrorCode.RESOURCE_EXHAUSTED);
        }
        Reply outcome = named(shard, write, at, logTimeMillis);
        if (!session.isNone() && !(outcome instanceof Reply.Failed)) {
            claims(shard).remove(claimOf.get(session.id()));
            claims(shard).add(claim);
            claimOf.put(session.id(), claim);
            sessions.computeIfAbsent(session.id(), _ -> new HashMap<>())
                    .put(session.sequence(), new Done(outcome, session.notAfterMillis()));
            acknowledged.merge(session.id(), session.acknowledged(), Math::max);
        }
        return outcome;
    }

    /// A shard that remembers anything of a session remembers it all: until the last moment at
    /// which one of the writes that it remembers could be done.
    private Optional<Reply> known(Session session, long now) {
        if (session.isNone()) {
            return Optional.empty();
        }
        Map<Long, Done> done = sessions.getOrDefault(session.id(), Map.of());
        boolean remembers = done.values().stream().anyMatch(d -> d.notAfterMillis >= now);
        long mark = acknowledged.getOrDefault(session.id(), 0L);
        Done before = done.get(session.sequence());
        if (remembers && before != null && session.sequence() > mark) {
            return Optional.of(before.outcome);
        }
        boolean isTooLate = now > session.notAfterMillis();
        boolean isForgotten = remembers && session.sequence() <= mark;
        if (isTooLate || isForgotten) {
            return Optional.of(refused(ErrorCode.SESSION_EXPIRED));
        }
        if (!remembers) {
            // Whatever was done before could not be asked for in time any more.
            assert before == null : "done twice";
            sessions.remove(session.id());
            acknowledged.remove(session.id());
            claimOf.remove(session.id());
        }
        return Optional.empty();
    }

    /// {@return what the session counts as with this write: until when, and how many bytes}
    private long[] claim(Session session) {
        Map<Long, Done> done = sessions.getOrDefault(session.id(), Map.of());
        long mark = Math.max(acknowledged.getOrDefault(session.id(), 0L), session.acknowledged());
        long outcomes = 1 + done.keySet().stream().filter(n -> n > mark).count();
        long last =
                done.values().stream().mapToLong(Done::notAfterMillis).max().orElse(0);
        long end = Math.max(last, session.notAfterMillis()) + 1;
        long bytes = 64 + session.id().length() + 24 * outcomes;
        return new long[] {(end + 59_999) / 60_000 * 60_000, (bytes + 255) / 256 * 256};
    }

    private boolean hasRoom(ShardId shard, Session session, long[] claim, long now) {
        long[] before = claimOf.getOrDefault(session.id(), new long[2]);
        if (claimOf.containsKey(session.id()) && claim[1] <= before[1]) {
            return true;
        }
        List<long[]> others =
                claims(shard).stream().filter(c -> c[0] > now && c != before).toList();
        long bytes = others.stream().mapToLong(c -> c[1]).sum() + claim[1];
        return others.size() < terms.sessions().shardCountMax()
                && bytes <= terms.sessions().shardBytesMax();
    }

    private List<long[]> claims(ShardId shard) {
        return claims.computeIfAbsent(shard, _ -> new ArrayList<>());
    }

    private Reply named(ShardId shard, Request.Write write, Version at, long now) {
        Bytes key = write.once().idempotencyKey();
        if (key.isEmpty()) {
            return done(write, at, now);
        }
        var name = new Name(write.key(), key);
        Named before = names.get(name);
        if (before != null && before.expiresAtMillis > now) {
            return before.write.equals(write.with(Once.NONE))
                    ? before.outcome
                    : refused(ErrorCode.KEY_REUSED);
        }
        List<long[]> all = taken.computeIfAbsent(shard, _ -> new ArrayList<>());
        long bytes = KeyBooks.KEY_OVERHEAD_BYTES + key.length() + write.key().length();
        long sum =
                all.stream().filter(t -> t[0] > now).mapToLong(t -> t[1]).sum();
        if (sum + bytes > terms.keys().shardBytesMax()) {
            return refused(ErrorCode.RESOURCE_EXHAUSTED);
        }
        Reply outcome = done(write, at, now);
        long expiresAt = now + terms.keys().windowMillis();
        long part = terms.keys().windowMillis() / PART_MILLIS_OF_WINDOW;
        all.add(new long[] {(expiresAt + part - 1) / part * part, bytes});
        names.put(name, new Named(write.with(Once.NONE), outcome, expiresAt));
        return outcome;
    }

    private Reply done(Request.Write write, Version at, long logTimeMillis) {
        Version live = liveVersion(write.key(), logTimeMillis);
        return switch (write) {
            case Request.Put put when !holds(put.condition(), live) -> new Reply.Mismatch(live);
            case Request.Put(Bytes key, Bytes value, long ttlMillis, _, _) -> {
                long expires = ttlMillis == 0 ? Item.NEVER : logTimeMillis + ttlMillis;
                items.put(key, new Item(key, value, at, expires));
                yield new Reply.Written(at);
            }
            case Request.Delete delete when !holds(delete.condition(), live) ->
                    new Reply.Mismatch(live);
            case Request.Delete delete -> {
                items.remove(delete.key());
                yield new Reply.Deleted(!live.equals(Version.NONE), at);
            }
        };
    }

    Reply read(Bytes key, long logTimeMillis) {
        if (liveVersion(key, logTimeMillis).equals(Version.NONE)) {
            return new Reply.Missing();
        }
        Item item = items.get(key);
        return new Reply.Found(item.value(), item.version(), item.expiresAtMillis());
    }

    private Version liveVersion(Bytes key, long logTimeMillis) {
        Item item = items.get(key);
        boolean isLive =
                item != null
                        && (item.expiresAtMillis() == Item.NEVER
                                || item.expiresAtMillis() > logTimeMillis);
        return isLive ? item.version() : Version.NONE;
    }

    private static boolean holds(Precondition condition, Version live) {
        return switch (condition) {
            case Precondition.None _ -> true;
            case Precondition.IfAbsent _ -> live.equals(Version.NONE);
            case Precondition.IfVersion(Version required) ->
                    live.index() > 0 && live.compareTo(required) == 0;
        };
    }
}
