package norikv.kv;

import java.util.Optional;
import norikv.bytes.Bytes;
import norikv.domain.ErrorCode;
import norikv.domain.Reply;
import norikv.domain.Session;
import norikv.port.Storage;
import norikv.port.Storage.Lookup;

/// What the shard of a write remembers about it: whether it was done before, and what comes of
/// that.
///
/// A pure function of what is stored, the entry and its log time. What is not remembered any more
/// is never done again: a session outlives the time until which its writes may be done. So a write
/// that finds none in time was never done, and one that comes later is refused.
///
/// **Limits.** One record a client and shard, and one a key; [SessionBooks] bounds the clients,
/// [KeyBooks] the keys. A client that is not known gets no record while there are too many: none is
/// forgotten for it, because whoever is forgotten may come again.
final class Recall {
    /// After which time a write that was refused for want of room may find some.
    private static final long RETRY_AFTER_MILLIS = 1_000;

    private final Entry.Write write;
    private final long logTimeMillis;
    private final SessionRecord sessions;
    private final long sessionEndMillis;
    private final Optional<SessionBooks.Claim> claimBefore;

    /// Of the session with this write; null if it has none.
    private final SessionBooks.Claim claimAfter;

    private final Optional<KeyRecord> earlier;

    /// Looked up where they are needed.
    private SessionBooks sessionBooks = SessionBooks.empty();

    private KeyBooks books = KeyBooks.empty();

    /// @param session what is at [#sessionRow]
    /// @param key what is at the row of the write's idempotency key
    Recall(Entry.Write write, long logTimeMillis, Lookup session, Lookup key) {
        this.write = write;
        this.logTimeMillis = logTimeMillis;
        Optional<SessionRecord> known = live(session).map(SessionRecord::decode);
        this.sessions = known.orElseGet(SessionRecord::empty);
        this.sessionEndMillis =
                session instanceof Lookup.Hit hit ? hit.expiresAtMillis() : 0;
        this.claimBefore =
                known.map(r -> claim(r.outcomes().size(), sessionEndMillis));
        this.claimAfter =
                write.session().isNone()
                        ? null
                        : claim(sessions.outcomesWith(write.session()), endAfter());
        this.earlier = live(key).map(KeyRecord::decode);
    }

    /// {@return whether it has to know [SessionBooks], or else they stay as they are}
    boolean needsSessionBooks() {
        return claimAfter != null && !claimBefore.equals(Optional.of(claimAfter));
    }

    /// @param found what is at [SessionBooks#ROW]
    void sessionBooks(Lookup found) {
        sessionBooks =
                live(found).map(SessionBooks::decode).orElseGet(SessionBooks::empty);
    }

    /// @param found what is at [KeyBooks#ROW]
    void keyBooks(Lookup found) {
        books = live(found).map(KeyBooks::decode).orElseGet(KeyBooks::empty);
    }

    private SessionBooks.Claim claim(int outcomes, long endMillis) {
        return SessionBooks.Claim.of(write.session().id(), outcomes, endMillis);
    }

    /// {@return until when the session is remembered after this write: alive at its writes' last
    /// moment}
    private long endAfter() {
        return Math.max(sessionEndMillis, write.session().notAfterMillis() + 1);
    }

    static Row sessionRow(Session session) {
        return new Row(Storage.Space.SESSIONS, session.id());
    }

    private Optional<Bytes> live(Lookup found) {
        return found instanceof Lookup.Hit hit && !hit.isExpiredAt(logTimeMillis)
                ? Optional.of(hit.value())
                : Optional.empty();
    }

    /// What to do with the write.
    sealed interface Verdict {
        /// It is done now.
        record Fresh() implements Verdict {}

        /// It was done before, and its session knows: this is what came of it.
        record Repeated(Reply outcome) implements Verdict {}

        /// It was done before under its key: this is what came of it, and the session learns it.
        record Named(Reply outcome) implements Verdict {}

        /// It is not done.
        record Refused(Reply.Failed why) implements Verdict {}
    }

