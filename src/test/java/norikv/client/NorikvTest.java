package norikv.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Collectors;
import norikv.bytes.Bytes;
import norikv.domain.ErrorCode;
import norikv.domain.Item;
import norikv.domain.Limits;
import norikv.domain.NoriException;
import norikv.domain.Reply;
import norikv.domain.Request;
import norikv.domain.Version;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// What users of the client see, against a node that answers as it should.
final class NorikvTest {
    private static final ClientOptions OPTIONS =
            ClientOptions.defaults().withDeadline(Duration.ofSeconds(30));

    private final FakeNode node = new FakeNode(new FakeStore());
    private final Norikv db = Norikv.connect(node.endpoint(), OPTIONS);

    @AfterEach
    void close() {
        db.close();
        node.close();
    }

    @Test
    void whatIsPutIsFoundUntilItIsDeleted() {
        assertEquals(Optional.empty(), db.get("k"));
        Version first = db.put("k", "v");
        Item item = db.get("k").orElseThrow();
        assertEquals(Bytes.utf8("k"), item.key());
        assertEquals(Bytes.utf8("v"), item.value());
        assertEquals(first, item.version());
        Reply.Deleted deleted = db.delete("k");
        assertTrue(deleted.existed());
        assertTrue(deleted.at().compareTo(first) > 0);
        assertFalse(db.delete("k").existed());
    }

    @Test
    void aRefusedConditionCarriesTheVersionThatIsThere() {
        Version at = db.put("k", "v");
        PutOptions ifAbsent = PutOptions.defaults().withIfAbsent();
        var exists =
                assertThrows(NoriException.Mismatch.class, () -> db.put("k", "w", ifAbsent));
        assertEquals(ErrorCode.ALREADY_EXISTS, exists.code());
        assertEquals(at, exists.actual());

        var other = DeleteOptions.defaults().withIfVersion(new Version(9, 9));
        var differs =
                assertThrows(
                        NoriException.Mismatch.class, () -> db.delete(Bytes.utf8("k"), other));
        assertEquals(ErrorCode.PRECONDITION_FAILED, differs.code());
        assertEquals(at, differs.actual());
        assertEquals(
                "delete: version 9:9 expected, found version 1:1; nothing was written",
                differs.getMessage());
        db.put("k", "w", PutOptions.defaults().withIfVersion(at));
        assertEquals("w", db.get("k").orElseThrow().value().toUtf8());
    }

    @Test
    void aThousandCallsAtOnceTakeTwoConnectionsAndOneThread() {
        Set<String> before = threads();
        try (Norikv busy = Norikv.connect(node.endpoint(), OPTIONS)) {
            int connections = node.connections();
            List<CompletableFuture<Version>> puts = new ArrayList<>();
            for (int i = 0; i < 1_000; i++) {
                puts.add(busy.async().put("k" + i, "v"));
            }
            Set<String> meanwhile = threads();
            puts.forEach(CompletableFuture::join);
            assertTrue(node.connections() - connections <= 2);
            meanwhile.removeAll(before);
            assertTrue(meanwhile.size() <= 1, meanwhile::toString);
        }
    }

