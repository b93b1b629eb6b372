package norikv.kv;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import norikv.bytes.Bytes;
import norikv.domain.Age;
import norikv.domain.Consistency;
import norikv.domain.ErrorCode;
import norikv.domain.NoriException;
import norikv.domain.Once;
import norikv.domain.Precondition;
import norikv.domain.Reply;
import norikv.domain.Request;
import norikv.domain.Session;
import norikv.domain.ShardId;
import norikv.domain.Version;
import norikv.port.Applier;
import norikv.port.Changes.Change;
import norikv.port.Storage;
import org.junit.jupiter.api.Test;

/// What becomes of committed entries, and that nobody hears of it too early, twice or never.
final class EntryApplierTest {
    private static final ShardId SHARD = new ShardId(0);

    private final Rig rig = new Rig(1);

    @Test
    void anEntrySeesTheEarlierOnesOfItsPass() {
        var first = rig.submit(Rig.put("k", "a", Request.Put.NO_TTL, Precondition.IF_ABSENT));
        var second = rig.submit(Rig.put("k", "b", Request.Put.NO_TTL, Precondition.IF_ABSENT));
        var third = rig.submit(Rig.delete("k"));
        var fourth = rig.submit(Rig.delete("k"));
        rig.log.appendAndApply();

        assertEquals(1, rig.storage.writes);
        assertEquals(new Reply.Written(new Version(1, 1)), first.only());
        assertEquals(new Reply.Mismatch(new Version(1, 1)), second.only());
        assertEquals(new Reply.Deleted(true, new Version(1, 3)), third.only());
        assertEquals(new Reply.Deleted(false, new Version(1, 4)), fourth.only());
    }

    @Test
    void nobodyIsAnsweredBeforeTheBatchIsVisible() {
        var put = rig.submit(Rig.put("k", "a"));
        var heard = new ArrayList<Change>();
        rig.node.changes().subscribe(SHARD, (_, change) -> heard.add(change));
        rig.storage.beforeWrite =
                () -> {
                    put.assertNone();
                    assertEquals(List.of(), heard);
                };
        rig.log.appendAndApply();

        assertEquals(new Reply.Written(new Version(1, 1)), put.only());
        assertEquals(1, heard.size());
    }

    @Test
    void expiryIsJudgedByTheStampOfTheEntryAndByNothingElse() {
        long stamp = 5_000;
        apply(entry(1, stamp, Rig.putFor("k", "a", 100)));
        apply(entry(2, stamp + 99, Rig.put("k", "b", 0, Precondition.IF_ABSENT)));
        assertEquals(new Version(1, 1), hit("k").version());

        apply(entry(3, stamp + 100, Rig.put("k", "c", 0, Precondition.IF_ABSENT)));
        assertEquals(new Version(1, 3), hit("k").version());
        assertEquals(stamp + 100, rig.storage.applied(SHARD).logTimeMillis());
    }

    @Test
    void aConditionOnAnExpiredVersionDoesNotHold() {
        apply(entry(1, 5_000, Rig.putFor("k", "a", 100)));
        apply(
                entry(
                        2,
                        5_100,
                        Rig.put("k", "b", 0, new Precondition.IfVersion(new Version(1, 1)))));

        assertEquals(new Version(1, 1), hit("k").version());
    }

    @Test
    void timeAndTermEntriesMoveTheAppliedPlaceOnly() {
        apply(new Applier.Committed(new Version(3, 1), 7_000, Bytes.EMPTY));
        apply(new Applier.Committed(new Version(3, 2), 7_500, EntryFormat.TIME));

        assertEquals(
                new Storage.Applied(new Version(3, 2), 7_500), rig.storage.applied(SHARD));
    }

    @Test
    void anUnknownKindStopsAndWritesNothing() {
        var known = entry(1, 5_000, Rig.put("k", "a"));
        var unknown = new Applier.Committed(new Version(1, 2), 5_000, Bytes.hex("0109"));
        var group = new Applier.Group(SHARD, List.of(known, unknown));

        assertThrows(
                NoriException.Broken.class, () -> rig.node.applier().apply(List.of(group)));
        assertEquals(0, rig.storage.writes);
    }

