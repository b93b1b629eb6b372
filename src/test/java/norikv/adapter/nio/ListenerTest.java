package norikv.adapter.nio;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import norikv.bytes.ByteWriter;
import norikv.bytes.Bytes;
import norikv.domain.Consistency;
import norikv.domain.ErrorCode;
import norikv.domain.NodeId;
import norikv.domain.NoriException;
import norikv.domain.Reply;
import norikv.domain.Request;
import norikv.domain.Sharding;
import norikv.domain.Version;
import norikv.observe.Meter;
import norikv.port.KeyValue;
import norikv.wire.FrameType;
import norikv.wire.Hello;
import norikv.wire.RequestCodec;
import norikv.wire.Welcome;
import norikv.work.ThreadLoops;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// The data port over real sockets, with a store of the test's own behind it.
@Timeout(60)
final class ListenerTest {
    private static final Bytes KEY = Bytes.utf8("k");
    private static final Request GET = new Request.Get(KEY, Consistency.LINEARIZABLE);

    private final ConcurrentLinkedQueue<Throwable> faults = new ConcurrentLinkedQueue<>();
    private final ThreadLoops loops = new ThreadLoops((_, cause) -> faults.add(cause));
    private final List<AutoCloseable> open = new ArrayList<>();

    @AfterEach
    void closeAll() throws Exception {
        for (AutoCloseable one : open.reversed()) {
            one.close();
        }
        assertEquals(List.of(), List.copyOf(faults));
    }

    @Test
    void everyRequestOfAPipelineIsAnsweredOnceWhateverTheOrder() throws Exception {
        var held = new ConcurrentLinkedQueue<KeyValue.Answer>();
        RawClient client = client(listen((_, _, answer) -> {
            held.add(answer);
            if (held.size() == 50) {
                List<KeyValue.Answer> all = new ArrayList<>(held);
                java.util.Collections.shuffle(all, new Random(7));
                all.forEach(one -> one.reply(new Reply.Missing()));
            }
        }));
        for (int id = 1; id <= 50; id++) {
            client.add(id, GET);
        }
        client.flush();

        Map<Long, Reply> replies = client.readReplies(50);

        assertEquals(50, replies.size());
        assertTrue(replies.values().stream().allMatch(new Reply.Missing()::equals));
    }

    @Test
    void aReplyThatComesLaterFromAnotherThreadIsWritten() throws Exception {
        var held = new ConcurrentLinkedQueue<KeyValue.Answer>();
        var arrived = loops.signal();
        RawClient client = client(listen((_, _, answer) -> {
            held.add(answer);
            arrived.raise();
        }));
        client.send(1, GET);
        assertTrue(arrived.await(Long.MAX_VALUE));

        held.remove().reply(new Reply.Written(new Version(1, 2)));

        assertEquals(Map.of(1L, new Reply.Written(new Version(1, 2))), client.readReplies(1));
    }

    @Test
    void aBadRequestIsAnsweredAndTheConnectionGoesOn() throws Exception {
        RawClient client = client(listen((_, _, answer) -> answer.reply(new Reply.Missing())));
        ByteWriter sound = new ByteWriter(64);
        RequestCodec.encode(sound, 1, 1000, GET);
        byte[] frame = sound.toBytes().toByteArray();

        client.write(RawClient.withPayload(FrameType.REQUEST, 5, new byte[] {99, 1, 2, 3}));
        client.write(frame);

        Map<Long, Reply> replies = client.readReplies(2);
        assertTrue(replies.get(5L) instanceof Reply.Failed, replies::toString);
        assertEquals(new Reply.Missing(), replies.get(1L));
    }

    @Test
    void garbageIsSentAwayAndTheNeighbourNoticesNothing() throws Exception {
        Listener listener = listen((_, _, answer) -> answer.reply(new Reply.Missing()));
        RawClient neighbour = client(listener);
        RawClient hostile = client(listener);

        hostile.write("this is no frame, and never was one".getBytes(StandardCharsets.UTF_8));

        assertEquals(ErrorCode.MALFORMED_FRAME, hostile.readGoAway().code());
        assertTrue(hostile.isAtEnd());
        neighbour.send(9, GET);
        assertEquals(Map.of(9L, new Reply.Missing()), neighbour.readReplies(1));
    }