    Verdict verdict() {
        Session session = write.session();
        if (!session.isNone()) {
            Optional<Reply> known = sessions.outcomeOf(session.sequence());
            if (known.isPresent()) {
                return new Verdict.Repeated(known.get());
            }
            if (session.sequence() <= sessions.acknowledged()) {
                return expired("number %d was acknowledged".formatted(session.sequence()));
            }
            if (logTimeMillis > session.notAfterMillis()) {
                return expired(
                        "not after %d ms, and it is %d"
                                .formatted(session.notAfterMillis(), logTimeMillis));
            }
            if (session.notAfterMillis() - logTimeMillis > Session.AHEAD_MILLIS_MAX) {
                return expired(
                        "at most %d ms ahead of %d, got %d"
                                .formatted(
                                        Session.AHEAD_MILLIS_MAX,
                                        logTimeMillis,
                                        session.notAfterMillis()));
            }
            if (!hasRoom()) {
                return noRoom();
            }
        }
        return write.keyed().isNone() ? new Verdict.Fresh() : byKey(write.keyed());
    }

    private boolean hasRoom() {
        long countMore = claimBefore.isEmpty() ? 1 : 0;
        long bytesMore = claimAfter.bytes() - claimBefore.map(c -> c.bytes()).orElse(0L);
        if (countMore == 0 && bytesMore <= 0) {
            return true;
        }
        SessionTerms terms = write.numbered().terms();
        SessionBooks.Taken taken = sessionBooks.at(logTimeMillis);
        return taken.count() + countMore <= terms.shardCountMax()
                && taken.bytes() + bytesMore <= terms.shardBytesMax();
    }

    private Verdict noRoom() {
        SessionTerms terms = write.numbered().terms();
        SessionBooks.Taken taken = sessionBooks.at(logTimeMillis);
        return new Verdict.Refused(
                new Reply.Failed(
                        ErrorCode.RESOURCE_EXHAUSTED,
                        "sessions: at most %d and %d bytes a shard, got %d and %d, and a new one;"
                                        .formatted(
                                                terms.shardCountMax(),
                                                terms.shardBytesMax(),
                                                taken.count(),
                                                taken.bytes())
                                + " this attempt wrote nothing",
                        RETRY_AFTER_MILLIS));
    }

    private Verdict byKey(Keyed keyed) {
        if (earlier.isPresent()) {
            return earlier.get().fingerprint() == keyed.fingerprint()
                    ? new Verdict.Named(earlier.get().outcome())
                    : new Verdict.Refused(
                            new Reply.Failed(
                                    ErrorCode.KEY_REUSED,
                                    "the idempotency key stands for another write of this key;"
                                            + " nothing was written",
                                    0));
        }
        long taken = books.bytesAt(logTimeMillis);
        if (taken + keyBytes() > keyed.terms().shardBytesMax()) {
            return new Verdict.Refused(
                    new Reply.Failed(
                            ErrorCode.RESOURCE_EXHAUSTED,
                            "idempotency keys: at most %d bytes a shard, got %d and %d more;"
                                            .formatted(
                                                    keyed.terms().shardBytesMax(),
                                                    taken,
                                                    keyBytes())
                                    + " nothing was written",
                            RETRY_AFTER_MILLIS));
        }
        return new Verdict.Fresh();
    }

    private static Verdict expired(String why) {
        return new Verdict.Refused(
                new Reply.Failed(
                        ErrorCode.SESSION_EXPIRED,
                        "session: %s; this attempt wrote nothing".formatted(why),
                        0));
    }

    private long keyBytes() {
        return KeyBooks.KEY_OVERHEAD_BYTES
                + write.keyed().key().length()
                + (long) write.key().length();
    }

    /// Takes what is to be remembered from now on.
    @FunctionalInterface
    interface Keeper {
        void keep(Row row, Bytes value, long expiresAtMillis);
    }

    /// Remembers what a fresh write came to.
    void keep(Reply outcome, Keeper keeper) {
        keepInSession(outcome, keeper);
        Keyed keyed = write.keyed();
        if (!keyed.isNone()) {
            long window = keyed.terms().windowMillis();
            long expiresAt = logTimeMillis + window;
            var record = new KeyRecord(keyed.fingerprint(), outcome);
            keeper.keep(keyed.row(write.key()), record.encode(), expiresAt);
            KeyBooks more = books.with(keyBytes(), expiresAt, window, logTimeMillis);
            keeper.keep(KeyBooks.ROW, more.encode(), more.endMillis());
        }
    }

    /// Remembers in the session alone.
    void keepInSession(Reply outcome, Keeper keeper) {
        Session session = write.session();
        if (!session.isNone()) {
            SessionRecord more = sessions.with(session, outcome);
            keeper.keep(sessionRow(session), more.encode(), endAfter());
            if (needsSessionBooks()) {
                SessionBooks after =
                        sessionBooks.with(claimBefore, claimAfter, logTimeMillis);
                keeper.keep(SessionBooks.ROW, after.encode(), after.endMillis());
            }
        }
    }
}
