package norikv.adapter.nio;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.logging.Level;
import java.util.logging.Logger;
import norikv.bytes.ByteReader;
import norikv.bytes.ByteWriter;
import norikv.bytes.Bytes;
import norikv.domain.ErrorCode;
import norikv.domain.NodeId;
import norikv.domain.Reply;
import norikv.observe.Meter;
import norikv.port.Peers;
import norikv.wire.FrameReader;
import norikv.wire.FrameType;
import norikv.wire.PeerHello;
import norikv.wire.PeerProof;
import norikv.wire.PeerWelcome;
import norikv.wire.ReplyCodec;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/// What other nodes, and those who only say that they are, may do to a node by what they send.
/// `-Dfuzz.frames=N` for more frames, `-Dseed=` for others.
final class PeerLinksTest {
    private static final int FRAMES = Integer.getInteger("fuzz.frames", 100_000);
    private static final long SEED = Long.getLong("seed", 20_261_201);
    private static final int SOUND_MAX = 4;
    private static final long PLACEMENT = 0x1234_5678_9abcL;
    private static final NodeId SELF = new NodeId("n1");
    private static final NodeId OTHER = new NodeId("n2");
    private static final UUID STORE = new UUID(7, 7);
    private static final UUID OTHER_STORE = new UUID(8, 8);
    private static final Bytes SECRET = Bytes.utf8("a secret of this test");

    /// Says a line about each link that it hangs up on: too many for a test of many thousands.
    private static final Logger LOG = Logger.getLogger("norikv.nio");

    private final Random random = new Random(SEED);
    private final List<Bytes> received = new ArrayList<>();
    private Bytes secret = Bytes.EMPTY;

    @BeforeAll
    static void beSilent() {
        LOG.setLevel(Level.OFF);
    }

    @AfterAll
    static void speakAgain() {
        LOG.setLevel(null);
    }

    @Test
    void spoiledFramesEndTheirLinkAndNothingOfThemArrives() {
        PeerLinks links = open();
        List<Bytes> sent = new ArrayList<>();
        for (int i = 0; i < FRAMES; i++) {
            ByteWriter stream = greeting(hello("c", OTHER, PLACEMENT), new PeerProof(Bytes.EMPTY));
            for (int sound = random.nextInt(SOUND_MAX); sound > 0; sound--) {
                sent.add(noise());
                PeerProof.encodeMessages(stream, sent.getLast());
            }
            byte[] spoiled = spoiledFrame();
            stream.bytes(spoiled, 0, spoiled.length);
            HeldLink link = adopt(links, stream);

            assertTrue(link.isClosed(), () -> "seed " + SEED);
        }
        assertEquals(sent, received, () -> "seed " + SEED);
    }

    @Test
    void whoIsNotOfTheClusterIsHeardOfNever() {
        secret = SECRET;
        PeerLinks links = open();

        assertEquals(
                ErrorCode.CLUSTER_MISMATCH, refusal(links, hello("another", OTHER, PLACEMENT)));
        assertEquals(
                ErrorCode.CLUSTER_MISMATCH,
                refusal(links, hello("c", new NodeId("n9"), PLACEMENT)));
        assertEquals(
                ErrorCode.CLUSTER_MISMATCH, refusal(links, hello("c", OTHER, PLACEMENT + 1)));
        assertEquals(ErrorCode.UNAUTHENTICATED, refusal(links, hello("c", OTHER, PLACEMENT)));
        assertEquals(List.of(), received);
    }

    @Test
    void anotherDiskUnderAKnownNameIsHeardOfNever() {
        PeerHello wiped =
                new PeerHello(1, 1, 0, "c", OTHER, new UUID(9, 9), PLACEMENT, 0, nonce());

        assertEquals(ErrorCode.CLUSTER_MISMATCH, refusal(open(), wiped));
        assertEquals(List.of(), received);
    }

    @Test
    void aProofIsGoodForOneGreetingOnly() {
        secret = SECRET;
        var elsewhere = new PeerGreeting(options(OTHER, SELF), (_, _) -> true, fixed(), clock());
        PeerHello hello = elsewhere.hello(Peers.Lane.CONTROL);
        PeerLinks links = open();
        PeerWelcome first = welcome(adopt(links, greeting(hello, new PeerProof(Bytes.EMPTY))));
        PeerProof proof = elsewhere.prove(SELF, hello, first);
        ByteWriter again = greeting(hello, proof);
        PeerProof.encodeMessages(again, Bytes.utf8("a vote"));

        assertEquals(ErrorCode.UNAUTHENTICATED, lastWord(adopt(links, again)));
        assertEquals(List.of(), received);
    }

    @Test
    void aCallerIsToldWhatBothKnow() {
        var caller =
                new PeerHello(1, 1, 0b0011, "c", OTHER, OTHER_STORE, PLACEMENT, 0, nonce());
        var called = new PeerGreeting(options(SELF, OTHER), (_, _) -> true, fixed(), clock());

        assertEquals(0b0110, called.hello(Peers.Lane.DATA).features());
        assertEquals(0b0010, called.welcome(caller).features());
    }

