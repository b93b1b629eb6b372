package norikv.kv;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;
import norikv.bytes.Bytes;
import norikv.domain.ErrorCode;
import norikv.domain.NoriException;
import norikv.domain.Once;
import norikv.domain.Precondition;
import norikv.domain.Reply;
import norikv.domain.Request;
import norikv.domain.Session;
import norikv.domain.Version;
import org.junit.jupiter.api.Test;

/// A write that comes twice is done once, by its session or by its idempotency key, as long as that
/// is promised; and is refused where it was forgotten.
final class OnceTest {
    private static final Bytes CLIENT = Bytes.utf8("client-1");
    private static final long WINDOW_MILLIS = 60_000;
    private static final Version FIRST = new Version(1, 1);

    private final Rig rig = rig(new KeyTerms(WINDOW_MILLIS, 1 << 20));

    private static Rig rig(KeyTerms terms) {
        return new Rig(1, KeyValueNode.Options.defaults().withKeyTerms(terms));
    }

    private Once numbered(long sequence, long acknowledged) {
        return numbered(sequence, acknowledged, 5_000);
    }

    private Once numbered(long sequence, long acknowledged, long forMillis) {
        long notAfter = rig.loops.wallMillis + forMillis;
        return new Once(new Session(CLIENT, sequence, acknowledged, notAfter), Bytes.EMPTY);
    }

    private static Once named(String name) {
        return Once.keyed(Bytes.utf8(name));
    }

    private String value(String key) {
        return assertInstanceOf(Reply.Found.class, rig.ask(Rig.get(key))).value().toUtf8();
    }

    private static void assertFailed(ErrorCode code, Reply reply) {
        assertEquals(code, assertInstanceOf(Reply.Failed.class, reply).code());
    }

    @Test
    void aRetryGetsTheFirstOutcomeAndIsNotDoneAgain() {
        Request put = Rig.put("k", "a").with(numbered(1, 0));
        assertEquals(new Reply.Written(FIRST), rig.ask(put));
        rig.ask(Rig.put("k", "b"));

        assertEquals(new Reply.Written(FIRST), rig.ask(put));
        assertEquals("b", value("k"));
    }

    @Test
    void aRetryInTheSamePassGetsTheFirstOutcome() {
        Request put = Rig.put("k", "a").with(numbered(1, 0));
        var first = rig.submit(put);
        var between = rig.submit(Rig.put("k", "b"));
        var again = rig.submit(put);
        rig.log.appendAndApply();

        assertEquals(new Reply.Written(FIRST), first.only());
        assertEquals(new Reply.Written(new Version(1, 2)), between.only());
        assertEquals(new Reply.Written(FIRST), again.only());
        assertEquals("b", value("k"));
    }

    @Test
    void aRetriedConditionIsNotJudgedAgain() {
        Request ifAbsent =
                Rig.put("k", "a", Request.Put.NO_TTL, Precondition.IF_ABSENT)
                        .with(numbered(1, 0));
        Request delete = Rig.delete("k").with(numbered(2, 0));
        Request mismatch =
                Rig.put("k", "c", 0, new Precondition.IfVersion(FIRST)).with(numbered(3, 0));
        rig.ask(ifAbsent);
        rig.ask(delete);
        rig.ask(mismatch);
        rig.ask(Rig.put("k", "z"));

        assertEquals(new Reply.Written(FIRST), rig.ask(ifAbsent));
        assertEquals(new Reply.Deleted(true, new Version(1, 2)), rig.ask(delete));
        assertEquals(new Reply.Mismatch(Version.NONE), rig.ask(mismatch));
        assertEquals("z", value("k"));
    }

    @Test
    void earlierOutcomesStayWhileTheyAreNotAcknowledged() {
        Request first = Rig.put("a", "1").with(numbered(1, 0));
        rig.ask(first);
        rig.ask(Rig.put("b", "2").with(numbered(2, 0)));
        rig.ask(Rig.put("b", "3").with(numbered(3, 0)));

        assertEquals(new Reply.Written(FIRST), rig.ask(first));
    }