    @Test
    void aGapInTheIndexesOrTimeThatGoesBackStops() {
        apply(entry(1, 5_000, Rig.put("k", "a")));

        assertThrows(
                NoriException.Broken.class, () -> apply(entry(3, 5_000, Rig.put("k", "b"))));
        assertThrows(
                NoriException.Broken.class, () -> apply(entry(1, 5_000, Rig.put("k", "b"))));
        assertThrows(
                NoriException.Broken.class, () -> apply(entry(2, 4_999, Rig.put("k", "b"))));
    }

    @Test
    void aColdReadStopsItsGroupAtItsEntryAndLetsItGoOn() {
        rig.ask(Rig.put("k", "a"));
        rig.storage.cold.add(Bytes.utf8("k"));
        var before = rig.submit(Rig.put("other", "x"));
        var condition = new Precondition.IfVersion(new Version(1, 1));
        var cold = rig.submit(Rig.put("k", "b", Request.Put.NO_TTL, condition));
        var after = rig.submit(Rig.put("another", "x"));
        rig.log.appendAndApply();

        assertEquals(new Reply.Written(new Version(1, 2)), before.only());
        cold.assertNone();
        after.assertNone();
        assertEquals(new Version(1, 2), rig.storage.applied(SHARD).at());

        rig.settle();
        assertEquals(new Reply.Written(new Version(1, 3)), cold.only());
        assertEquals(new Reply.Written(new Version(1, 4)), after.only());
        assertEquals(1, rig.storage.diskReads);
    }

    @Test
    void aReadThatFailsDecidesNothing() {
        rig.ask(Rig.put("k", "a"));
        rig.storage.broken.add(Bytes.utf8("k"));
        var put = rig.submit(Rig.put("k", "b", Request.Put.NO_TTL, Precondition.IF_ABSENT));
        rig.log.append();

        assertThrows(NoriException.Corruption.class, rig.log::apply);
        put.assertNone();
        assertEquals(new Version(1, 1), rig.storage.applied(SHARD).at());
    }

    @Test
    void aFetchThatFailsDecidesNothingAndStopsItsShard() {
        rig.ask(Rig.put("k", "a"));
        rig.storage.cold.add(Bytes.utf8("k"));
        var put = rig.submit(Rig.put("k", "b", Request.Put.NO_TTL, Precondition.IF_ABSENT));
        rig.log.appendAndApply();
        rig.storage.broken.add(Bytes.utf8("k"));

        rig.loops.runPools();
        assertInstanceOf(
                NoriException.Corruption.class, rig.log.stopped.get(SHARD.number()));
        rig.log.apply();
        put.assertNone();
        assertEquals(new Version(1, 1), rig.storage.applied(SHARD).at());
    }

    @Test
    void aDeleteThatNobodyWaitsForReadsNothing() {
        rig.storage.cold.add(Bytes.utf8("k"));
        apply(entry(1, 5_000, Rig.delete("k")));

        assertEquals(new Version(1, 1), rig.storage.applied(SHARD).at());
    }

    @Test
    void changesComeInOrderUntilClosed() {
        var heard = new ArrayList<Change>();
        var subscription = rig.node.changes().subscribe(SHARD, (_, change) -> heard.add(change));
        rig.submit(Rig.put("k", "a"));
        rig.submit(Rig.put("k", "b", Request.Put.NO_TTL, Precondition.IF_ABSENT));
        rig.submit(Rig.delete("k"));
        rig.settle();
        subscription.close();
        rig.ask(Rig.put("k", "c"));

        Bytes key = Bytes.utf8("k");
        assertEquals(
                List.of(
                        new Change.Put(new Version(1, 1), key, Bytes.utf8("a"), 0),
                        new Change.Delete(new Version(1, 3), key)),
                heard);
    }

