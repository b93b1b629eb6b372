package norikv.kv;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeSet;
import norikv.bytes.Bytes;
import norikv.domain.Consistency;
import norikv.domain.ErrorCode;
import norikv.domain.Item;
import norikv.domain.Limits;
import norikv.domain.NoriException;
import norikv.domain.Reply;
import norikv.domain.Request;
import norikv.domain.Request.Projection;
import norikv.domain.ScanCursor;
import norikv.domain.ShardSet;
import norikv.wire.ReplyCodec;
import org.junit.jupiter.api.Test;

/// Pages of a scan and the cursors between them.
final class ScanTest {
    private final Rig rig = new Rig(4);

    @Test
    void cursorsComeBackAsTheyWere() {
        Seeds.each(
                500,
                seed -> {
                    var random = new Random(seed);
                    byte[] key = new byte[random.nextInt(Limits.KEY_BYTES_MAX + 2)];
                    random.nextBytes(key);
                    var cursor = new ScanCursor(random.nextBoolean(), Bytes.wrap(key));

                    Bytes bytes = cursor.encode();
                    assertEquals(cursor, ScanCursor.of(scan(cursor.reverse(), bytes)));
                    byte[] flipped = bytes.toByteArray();
                    flipped[random.nextInt(flipped.length)] ^= (byte) (1 << random.nextInt(8));
                    assertBadCursor(scan(cursor.reverse(), Bytes.wrap(flipped)));
                    assertBadCursor(scan(!cursor.reverse(), bytes));
                });
    }

    @Test
    void whatIsNoCursorIsRefused() {
        Seeds.each(
                500,
                seed -> {
                    var random = new Random(seed);
                    byte[] garbage = new byte[1 + random.nextInt(ScanCursor.BYTES_MAX + 10)];
                    random.nextBytes(garbage);
                    assertBadCursor(scan(random.nextBoolean(), Bytes.wrap(garbage)));
                });
    }

    @Test
    void aCursorOfAnotherRangeIsRefused() {
        Bytes cursor = new ScanCursor(false, Bytes.utf8("m")).encode();

        assertBadCursor(scan("a", "l", 10, 100, false, Projection.ITEMS, cursor));
        assertBadCursor(scan("n", "", 10, 100, false, Projection.ITEMS, cursor));
    }

    /// Whatever the size of the pages and whatever is written meanwhile: a key that was there all
    /// the time comes exactly once, none comes twice, and all in order.
    @Test
    void pagesCoverTheRangeOnceWhileOthersWrite() {
        Seeds.each(60, seed -> new Walk(new Random(seed)).run());
    }

    private static final class Walk {
        private final Random random;
        private final Rig rig = new Rig(3);
        private final TreeSet<Bytes> stable = new TreeSet<>();

        Walk(Random random) {
            this.random = random;
        }

        void run() {
            for (int i = 0; i < 60; i++) {
                Bytes key = key("s");
                stable.add(key);
                rig.ask(Rig.put(key.toUtf8(), "v".repeat(random.nextInt(200))));
            }
            boolean reverse = random.nextBoolean();
            String from = random.nextBoolean() ? "" : "k2";
            String to = random.nextBoolean() ? "" : "k7";
            var seen = new ArrayList<Bytes>();
            Bytes cursor = Bytes.EMPTY;
            do {
                int limit = 1 + random.nextInt(9);
                int bytes = 1 + random.nextInt(600);
                var scan = scan(from, to, limit, bytes, reverse, Projection.ITEMS, cursor);
                var page = assertInstanceOf(Reply.Page.class, rig.ask(scan));
                assertTrue(page.items().size() <= limit);
                assertEquals(page.items().size(), page.count());
                page.items().stream().map(Item::key).forEach(seen::add);
                cursor = page.cursor();
                disturb();
            } while (!cursor.isEmpty());
            check(seen, from, to, reverse);
        }

        private void disturb() {
            for (int i = random.nextInt(5); i > 0; i--) {
                Bytes key = key("t");
                rig.ask(
                        random.nextBoolean()
                                ? Rig.put(key.toUtf8(), "x")
                                : Rig.delete(key.toUtf8()));
            }
        }

        private void check(List<Bytes> seen, String from, String to, boolean reverse) {
            List<Bytes> inOrder = new ArrayList<>(new TreeSet<>(seen));
            assertEquals(reverse ? inOrder.reversed() : inOrder, seen);
            var range = stable.tailSet(Bytes.utf8(from));
            var expected = to.isEmpty() ? range : range.headSet(Bytes.utf8(to));
            assertEquals(
                    new ArrayList<>(expected),
                    inOrder.stream().filter(stable::contains).toList());
        }

        private Bytes key(String kind) {
            return Bytes.utf8("k%d%s%d".formatted(random.nextInt(10), kind, random.nextInt(10)));
        }
    }

    @Test
    void aPageStaysWithinTheLimitsOfAReply() {
        byte[] value = new byte[200_000];
        for (int i = 0; i < 20; i++) {
            rig.ask(
                    new Request.Put(
                            Bytes.utf8("k" + i),
                            Bytes.wrap(value),
                            0,
                            norikv.domain.Precondition.NONE));
        }
        int any = Integer.MAX_VALUE;
        var scan = scan("", "", any, any, false, Projection.ITEMS, Bytes.EMPTY);
        var page = assertInstanceOf(Reply.Page.class, rig.ask(scan));

        long bytes = ReplyCodec.bytesOf(page);
        assertTrue(bytes <= Limits.REQUEST_BYTES_MAX, "page of " + bytes);
        assertTrue(page.items().size() > 1);
    }