    @Test
    void whatWasAcknowledgedIsRefusedWhenItComesLate() {
        Request first = Rig.put("a", "1").with(numbered(1, 0));
        rig.ask(first);
        rig.ask(Rig.put("a", "2").with(numbered(2, 1)));

        assertFailed(ErrorCode.SESSION_EXPIRED, rig.ask(first));
        assertEquals("2", value("a"));
    }

    @Test
    void anAttemptThatComesAfterItsTimeIsNotDone() {
        Request put = Rig.put("k", "a").with(numbered(1, 0, 5_000));
        rig.loops.passMillis(5_001);

        assertFailed(ErrorCode.SESSION_EXPIRED, rig.ask(put));
        assertInstanceOf(Reply.Missing.class, rig.ask(Rig.get("k")));
    }

    /// The session is gone, so nothing says that the write was done: it must not be done again.
    @Test
    void aSessionThatIsForgottenIsRefusedAndNothingDone() {
        Request put = Rig.put("k", "a").with(numbered(1, 0, 5_000));
        rig.ask(put);
        rig.ask(Rig.put("k", "b"));
        rig.loops.passMillis(5_001);
        rig.storage.others.clear();

        assertFailed(ErrorCode.SESSION_EXPIRED, rig.ask(put));
        assertEquals("b", value("k"));
    }

    @Test
    void aSessionIsRememberedToItsWritesLastMoment() {
        Request early = Rig.put("k", "a").with(numbered(1, 0, 9_000));
        rig.ask(early);
        rig.ask(Rig.put("other", "b").with(numbered(2, 0, 1_000)));
        rig.loops.passMillis(9_000);

        assertEquals(new Reply.Written(FIRST), rig.ask(early));
    }

    @Test
    void aTimeThatIsTooFarAheadIsRefused() {
        Request put = Rig.put("k", "a").with(numbered(1, 0, Session.AHEAD_MILLIS_MAX + 1));

        assertFailed(ErrorCode.SESSION_EXPIRED, rig.ask(put));
    }

    @Test
    void aRecordOfASessionIsAsSmallAsWhatIsOpen() {
        for (long sequence = 1; sequence <= 1_000; sequence++) {
            long open = Math.min(sequence, Session.OPEN_MAX);
            rig.ask(Rig.put("k", "a").with(numbered(sequence, sequence - open)));
        }

        assertEquals(2, rig.storage.others.size(), "a record, and the books");
        Bytes record =
                rig.storage.others.entrySet().stream()
                        .filter(row -> row.getKey().key().equals(CLIENT))
                        .findAny()
                        .orElseThrow()
                        .getValue()
                        .value();
        assertEquals(Session.OPEN_MAX, SessionRecord.decode(record).outcomes().size());
        assertTrue(record.length() < 1_024, () -> "record of " + record.length());
    }

    private static Rig withSessions(int countMax, long bytesMax) {
        var terms = new SessionTerms(countMax, bytesMax);
        return new Rig(1, KeyValueNode.Options.defaults().withSessionTerms(terms));
    }

    private static Once of(Rig rig, String client, long sequence, long acknowledged) {
        return of(rig, client, sequence, acknowledged, 5_000);
    }

    private static Once of(
            Rig rig, String client, long sequence, long acknowledged, long forMillis) {
        long notAfter = rig.loops.wallMillis + forMillis;
        return Once.NONE.withSession(
                new Session(Bytes.utf8(client), sequence, acknowledged, notAfter));
    }