    @Test
    void mutatedFramesNeverHurtTheNode() throws Exception {
        long seed = Long.getLong("seed", 1);
        System.Logger log = System.getLogger("norikv.test");
        log.log(System.Logger.Level.INFO, "seed=" + seed);
        Random random = new Random(seed);
        Listener listener = listen((_, _, answer) -> answer.reply(new Reply.Missing()));
        for (int i = 0; i < 200; i++) {
            RawClient client = client(listener);
            ByteWriter out = new ByteWriter(256);
            RequestCodec.encode(out, 1, 1000, GET);
            byte[] bytes = out.toBytes().toByteArray();
            bytes[random.nextInt(bytes.length)] ^= (byte) (1 << random.nextInt(8));
            client.write(bytes);
            client.closeOutput();
            client.readToEnd(); // an answer, a GOAWAY or nothing: but always an end
            client.close();
        }
        RawClient last = client(listener);
        last.send(1, GET);
        assertEquals(Map.of(1L, new Reply.Missing()), last.readReplies(1), "seed " + seed);
    }

    @Test
    void aRequestBeforeHelloIsRefused() throws Exception {
        RawClient client = new RawClient(listen((_, _, _) -> {}).port());
        open.add(client);

        client.send(1, GET);

        assertEquals(ErrorCode.MALFORMED_FRAME, client.readGoAway().code());
    }

    @Test
    void httpIsToldInOneLineWhatThisPortIs() throws Exception {
        RawClient client = new RawClient(listen((_, _, _) -> {}).port());
        open.add(client);

        client.write("GET / HTTP/1.1\r\nHost: x\r\n\r\n".getBytes(StandardCharsets.US_ASCII));

        String answer = new String(client.readToEnd(), StandardCharsets.UTF_8);
        assertTrue(answer.startsWith("HTTP/1.1 400 "), answer);
        assertTrue(answer.endsWith("this is the data port\n"), answer);
    }

    @Test
    void aClientThatNeverReadsIsNotReadEither() throws Exception {
        Bytes value = Bytes.wrap(new byte[64 << 10]);
        var submitted = new java.util.concurrent.atomic.AtomicInteger();
        Listener listener = listen((_, _, answer) -> {
            submitted.incrementAndGet();
            answer.reply(new Reply.Found(value, new Version(1, 1), 0));
        });
        RawClient client = client(listener);
        for (int id = 0; id < 20_000; id++) {
            client.add(id, GET);
        }
        client.flushInBackground(loops);
        RawClient neighbour = client(listener);
        neighbour.send(1, GET);
        assertEquals(1, neighbour.readReplies(1).size());

        // 4 MiB of the window and what the two socket buffers take, not 20 000 x 64 KiB
        client.close();

        assertTrue(submitted.get() < 2_000, () -> "submitted " + submitted.get());
    }

    @Test
    void aConnectionTooManyIsToldSoAndClosed() throws Exception {
        Listener listener = listen(
                new NioOptions(1, 8, 1 << 20, Duration.ofSeconds(9), Duration.ofSeconds(9),
                        Duration.ofSeconds(9)),
                (_, _, answer) -> answer.reply(new Reply.Missing()));
        RawClient first = client(listener);
        RawClient second = new RawClient(listener.port());
        open.add(second);

        assertEquals(ErrorCode.RESOURCE_EXHAUSTED, second.readGoAway().code());
        assertTrue(second.isAtEnd());
        first.send(1, GET);
        assertEquals(1, first.readReplies(1).size());
    }