    /// Random writes with conditions and times to live, some of them known by a session or an
    /// idempotency key and asked for again, clocks that jump, passes cut anywhere, keys that are
    /// cold now and then: replies and state are those of the twin.
    @Test
    void anyHistoryIsAppliedAsTheTwinSays() {
        Seeds.each(300, seed -> new Comparison(new Random(seed)).run());
    }

    /// One run against the twin.
    private static final class Comparison {
        private static final int SHARDS = 3;
        private static final int KEYS = 8;

        private final Random random;
        private final OnceTerms terms =
                new OnceTerms(new KeyTerms(300, 700), new SessionTerms(4, 1_800));
        private final Rig rig =
                new Rig(
                        SHARDS,
                        KeyValueNode.Options.defaults()
                                .withKeyTerms(terms.keys())
                                .withSessionTerms(terms.sessions()));
        private final ApplierTwin twin = new ApplierTwin(terms);
        private final List<Request.Write> earlier = new ArrayList<>();
        private final Map<Bytes, Long> sequences = new HashMap<>();
        private final Map<ShardId, ArrayDeque<Asked>> unapplied = new HashMap<>();
        private final Map<Bytes, Version> newest = new HashMap<>();

        private record Asked(Request.Write write, Rig.Answers answers) {}

        Comparison(Random random) {
            this.random = random;
        }

        void run() {
            rig.storage.beforeWrite = this::checkNobodyAnswered;
            for (int step = 0; step < 120; step++) {
                switch (random.nextInt(8)) {
                    case 0 -> rig.log.append();
                    case 1 -> rig.log.apply();
                    case 2 -> rig.loops.runPools();
                    case 3 ->
                            rig.loops.passMillis(
                                    random.nextInt(random.nextInt(6) == 0 ? 60_000 : 400));
                    case 4 -> toggleCold();
                    default -> submit();
                }
                checkAnswers();
            }
            rig.storage.beforeWrite = () -> {};
            rig.settle();
            checkAnswers();
            checkState();
        }

        private void submit() {
            boolean isAgain = !earlier.isEmpty() && random.nextInt(3) == 0;
            Request.Write write = isAgain ? another() : write();
            earlier.add(write);
            Bytes key = write.key();
            var asked = new Asked(write, rig.submit(write));
            unapplied
                    .computeIfAbsent(rig.sharding.shardOf(key), _ -> new ArrayDeque<>())
                    .add(asked);
        }

        /// One of the last few writes again, as a client does that does not know what became of it.
        private Request.Write another() {
            return earlier.get(earlier.size() - 1 - random.nextInt(Math.min(6, earlier.size())));
        }

        private Request.Write write() {
            Bytes key = Bytes.utf8("k" + random.nextInt(KEYS));
            return write(key).with(once(rig.sharding.shardOf(key)));
        }

        private Once once(ShardId shard) {
            Bytes name =
                    random.nextInt(3) == 0 ? Bytes.utf8("n" + random.nextInt(9)) : Bytes.EMPTY;
            if (random.nextBoolean()) {
                return new Once(Session.NONE, name);
            }
            Bytes id = Bytes.utf8("c" + random.nextInt(4) + "." + shard);
            long sequence = sequences.merge(id, 1L, Long::sum);
            long acknowledged = Math.max(0, sequence - 1 - random.nextInt(5));
            long notAfter = rig.loops.wallMillis + random.nextInt(600);
            return new Once(new Session(id, sequence, acknowledged, notAfter), name);
        }

        private Request.Write write(Bytes key) {
            Precondition condition =
                    switch (random.nextInt(4)) {
                        case 0 -> Precondition.IF_ABSENT;
                        case 1 ->
                                new Precondition.IfVersion(
                                        newest.getOrDefault(key, new Version(1, 1)));
                        default -> Precondition.NONE;
                    };
            if (random.nextInt(4) == 0) {
                return new Request.Delete(key, condition);
            }
            long ttl = random.nextInt(3) == 0 ? 1 + random.nextInt(300) : Request.Put.NO_TTL;
            Bytes value = Bytes.utf8("v" + random.nextInt(1000));
            return new Request.Put(key, value, ttl, condition);
        }