    /// Nobody is forgotten to make room: whoever is forgotten might come again.
    @Test
    void beyondTheirBoundNewSessionsAreRefusedAndNoneIsForgotten() {
        Rig small = withSessions(2, 1 << 20);
        Request first = Rig.put("k", "a").with(of(small, "c1", 1, 0));
        small.ask(first);
        small.ask(Rig.put("k", "b").with(of(small, "c2", 1, 0)));
        Request.Write third = Rig.put("new", "c");

        assertFailed(
                ErrorCode.RESOURCE_EXHAUSTED, small.ask(third.with(of(small, "c3", 1, 0))));
        assertInstanceOf(Reply.Missing.class, small.ask(Rig.get("new")));
        assertEquals(new Reply.Written(FIRST), small.ask(first));
        Request next = Rig.put("k", "d").with(of(small, "c1", 2, 0));
        assertInstanceOf(Reply.Written.class, small.ask(next));
        assertInstanceOf(Reply.Written.class, small.ask(Rig.put("k", "of nobody")));

        small.loops.passMillis(5_000 + SessionBooks.PART_MILLIS);
        assertInstanceOf(
                Reply.Written.class, small.ask(third.with(of(small, "c3", 1, 0))));
    }

    @Test
    void twoNewSessionsInOnePassDoNotBothGetTheLastPlace() {
        Rig small = withSessions(1, 1 << 20);
        var first = small.submit(Rig.put("k", "a").with(of(small, "c1", 1, 0)));
        var second = small.submit(Rig.put("k", "b").with(of(small, "c2", 1, 0)));
        small.log.appendAndApply();

        assertEquals(new Reply.Written(FIRST), first.only());
        assertFailed(ErrorCode.RESOURCE_EXHAUSTED, second.only());
    }

    @Test
    void aSessionThatGoesOnCountsOnce() {
        Rig small = withSessions(2, 1 << 20);
        for (int sequence = 1; sequence <= 100; sequence++) {
            Request put =
                    Rig.put("k", "a").with(of(small, "c1", sequence, sequence - 1, 600_000));
            assertInstanceOf(Reply.Written.class, small.ask(put));
            small.loops.passMillis(3_000);
        }

        Request put = Rig.put("k", "b").with(of(small, "c2", 1, 0));
        assertInstanceOf(Reply.Written.class, small.ask(put));
    }

    @Test
    void whoHasExpiredMakesRoomWhileOthersGoOn() {
        Rig small = withSessions(2, 1 << 20);
        small.ask(Rig.put("k", "a").with(of(small, "c1", 1, 0, 600_000)));
        small.ask(Rig.put("k", "b").with(of(small, "c2", 1, 0)));
        small.loops.passMillis(5_000 + SessionBooks.PART_MILLIS);

        Request third = Rig.put("k", "c").with(of(small, "c3", 1, 0));
        assertInstanceOf(Reply.Written.class, small.ask(third));
        Request fourth = Rig.put("k", "d").with(of(small, "c4", 1, 0));
        assertFailed(ErrorCode.RESOURCE_EXHAUSTED, small.ask(fourth));
    }

    @Test
    void sessionsTakeMoreWithEveryOpenOutcomeUntilTheyMayTakeNoMore() {
        int bytesMax = 4 * SessionBooks.STEP_BYTES;
        Rig small = withSessions(100, bytesMax);
        int open = 0;
        Request.Write put = Rig.put("k", "a");
        while (small.ask(put.with(of(small, "c1", open + 1, 0))) instanceof Reply.Written) {
            open++;
        }

        int fits =
                (bytesMax - SessionBooks.SESSION_OVERHEAD_BYTES - 2)
                        / SessionBooks.OUTCOME_BYTES;
        assertEquals(fits, open);
        assertInstanceOf(
                Reply.Written.class, small.ask(put.with(of(small, "c1", open + 1, open))));
        assertInstanceOf(Reply.Written.class, small.ask(put.with(of(small, "c2", 1, 0))));
    }

