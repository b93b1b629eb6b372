package norikv.wire;

import java.util.UUID;
import norikv.bytes.ByteReader;
import norikv.bytes.ByteWriter;
import norikv.bytes.Bytes;
import norikv.domain.NodeId;

/// The first thing a node says to another one that it calls: who it is, by everything that must
/// agree or be known before a vote of it may count.
///
/// ```
/// version_min varint ‖ version_max varint ‖ features u64 ‖ cluster id ‖ node id
/// ‖ store_uuid 16 bytes ‖ placement u64 ‖ lane u8 ‖ nonce 16 bytes ‖ tagged
/// ```
///
/// **Source.** `wire/peers.md`.
///
/// @param versionMin the oldest version of messages between nodes that it speaks
/// @param store drawn at random when its data folder was made: a wiped disk is another store
/// @param placement a hash of which node holds which shard
/// @param lane what the link is for
/// @param nonce drawn at random for this link
public record PeerHello(
        int versionMin,
        int versionMax,
        long features,
        String cluster,
        NodeId node,
        UUID store,
        long placement,
        int lane,
        Bytes nonce) {
    /// The version of messages between nodes that this build speaks.
    public static final int VERSION = 1;

    /// The length of a nonce, bytes.
    public static final int NONCE_BYTES = 16;

    /// Writes a whole frame.
    public void encode(ByteWriter out) {
        int frame = Frame.begin(out, FrameType.PEER_HELLO, 0);
        out.bytes(payload());
        Frame.end(out, frame);
    }

    /// {@return the payload of its frame: what proofs are made over}
    public Bytes payload() {
        var out = new ByteWriter(256);
        out.varint(versionMin).varint(versionMax).i64(features);
        Parts.text(out, cluster);
        Parts.text(out, node.name());
        out.i64(store.getMostSignificantBits()).i64(store.getLeastSignificantBits());
        out.i64(placement).u8(lane).bytes(nonce);
        Parts.noTagged(out);
        return out.toBytes();
    }

    /// {@return the hello in the payload `in`}
    public static PeerHello decode(ByteReader in) {
        int min = (int) Parts.number(in, "version_min", Integer.MAX_VALUE);
        int max = (int) Parts.number(in, "version_max", Integer.MAX_VALUE);
        long features = in.i64();
        String cluster = Parts.text(in, "cluster_id");
        NodeId node = new NodeId(Parts.text(in, "node_id"));
        UUID store = new UUID(in.i64(), in.i64());
        long placement = in.i64();
        int lane = in.u8();
        Bytes nonce = Parts.copy(in, Math.min(NONCE_BYTES, in.remaining()));
        Parts.skipTagged(in);
        Parts.exactly(in, "peer hello");
        return new PeerHello(min, max, features, cluster, node, store, placement, lane, nonce);
    }
}
