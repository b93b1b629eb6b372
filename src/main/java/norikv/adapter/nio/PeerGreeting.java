package norikv.adapter.nio;

import java.security.InvalidKeyException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.random.RandomGenerator;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import norikv.bytes.Bytes;
import norikv.domain.ErrorCode;
import norikv.domain.NodeId;
import norikv.domain.NoriException;
import norikv.port.Peers.Lane;
import norikv.wire.PeerHello;
import norikv.wire.PeerProof;
import norikv.wire.PeerWelcome;
import norikv.work.Clock;

/// What two nodes say before they talk: that they are of one cluster, agree on the placement, know
/// the secret, and are who they were before.
///
/// **Threads.** Any. **Errors.** [NoriException.Refused] for a peer that a person must look at.
/// **Source.** `wire/peers.md`; HMAC-SHA-256, RFC 2104.
final class PeerGreeting {
    private static final String ALGORITHM = "HmacSHA256";
    private static final int CALLED = 1;
    private static final int CALLING = 2;

    private final PeerOptions options;
    private final PeerPins pins;
    private final RandomGenerator random;
    private final Clock clock;

    PeerGreeting(PeerOptions options, PeerPins pins, RandomGenerator random, Clock clock) {
        this.options = options;
        this.pins = pins;
        this.random = random;
        this.clock = clock;
    }

    PeerHello hello(Lane lane) {
        return new PeerHello(
                PeerHello.VERSION,
                PeerHello.VERSION,
                options.features(),
                options.cluster(),
                options.self(),
                options.store(),
                options.placement(),
                lane.ordinal(),
                nonce());
    }

    /// {@return the answer to a caller that may be one of us}
    PeerWelcome welcome(PeerHello hello) {
        require(
                hello.versionMin() <= PeerHello.VERSION && hello.versionMax() >= PeerHello.VERSION,
                ErrorCode.VERSION_UNSUPPORTED,
                "version %d of messages between nodes, got %d to %d"
                        .formatted(PeerHello.VERSION, hello.versionMin(), hello.versionMax()));
        require(
                hello.cluster().equals(options.cluster()),
                ErrorCode.CLUSTER_MISMATCH,
                "cluster %s, got %s".formatted(options.cluster(), hello.cluster()));
        require(
                options.addresses().containsKey(hello.node()),
                ErrorCode.CLUSTER_MISMATCH,
                "a node of this cluster, got %s".formatted(hello.node()));
        require(
                hello.placement() == options.placement(),
                ErrorCode.CLUSTER_MISMATCH,
                "placement %016x, got %016x of %s: the clusters were made with other nodes"
                        .formatted(options.placement(), hello.placement(), hello.node()));
        require(
                hello.lane() < Lane.values().length,
                ErrorCode.VERSION_UNSUPPORTED,
                "lane 0 to %d, got %d".formatted(Lane.values().length - 1, hello.lane()));
        var bare =
                new PeerWelcome(
                        PeerHello.VERSION,
                        hello.features() & options.features(),
                        options.self(),
                        options.store(),
                        clock.wallMillis(),
                        nonce(),
                        Bytes.EMPTY);
        return bare.withProof(proof(CALLED, hello, bare));
    }

    /// Checks the answer of the node that was called.
    ///
    /// @return the proof to send
    PeerProof prove(NodeId called, PeerHello hello, PeerWelcome welcome) {
        require(
                welcome.node().equals(called),
                ErrorCode.CLUSTER_MISMATCH,
                "node %s at its address, got %s".formatted(called, welcome.node()));
        requireProof(called, welcome.proof(), proof(CALLED, hello, welcome));
        requirePinned(called, welcome.store());
        return new PeerProof(proof(CALLING, hello, welcome));
    }

    /// Checks the caller's proof, with which it is one of us.
    void accept(PeerHello hello, PeerWelcome welcome, PeerProof proof) {
        requireProof(hello.node(), proof.proof(), proof(CALLING, hello, welcome));
        requirePinned(hello.node(), hello.store());
    }

    private void requireProof(NodeId node, Bytes got, Bytes expected) {
        require(
                MessageDigest.isEqual(got.toByteArray(), expected.toByteArray()),
                ErrorCode.UNAUTHENTICATED,
                "the same cluster.secret at %s, got another one".formatted(node));
    }

    private void requirePinned(NodeId node, java.util.UUID store) {
        require(
                pins.isPinned(node, store),
                ErrorCode.CLUSTER_MISMATCH,
                "the store that %s had when it was met first, got %s: its disk was wiped or swapped"
                        .formatted(node, store));
    }

    private Bytes proof(int side, PeerHello hello, PeerWelcome welcome) {
        if (options.secret().isEmpty()) {
            return Bytes.EMPTY;
        }
        try {
            Mac mac = Mac.getInstance(ALGORITHM);
            mac.init(new SecretKeySpec(options.secret().toByteArray(), ALGORITHM));
            mac.update((byte) side);
            mac.update(hello.payload().toByteArray());
            mac.update(welcome.unproved().toByteArray());
            return Bytes.wrap(mac.doFinal());
        } catch (NoSuchAlgorithmException | InvalidKeyException e) {
            throw new NoriException.Broken(
                    ErrorCode.INTERNAL, "this JDK has no " + ALGORITHM, e);
        }
    }

    private Bytes nonce() {
        byte[] nonce = new byte[PeerHello.NONCE_BYTES];
        random.nextBytes(nonce);
        return Bytes.wrap(nonce);
    }

    private static void require(boolean holds, ErrorCode code, String expectedAndFound) {
        if (!holds) {
            throw new NoriException.Refused(code, "peer: " + expectedAndFound);
        }
    }
}