    @Test
    void whoKnowsTheSecretIsHeard() {
        secret = SECRET;
        var elsewhere = new PeerGreeting(options(OTHER, SELF), (_, _) -> true, fixed(), clock());
        PeerHello hello = elsewhere.hello(Peers.Lane.CONTROL);
        // The same chance as of the links that were asked first: what they say is known before.
        PeerWelcome known = welcome(adopt(open(), greeting(hello, new PeerProof(Bytes.EMPTY))));
        ByteWriter stream = greeting(hello, elsewhere.prove(SELF, hello, known));
        PeerProof.encodeMessages(stream, Bytes.utf8("a vote"));
        adopt(open(), stream);

        assertEquals(List.of(Bytes.utf8("a vote")), received);
    }

    private PeerLinks open() {
        var links =
                new PeerLinks(
                        options(SELF, OTHER),
                        (node, store) -> !node.equals(OTHER) || store.equals(OTHER_STORE),
                        fixed(),
                        new InlineLoops(),
                        Meter.NONE);
        links.open(
                new Peers.Inbox() {
                    @Override
                    public void received(NodeId from, Peers.Lane lane, Bytes frame) {
                        assertEquals(OTHER, from);
                        received.add(Bytes.wrap(frame.toByteArray()));
                    }

                    @Override
                    public void connected(NodeId peer, long features) {}

                    @Override
                    public void disconnected(NodeId peer) {}
                });
        return links;
    }

    private PeerOptions options(NodeId self, NodeId other) {
        return new PeerOptions(
                "c",
                self,
                self.equals(SELF) ? STORE : OTHER_STORE,
                PLACEMENT,
                0b0110,
                Map.of(other, () -> new InetSocketAddress("127.0.0.1", 1)),
                secret);
    }

    private static SplittableRandom fixed() {
        return new SplittableRandom(SEED);
    }

    private static norikv.work.Clock clock() {
        return new InlineLoops().clock();
    }

    private PeerHello hello(String cluster, NodeId node, long placement) {
        return new PeerHello(1, 1, 0, cluster, node, OTHER_STORE, placement, 0, nonce());
    }

    private Bytes nonce() {
        byte[] nonce = new byte[PeerHello.NONCE_BYTES];
        random.nextBytes(nonce);
        return Bytes.wrap(nonce);
    }

    private static ByteWriter greeting(PeerHello hello, PeerProof proof) {
        var stream = new ByteWriter(1 << 10);
        hello.encode(stream);
        proof.encode(stream);
        return stream;
    }

    /// {@return the link, when all of `stream` has been served}
    private static HeldLink adopt(PeerLinks links, ByteWriter stream) {
        var link = new HeldLink(stream.toBytes().toByteArray());
        var frames = new FrameReader();
        while (!frames.next()) {
            frames.filled(link.read(frames.room()));
        }
        links.adopt(link, frames, PeerHello.decode(frames.payload()));
        return link;
    }

    /// Sends messages behind `hello` and a proof of nothing.
    ///
    /// @return why they were refused
    private static ErrorCode refusal(PeerLinks links, PeerHello hello) {
        ByteWriter stream = greeting(hello, new PeerProof(Bytes.EMPTY));
        PeerProof.encodeMessages(stream, Bytes.utf8("a vote"));
        HeldLink link = adopt(links, stream);
        assertTrue(link.isClosed());
        return lastWord(link);
    }

    private static PeerWelcome welcome(HeldLink link) {
        FrameReader frames = writtenTo(link);
        assertTrue(frames.next());
        assertEquals(FrameType.PEER_WELCOME, frames.type());
        ByteReader payload = frames.payload();
        return PeerWelcome.decode(payload);
    }

    private static ErrorCode lastWord(HeldLink link) {
        FrameReader frames = writtenTo(link);
        FrameType type = FrameType.PEER_HELLO;
        Reply reply = new Reply.Missing();
        while (frames.next()) {
            type = frames.type();
            reply = type == FrameType.GOAWAY ? ReplyCodec.decode(frames.payload()) : reply;
        }
        assertEquals(FrameType.GOAWAY, type);
        return ((Reply.Failed) reply).code();
    }

    private static FrameReader writtenTo(HeldLink link) {
        byte[] written = link.written();
        var frames = new FrameReader();
        frames.room().put(written);
        frames.filled(written.length);
        return frames;
    }

    private Bytes noise() {
        byte[] noise = new byte[1 + random.nextInt(64)];
        random.nextBytes(noise);
        return Bytes.wrap(noise);
    }

    /// {@return a frame that nobody sends: cut, flipped, noise, or of a kind that is not expected}
    private byte[] spoiledFrame() {
        var out = new ByteWriter(256);
        PeerProof.encodeMessages(out, noise());
        byte[] frame = out.toBytes().toByteArray();
        switch (random.nextInt(5)) {
            case 0 -> {
                return Arrays.copyOf(frame, random.nextInt(frame.length));
            }
            case 1 -> {
                return noise().toByteArray();
            }
            case 2 -> {
                out.clear();
                hello("c", OTHER, PLACEMENT).encode(out);
                return out.toBytes().toByteArray();
            }
            default -> {
                int at = random.nextInt(frame.length);
                int burst = Math.min(frame.length, at + 1 + random.nextInt(3));
                for (int i = at; i < burst; i++) {
                    frame[i] ^= (byte) (1 + random.nextInt(255));
                }
                return frame;
            }
        }
    }
}