    /// {@return the platform threads, but for those that carry virtual ones}
    private static Set<String> threads() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> !thread.isVirtual())
                .map(thread -> thread.threadId() + " " + thread.getName())
                .filter(name -> !name.contains("ForkJoinPool") && !name.contains("Virtual"))
                .collect(Collectors.toSet());
    }

    @Test
    void optionsTravelWithTheRequest() {
        var options =
                PutOptions.defaults()
                        .withTtl(Duration.ofMinutes(1))
                        .withDeadline(Duration.ofSeconds(7));
        db.put("k", "v", options);
        FakeNode.Received put = node.next();
        assertEquals(60_000, ((Request.Put) put.request()).ttlMillis());
        assertTrue(put.deadlineMillis() > 0 && put.deadlineMillis() <= 7_000);
    }

    @Test
    void aScanBringsEveryItemOnceAndItsCursorGoesOn() {
        for (int i = 0; i < 95; i++) {
            db.put("k%03d".formatted(i), "v" + i);
        }
        db.put("other", "x");
        List<String> keys = new ArrayList<>();
        try (Scan scan = db.scan("k")) {
            scan.forEach(item -> keys.add(item.key().toUtf8()));
            assertEquals(95, scan.count());
            assertEquals(Optional.empty(), scan.cursor());
        }
        assertEquals(95, keys.size());
        assertEquals(keys.stream().sorted().distinct().toList(), keys);

        ScanOptions some = ScanOptions.prefix("k").withLimit(42).withReverse().withKeysOnly();
        Scan first = db.scan(some);
        assertEquals(42, first.stream().filter(item -> item.value().isEmpty()).count());
        String cursor = first.cursor().orElseThrow();
        assertTrue(cursor.startsWith("nk1."), cursor);
        Item next = db.scan(some.withCursor(cursor)).iterator().next();
        assertEquals("k052", next.key().toUtf8());
        assertEquals(95, db.count(ScanOptions.prefix("k")));
        assertEquals(42, db.count(ScanOptions.prefix("k").withLimit(42)));
        assertEquals(0, db.count(ScanOptions.prefix("nothing")));
    }

    @Test
    void aScanLeftWithinAPageGoesOnBehindTheLastItemTaken() {
        for (int i = 0; i < 25; i++) {
            db.put("k%03d".formatted(i), "v");
        }
        Scan scan = db.scan("k");
        var items = scan.iterator();
        for (int i = 0; i < 13; i++) {
            items.next();
        }
        var rest = ScanOptions.prefix("k").withCursor(scan.cursor().orElseThrow());
        assertEquals("k013", db.scan(rest).iterator().next().key().toUtf8());
    }

    @Test
    void aBatchAnswersEachOperation() {
        List<Reply> replies =
                db.batch().put("a", "1").get("a").delete("a").get("a").execute();
        assertInstanceOf(Reply.Written.class, replies.get(0));
        assertInstanceOf(Reply.Found.class, replies.get(1));
        assertEquals(true, ((Reply.Deleted) replies.get(2)).existed());
        assertInstanceOf(Reply.Missing.class, replies.get(3));
    }

    @Test
    void whatABatchHadNoRoomForIsSentAgain() {
        var store = new FakeStore();
        node.script(
                (peer, id, request) -> {
                    var operations = ((Request.Batch) request).operations();
                    List<Reply> replies = new ArrayList<>();
                    for (int i = 0; i < operations.size(); i++) {
                        replies.add(
                                i < 3
                                        ? store.answer(operations.get(i))
                                        : new Reply.Failed(ErrorCode.NOT_EXECUTED, "", 0));
                    }
                    peer.reply(id, new Reply.Batched(replies));
                });
        Batch batch = db.batch();
        for (int i = 0; i < 10; i++) {
            batch.put("k" + i, "v");
        }
        List<Reply> replies = batch.execute();
        for (int i = 0; i < 10; i++) {
            assertEquals(new Reply.Written(new Version(1, i + 1)), replies.get(i));
        }
        List<Integer> sizes = new ArrayList<>();
        while (node.pending() > 0) {
            sizes.add(((Request.Batch) node.next().request()).operations().size());
        }
        assertEquals(List.of(10, 7, 4, 1), sizes);
    }

    @Test
    void statusShardingAndPingComeFromTheNode() {
        assertEquals("fake", db.status().facts().get("node_id"));
        assertTrue(db.status().isReady());
        assertEquals(1024, db.sharding().totalShards());
        assertTrue(db.ping().toNanos() >= 0);
    }

    @Test
    void manyThreadsAndManyFuturesShareOneConnection() throws Exception {
        int threads = 32;
        int rounds = 100;
        var failures = new ConcurrentLinkedQueue<String>();
        try (var executor = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<?>> running = new ArrayList<>();
            for (int t = 0; t < threads; t++) {
                String key = "t" + t;
                running.add(
                        executor.submit(
                                () -> {
                                    for (int i = 0; i < rounds; i++) {
                                        String value = key + "-" + i;
                                        db.put(key, value);
                                        String found = db.get(key).orElseThrow().value().toUtf8();
                                        if (!found.equals(value)) {
                                            failures.add(value + " but " + found);
                                        }
                                    }
                                }));
            }
            List<CompletableFuture<Version>> futures = new ArrayList<>();
            for (int i = 0; i < 500; i++) {
                futures.add(db.async().put("f" + i, "v"));
            }
            for (var future : futures) {
                future.join();
            }
            for (Future<?> one : running) {
                one.get();
            }
        }
        assertEquals(List.of(), List.copyOf(failures));
        assertEquals(1, node.connections());
    }

    @Test
    void futuresHoldTheSameExceptionsThatCallsThrow() {
        db.put("k", "v");
        var future =
                db.async()
                        .put(Bytes.utf8("k"), Bytes.EMPTY, PutOptions.defaults().withIfAbsent());
        var thrown = assertThrows(CompletionException.class, future::join);
        assertInstanceOf(NoriException.Mismatch.class, thrown.getCause());
        assertEquals("v", db.async().get("k").join().orElseThrow().value().toUtf8());
        assertTrue(db.async().delete("k").join().existed());
        assertEquals(2, db.async().execute(db.batch().get("a").get("b")).join().size());
    }

    @Test
    void pagesCanBeFetchedOneByOne() {
        for (int i = 0; i < 25; i++) {
            db.put("k%03d".formatted(i), "v");
        }
        List<String> keys = new ArrayList<>();
        ScanOptions how = ScanOptions.prefix("k").withLimit(7).withKeysOnly();
        String cursor = "";
        do {
            ScanPage page = db.async().page(how.withCursor(cursor)).join();
            assertTrue(page.items().size() <= 7);
            page.items().forEach(item -> keys.add(item.key().toUtf8()));
            cursor = page.cursor();
        } while (!cursor.isEmpty());
        assertEquals(25, keys.stream().distinct().count());
        assertEquals(25, keys.size());
        assertTrue(db.async().ping().join().toNanos() > 0);
    }

    @Test
    void futuresAreCompletedByTheGivenExecutor() {
        try (var executor = Executors.newSingleThreadExecutor(r -> new Thread(r, "mine"));
                var own = Norikv.connect(node.endpoint(), OPTIONS.withCallbacks(executor))) {
            // Held until the callback is attached: it must run where the future is completed.
            var attached = new java.util.concurrent.CountDownLatch(1);
            var store = new FakeStore();
            node.script(
                    (peer, id, request) -> {
                        waitFor(attached);
                        peer.reply(id, store.answer(request));
                    });
            var name = own.async().get("k").thenApply(_ -> Thread.currentThread().getName());
            attached.countDown();
            assertEquals("mine", name.join());
        }
    }

    @Test
    void limitsAreCheckedBeforeAnythingIsSent() {
        int before = node.pending();
        refused(ErrorCode.INVALID_ARGUMENT, () -> db.get(""));
        refused(ErrorCode.KEY_TOO_LARGE, () -> db.get("k".repeat(1025)));
        Bytes big = Bytes.wrap(new byte[Limits.VALUE_BYTES_MAX + 1]);
        refused(ErrorCode.VALUE_TOO_LARGE, () -> db.put(Bytes.utf8("k"), big));
        Bytes half = big.slice(0, Limits.VALUE_BYTES_MAX);
        var put = PutOptions.defaults();
        refused(ErrorCode.KEY_TOO_LARGE, () -> db.batch().put(half, half, put));
        Batch large =
                db.batch().put(Bytes.utf8("a"), half, put).put(Bytes.utf8("b"), half, put);
        refused(ErrorCode.REQUEST_TOO_LARGE, large::execute);
        refused(
                ErrorCode.INVALID_ARGUMENT,
                () -> PutOptions.defaults().withTtl(Duration.ZERO));
        refused(ErrorCode.INVALID_ARGUMENT, () -> ScanOptions.all().withLimit(0));
        refused(
                ErrorCode.INVALID_ARGUMENT,
                () -> db.scan(ScanOptions.range(Bytes.utf8("b"), Bytes.utf8("a"))).iterator()
                        .hasNext());
        refused(ErrorCode.BAD_CURSOR, () -> ScanOptions.all().withCursor("nk2.abc"));
        refused(ErrorCode.BAD_CURSOR, () -> ScanOptions.all().withCursor("nk1.*"));
        assertEquals(before, node.pending());
    }

    @Test
    void endpointsAreReadWithAndWithoutPorts() {
        assertEquals(
                List.of(
                        new Endpoint("a", 1), new Endpoint("::1", 2), new Endpoint("b", 7447)),
                Endpoint.parseAll("a:1, [::1]:2,b"));
        for (String bad : List.of("", ":1", "a:", "a:x", "a:0", "a:65536", "a,,b")) {
            refused(ErrorCode.INVALID_ARGUMENT, () -> Endpoint.parseAll(bad));
        }
    }

    @Test
    void aClosedClientSaysSo() {
        db.close();
        db.close();
        assertThrows(NoriException.Closed.class, () -> db.get("k"));
        var thrown = assertThrows(CompletionException.class, () -> db.async().get("k").join());
        assertInstanceOf(NoriException.Closed.class, thrown.getCause());
    }

    private static void waitFor(java.util.concurrent.CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private static void refused(ErrorCode code, Runnable action) {
        var refused = assertThrows(NoriException.class, action::run);
        assertEquals(code, refused.code(), refused.getMessage());
    }
}