    @Test
    void anIdempotencyKeyIsDoneOnceWithinTheWindow() {
        Request put = Rig.put("k", "a").with(named("order-1"));
        rig.ask(put);
        rig.ask(Rig.put("k", "b"));
        rig.loops.passMillis(WINDOW_MILLIS - 1);

        assertEquals(new Reply.Written(FIRST), rig.ask(put));
        assertEquals("b", value("k"));
    }

    @Test
    void aKeyIsForgottenAfterTheWindow() {
        Request put = Rig.put("k", "a").with(named("order-1"));
        rig.ask(put);
        rig.loops.passMillis(WINDOW_MILLIS);

        assertEquals(new Reply.Written(new Version(1, 2)), rig.ask(put));
    }

    @Test
    void anotherWriteUnderTheSameKeyIsRefused() {
        rig.ask(Rig.put("k", "a").with(named("order-1")));

        List<Request> others =
                List.of(
                        Rig.put("k", "b").with(named("order-1")),
                        Rig.putFor("k", "a", 1_000).with(named("order-1")),
                        Rig.put("k", "a", 0, Precondition.IF_ABSENT).with(named("order-1")),
                        Rig.delete("k").with(named("order-1")));
        others.forEach(other -> assertFailed(ErrorCode.KEY_REUSED, rig.ask(other)));
        assertEquals("a", value("k"));
    }

    @Test
    void theSameNameUnderAnotherKeyIsAnotherWrite() {
        rig.ask(Rig.put("k", "a").with(named("order-1")));

        assertEquals(
                new Reply.Written(new Version(1, 2)),
                rig.ask(Rig.put("l", "a").with(named("order-1"))));
    }

    /// Names and keys that read the same when put together are different ones.
    @Test
    void whereANameEndsAndAKeyBeginsCounts() {
        rig.ask(Rig.put("bc", "x").with(named("a")));

        assertEquals(
                new Reply.Written(new Version(1, 2)),
                rig.ask(Rig.put("c", "x").with(named("ab"))));
    }

    @Test
    void beyondTheBudgetNewKeysAreRefusedAndNoneIsForgotten() {
        Rig small = rig(new KeyTerms(WINDOW_MILLIS, 150));
        Request first = Rig.put("k", "a").with(named("1"));
        Request second = Rig.put("k", "b").with(named("2"));
        Request third = Rig.put("k", "c").with(named("3"));
        Request fourth = Rig.put("k", "d").with(named("4"));
        small.ask(first);
        small.ask(second);
        small.ask(third);

        Reply refused = small.ask(fourth);
        assertFailed(ErrorCode.RESOURCE_EXHAUSTED, refused);
        assertEquals(new Reply.Written(FIRST), small.ask(first));
        assertEquals(new Reply.Written(new Version(1, 2)), small.ask(second));
        assertInstanceOf(Reply.Written.class, small.ask(Rig.put("k", "without a key")));

        small.loops.passMillis(WINDOW_MILLIS + WINDOW_MILLIS / 16);
        assertInstanceOf(Reply.Written.class, small.ask(fourth));
    }

    /// Only log time counts, which a stopped clock does not move and a leader's stamp does.
    @Test
    void keysExpireByTheStampOfTheEntry() {
        Request.Write put = Rig.put("k", "a").with(named("order-1"));
        rig.ask(put);
        long wall = rig.loops.wallMillis;
        rig.log.add(rig.shardOf("k"), EntryFormat.TIME);
        rig.log.apply();
        rig.loops.wallMillis = wall - 3_600_000;

        assertEquals(new Reply.Written(FIRST), rig.ask(put));
    }

    @Test
    void aKeyedRetryOfASessionThatComesAfterTheWindowIsStillKnown() {
        Once both = new Once(numbered(1, 0, 2 * WINDOW_MILLIS).session(), Bytes.utf8("n"));
        Request put = Rig.put("k", "a").with(both);
        rig.ask(put);
        rig.loops.passMillis(WINDOW_MILLIS + 1);

        assertEquals(new Reply.Written(FIRST), rig.ask(put));
    }

