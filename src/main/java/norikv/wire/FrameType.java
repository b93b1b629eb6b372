package norikv.wire;

/// What a frame is. Numbers are never reused; 16 to 31 are for nodes among each other.
///
/// **Source.** `wire/frames.md`.
public enum FrameType {
    /// The first frame of a client: [Hello].
    HELLO(1),
    /// The node's answer to it: [Welcome].
    WELCOME(2),
    /// A [norikv.domain.Request], from client to node.
    REQUEST(3),
    /// The one [norikv.domain.Reply] to the request with the same id.
    REPLY(4),
    /// The last word of a node about this connection: a failed reply that says why. Requests with
    /// ids above the one in its header were not read and will not be executed.
    GOAWAY(5),
    /// Asks the other side for a [#PONG] with the same id and payload.
    PING(6),
    PONG(7),
    /// The first frame of a node that calls another one: [PeerHello].
    PEER_HELLO(16),
    /// The called node's answer to it: [PeerWelcome].
    PEER_WELCOME(17),
    /// The calling node's proof that it knows the secret of the cluster: [PeerProof].
    PEER_PROOF(18),
    /// What one node says to another, opaque here.
    PEER_MESSAGES(19);

    private static final FrameType[] BY_NUMBER = new FrameType[20];

    static {
        for (FrameType type : values()) {
            BY_NUMBER[type.number] = type;
        }
    }

    private final int number;

    FrameType(int number) {
        this.number = number;
    }

    public int number() {
        return number;
    }

    static boolean exists(int number) {
        return number >= 0 && number < BY_NUMBER.length && BY_NUMBER[number] != null;
    }

    /// {@return the type with this number, which [#exists]}
    static FrameType of(int number) {
        return BY_NUMBER[number];
    }
}