    @Test
    void aCountCarriesNoItems() {
        rig.ask(Rig.put("a", "1"));
        rig.ask(Rig.put("b", "2"));
        var scan = scan("", "", 100, 1_000, false, Projection.COUNT, Bytes.EMPTY);

        assertEquals(new Reply.Page(List.of(), 2, Bytes.EMPTY), rig.ask(scan));
    }

    @Test
    void aScanWaitsForTheBarrierOfEveryShard() {
        rig.log.grantsAtOnce = false;
        var scan = rig.submit(Rig.scan("", ""));
        assertEquals(4, rig.log.barriers.size());
        for (int i = 0; i < 3; i++) {
            rig.log.barriers.poll().readable();
            rig.loops.runPools();
            scan.assertNone();
        }
        rig.log.barriers.poll().readable();
        rig.loops.runPools();

        assertInstanceOf(Reply.Page.class, scan.only());
    }

    @Test
    void scansBeyondTheQueueAreRefused() {
        var options = KeyValueNode.Options.defaults().withPools(1, 1, 1, 2);
        var small = new Rig(1, options);
        small.submit(Rig.scan("", ""));
        small.submit(Rig.scan("", ""));

        small.submit(Rig.scan("", "")).assertFailed(ErrorCode.RESOURCE_EXHAUSTED);
    }

    @Test
    void aPartIsOfTheShardsThatCanBeReadHereAndOfNoOther() {
        for (int i = 0; i < 40; i++) {
            rig.ask(Rig.put("k" + i, "v"));
        }
        rig.log.refused.put(1, elsewhere());
        rig.log.refused.put(2, elsewhere());
        ShardSet wanted = ShardSet.of(4, shard -> shard > 0);

        var part = assertInstanceOf(Reply.PagePart.class, rig.ask(part(wanted)));
        assertEquals(ShardSet.of(4, shard -> shard == 3), part.shards());
        assertTrue(part.page().count() > 0);
        part.page()
                .items()
                .forEach(item -> assertEquals(3, rig.sharding.shardOf(item.key()).number()));
        assertEquals(Bytes.EMPTY, part.page().cursor());
    }

    @Test
    void aPartThatNothingCanBeReadOfReadsNothing() {
        rig.ask(Rig.put("k", "v"));
        for (int shard = 0; shard < 4; shard++) {
            rig.log.refused.put(shard, elsewhere());
        }
        var part = assertInstanceOf(Reply.PagePart.class, rig.ask(part(ShardSet.all(4))));

        assertEquals(ShardSet.none(4), part.shards());
        assertEquals(0, part.page().count());
    }

    /// A shard whose barrier nobody has passed is not on the page, though another one's was.
    @Test
    void aPartWaitsForEachBarrierThatMayStillBePassed() {
        rig.log.grantsAtOnce = false;
        var answers = rig.submit(part(ShardSet.all(4)));
        rig.loops.runPools();
        rig.log.barriers.poll().readable();
        rig.log.barriers.poll().refused(elsewhere());
        rig.log.barriers.poll().readable();
        rig.loops.runPools();
        answers.assertNone();
        rig.log.barriers.poll().refused(elsewhere());
        rig.loops.runPools();

        var part = assertInstanceOf(Reply.PagePart.class, answers.only());
        assertEquals(ShardSet.of(4, shard -> shard % 2 == 0), part.shards());
    }

    @Test
    void aPartPassesTheBarriersOfTheConsistencyThatWasAskedFor() {
        rig.log.askedFor.clear();
        rig.ask(part(ShardSet.all(4)));

        assertEquals(java.util.Collections.nCopies(4, Consistency.LINEARIZABLE), rig.log.askedFor);
    }

    @Test
    void whatNoOtherNodeCouldDoBetterFailsThePart() {
        rig.log.refused.put(
                2, new NoriException.Overloaded(ErrorCode.RESOURCE_EXHAUSTED, "full", 10));
        rig.submit(part(ShardSet.all(4))).assertFailed(ErrorCode.RESOURCE_EXHAUSTED);
        rig.submit(part(ShardSet.all(5))).assertFailed(ErrorCode.INVALID_ARGUMENT);
    }

    private static NoriException elsewhere() {
        return new NoriException.NotLeader(ErrorCode.NOT_LEADER, "n2 leads it", "n2");
    }

    private static Request.ScanPart part(ShardSet shards) {
        return new Request.ScanPart(shards, Rig.scan("", ""));
    }

    private void assertBadCursor(Request.Scan scan) {
        rig.submit(scan).assertFailed(ErrorCode.BAD_CURSOR);
    }

    private static Request.Scan scan(boolean reverse, Bytes cursor) {
        return scan("", "", 10, 1_000, reverse, Projection.ITEMS, cursor);
    }

    private static Request.Scan scan(
            String from,
            String to,
            int limit,
            int pageBytes,
            boolean reverse,
            Projection projection,
            Bytes cursor) {
        return new Request.Scan(
                Bytes.utf8(from),
                Bytes.utf8(to),
                limit,
                pageBytes,
                reverse,
                projection,
                Consistency.LINEARIZABLE,
                cursor);
    }
}