        private void toggleCold() {
            Bytes key = Bytes.utf8("k" + random.nextInt(KEYS));
            if (!rig.storage.cold.add(key)) {
                rig.storage.cold.remove(key);
            }
            Storage.Space space = Storage.Space.values()[1 + random.nextInt(2)];
            if (!rig.storage.coldSpaces.add(space)) {
                rig.storage.coldSpaces.remove(space);
            }
        }

        private void checkNobodyAnswered() {
            unapplied.values().forEach(line -> line.forEach(asked -> asked.answers.assertNone()));
        }

        /// The entries of each shard were applied in the order they were asked for: those that were
        /// answered are a prefix, and the twin agrees with each answer.
        private void checkAnswers() {
            unapplied.forEach(
                    (shard, line) -> {
                        while (!line.isEmpty() && !line.peek().answers.replies.isEmpty()) {
                            Asked asked = line.poll();
                            check(shard, asked);
                        }
                    });
        }

        private void check(ShardId shard, Asked asked) {
            Applier.Committed entry = rig.log.history(shard).poll();
            Reply expected = twin.apply(shard, asked.write, entry.at(), entry.logTimeMillis());
            assertEquals(expected, withoutMessage(asked.answers.only()));
            if (expected instanceof Reply.Written(Version at) && at.equals(entry.at())) {
                newest.put(asked.write.key(), at);
            }
        }

        private static Reply withoutMessage(Reply reply) {
            return reply instanceof Reply.Failed failed
                    ? ApplierTwin.refused(failed.code())
                    : reply;
        }

        private void checkState() {
            assertTrue(unapplied.values().stream().allMatch(ArrayDeque::isEmpty));
            for (int i = 0; i < KEYS; i++) {
                Bytes key = Bytes.utf8("k" + i);
                Storage.Applied applied = rig.storage.applied(rig.sharding.shardOf(key));
                long behind = rig.loops.wallMillis - applied.logTimeMillis();
                assertEquals(
                        with(
                                new Age(applied.at(), Math.max(0, behind)),
                                twin.read(key, applied.logTimeMillis())),
                        rig.ask(new Request.Get(key, Consistency.STALE)));
            }
        }

        private static Reply with(Age age, Reply reply) {
            return reply instanceof Reply.Found(var value, var at, var expiresAtMillis, _)
                    ? new Reply.Found(value, at, expiresAtMillis, age)
                    : new Reply.Missing(age);
        }
    }

    private Storage.Lookup.Hit hit(String key) {
        return assertInstanceOf(
                Storage.Lookup.Hit.class,
                rig.storage.get(SHARD, Bytes.utf8(key), Storage.Reach.DISK));
    }

    private void apply(Applier.Committed... entries) {
        var group = new Applier.Group(SHARD, List.of(entries));
        rig.node.applier().apply(List.of(group));
        assertEquals(entries.length, group.applied());
    }

    private static Applier.Committed entry(long index, long stamp, Request.Single write) {
        Bytes command = EntryFormat.encode((Request.Write) write, OnceTerms.defaults());
        return new Applier.Committed(new Version(1, index), stamp, command);
    }

    @Test
    void aSupersededWriteFailsForSureAndOneLostIsIndeterminate() {
        var superseded = rig.submit(Rig.put("k", "a"));
        rig.log.append();
        rig.log.supersede(SHARD);
        rig.log.apply();
        superseded.assertFailed(ErrorCode.UNAVAILABLE);

        var lost = rig.submit(Rig.put("k", "b"));
        rig.log.append();
        rig.node.applier().lost(SHARD, 1, new NoriException.Indeterminate("the node closed"));
        lost.assertFailed(ErrorCode.INDETERMINATE);
    }
}