    @Test
    void silentAndHalfOpenConnectionsAreClosed() throws Exception {
        Listener listener = listen(
                new NioOptions(9, 8, 1 << 20, Duration.ofMillis(1), Duration.ofMillis(1),
                        Duration.ofSeconds(9)),
                (_, _, answer) -> answer.reply(new Reply.Missing()));
        RawClient halfOpen = new RawClient(listener.port());
        open.add(halfOpen);

        assertEquals(ErrorCode.UNAVAILABLE, halfOpen.readGoAway().code());
        assertTrue(halfOpen.isAtEnd());
    }

    @Test
    void aClosingNodeSaysWhichRequestItReadLast() throws Exception {
        Listener listener = listen((_, _, answer) -> answer.reply(new Reply.Missing()));
        RawClient client = client(listener);
        client.send(41, GET);
        assertEquals(1, client.readReplies(1).size());

        listener.close();

        assertEquals(ErrorCode.UNAVAILABLE, client.readGoAway().code());
        assertEquals(41, client.lastFrameId());
        assertTrue(client.isAtEnd());
    }

    @Test
    void aClientThatSendsNoMoreStillGetsItsAnswers() throws Exception {
        var held = new ConcurrentLinkedQueue<KeyValue.Answer>();
        var arrived = loops.signal();
        RawClient client = client(listen((_, _, answer) -> {
            held.add(answer);
            arrived.raise();
        }));
        client.send(1, GET);
        client.closeOutput();
        assertTrue(arrived.await(Long.MAX_VALUE));

        held.remove().reply(new Reply.Missing());

        assertEquals(Map.of(1L, new Reply.Missing()), client.readReplies(1));
        assertTrue(client.isAtEnd());
    }

    @Test
    void drainingAnswersWhatIsUnderWayAndRefusesTheRest() throws Exception {
        var held = new ConcurrentLinkedQueue<KeyValue.Answer>();
        var arrived = loops.signal();
        Listener listener = listen((_, _, answer) -> {
            held.add(answer);
            arrived.raise();
        });
        RawClient client = client(listener);
        client.send(1, GET);
        assertTrue(arrived.await(Long.MAX_VALUE));
        assertFalse(listener.drain(loops.clock().nanoTime()), "one is under way");

        client.send(2, GET);
        Map<Long, Reply> refused = client.readReplies(1);
        held.remove().reply(new Reply.Missing());

        assertTrue(listener.drain(loops.clock().nanoTime() + Duration.ofMinutes(1).toNanos()));
        assertEquals(ErrorCode.UNAVAILABLE, ((Reply.Failed) refused.get(2L)).code());
        assertEquals(Map.of(1L, new Reply.Missing()), client.readReplies(1));
    }

    @Test
    void aPortInUseIsSaidSo() {
        Listener first = listen((_, _, _) -> {});

        NoriException refused =
                assertThrows(
                        NoriException.Refused.class,
                        () -> open(first.port(), NioOptions.defaults(), (_, _, _) -> {}));

        assertEquals(ErrorCode.CANNOT_START, refused.code());
        assertTrue(refused.getMessage().contains(":" + first.port()), refused.getMessage());
    }

    private Listener listen(KeyValue keyValue) {
        return listen(NioOptions.defaults(), keyValue);
    }

    private Listener listen(NioOptions options, KeyValue keyValue) {
        Listener listener = open(0, options, keyValue);
        open.add(listener);
        return listener;
    }

    private Listener open(int port, NioOptions options, KeyValue keyValue) {
        Listener listener =
                Listener.bind(
                        new InetSocketAddress("127.0.0.1", port),
                        options,
                        loops,
                        Meter.NONE,
                        "this is the data port");
        listener.serve(
                keyValue,
                hello -> Welcome.to(hello, new NodeId("n1"), "c", new Sharding(16), 0));
        return listener;
    }

    private RawClient client(Listener listener) throws IOException {
        RawClient client = new RawClient(listener.port());
        open.add(client);
        ByteWriter hello = new ByteWriter(64);
        Hello.of("test").encode(hello, 0);
        client.write(hello.toBytes().toByteArray());
        client.readWelcome();
        return client;
    }
}