    @Test
    void aSessionRemembersWhatItsKeyHadAnswered() {
        rig.ask(Rig.put("k", "a").with(named("n")));
        Once both = new Once(numbered(1, 0, 2 * WINDOW_MILLIS).session(), Bytes.utf8("n"));
        Request put = Rig.put("k", "a").with(both);
        assertEquals(new Reply.Written(FIRST), rig.ask(put));
        rig.loops.passMillis(WINDOW_MILLIS + 1);

        assertEquals(new Reply.Written(FIRST), rig.ask(put));
    }

    @Test
    void whatIsRememberedIsTheVectorsByteForByte() throws IOException {
        var outcomes = new TreeMap<Long, Reply>();
        outcomes.put(299L, new Reply.Written(new Version(3, 300)));
        outcomes.put(300L, new Reply.Deleted(true, new Version(3, 301)));
        outcomes.put(400L, new Reply.Deleted(false, new Version(3, 302)));
        outcomes.put(402L, new Reply.Mismatch(Version.NONE));
        var session = new SessionRecord(298, outcomes);
        assertVector("state-session", session, session.encode(), SessionRecord::decode);
        var key = new KeyRecord(0x1122334455667788L, new Reply.Mismatch(new Version(1, 7)));
        assertVector("state-key", key, key.encode(), KeyRecord::decode);
        var ends = new TreeMap<Long, Long>();
        ends.put(600_000L, 100L);
        ends.put(637_500L, 300L);
        var books = new KeyBooks(ends);
        assertVector("state-key-books", books, books.encode(), KeyBooks::decode);
        var minutes = new TreeMap<Long, SessionBooks.Taken>();
        minutes.put(600_000L, new SessionBooks.Taken(3, 768));
        minutes.put(660_000L, new SessionBooks.Taken(1, 512));
        var sessions = new SessionBooks(minutes);
        assertVector(
                "state-session-books", sessions, sessions.encode(), SessionBooks::decode);
    }

    private static <T> void assertVector(
            String name, T record, Bytes encoded, Function<Bytes, T> decoding)
            throws IOException {
        String hex =
                Files.readAllLines(Path.of("wire", "vectors", name + ".hex")).stream()
                        .filter(line -> !line.startsWith("#"))
                        .map(line -> line.replaceAll("#.*", "").strip())
                        .collect(Collectors.joining());
        assertEquals(hex, encoded.toHex(), name);
        assertEquals(record, decoding.apply(Bytes.hex(hex)), name);
    }

    @Test
    void whatIsNoRecordStops() {
        List.of("", "02", "010001", "0100010101020300", "0100020101010100")
                .forEach(hex -> assertBroken(hex, SessionRecord::decode));
        List.of("", "01", "0211223344556677880101", "011122334455667788090101")
                .forEach(hex -> assertBroken(hex, KeyRecord::decode));
        List.of("", "0200", "0101", "010201010001", "010100")
                .forEach(hex -> assertBroken(hex, KeyBooks::decode));
        List.of("", "0200", "010101", "01020a0101000101", "01000a")
                .forEach(hex -> assertBroken(hex, SessionBooks::decode));
    }

    private static void assertBroken(String hex, Function<Bytes, ?> decoding) {
        assertThrows(NoriException.Broken.class, () -> decoding.apply(Bytes.hex(hex)), hex);
    }

    @Test
    void endsBeyondTheirBoundCountLonger() {
        KeyBooks books = KeyBooks.empty();
        for (int i = 0; i < 2 * KeyBooks.ENDS_MAX; i++) {
            books = books.with(10, 1_000 + 16L * i, 16, 0);
        }
        assertEquals(KeyBooks.ENDS_MAX, books.bytesByEnd().size());
        assertEquals(20L * KeyBooks.ENDS_MAX, books.bytesAt(0));
    }
}
