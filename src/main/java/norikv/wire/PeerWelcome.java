package norikv.wire;

import java.util.UUID;
import norikv.bytes.ByteReader;
import norikv.bytes.ByteWriter;
import norikv.bytes.Bytes;
import norikv.domain.NodeId;

/// A node's answer to [PeerHello], if it takes the caller for who it says it is.
///
/// ```
/// version varint ‖ features u64 ‖ node id ‖ store_uuid 16 bytes ‖ time_ms varint
/// ‖ nonce 16 bytes ‖ tagged ‖ proof 0 or 32 bytes
/// ```
///
/// **Source.** `wire/peers.md`.
///
/// @param features those of the caller's that the node has too
/// @param timeMillis the node's wall clock, milliseconds since 1970
/// @param nonce drawn at random for this link
/// @param proof that it knows the secret of the cluster; empty where there is none
public record PeerWelcome(
        int version,
        long features,
        NodeId node,
        UUID store,
        long timeMillis,
        Bytes nonce,
        Bytes proof) {
    /// The length of a proof, bytes.
    public static final int PROOF_BYTES = 32;

    public PeerWelcome withProof(Bytes newProof) {
        return new PeerWelcome(version, features, node, store, timeMillis, nonce, newProof);
    }

    /// Writes a whole frame.
    public void encode(ByteWriter out) {
        int frame = Frame.begin(out, FrameType.PEER_WELCOME, 0);
        out.bytes(unproved());
        out.lengthAndBytes(proof);
        Frame.end(out, frame);
    }

    /// {@return all of its payload but the proof: what proofs are made over}
    public Bytes unproved() {
        var out = new ByteWriter(256);
        out.varint(version).i64(features);
        Parts.text(out, node.name());
        out.i64(store.getMostSignificantBits()).i64(store.getLeastSignificantBits());
        out.varint(timeMillis).bytes(nonce);
        Parts.noTagged(out);
        return out.toBytes();
    }

    /// {@return the answer in the payload `in`}
    public static PeerWelcome decode(ByteReader in) {
        int version = (int) Parts.number(in, "version", Integer.MAX_VALUE);
        long features = in.i64();
        NodeId node = new NodeId(Parts.text(in, "node_id"));
        UUID store = new UUID(in.i64(), in.i64());
        long timeMillis = Parts.number(in, "time_ms", Long.MAX_VALUE);
        Bytes nonce = Parts.copy(in, Math.min(PeerHello.NONCE_BYTES, in.remaining()));
        Parts.skipTagged(in);
        Bytes proof = PeerProof.proof(in);
        Parts.exactly(in, "peer welcome");
        return new PeerWelcome(version, features, node, store, timeMillis, nonce, proof);
    }
}
