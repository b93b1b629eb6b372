package norikv.wire;

import norikv.bytes.ByteReader;
import norikv.bytes.ByteWriter;
import norikv.domain.ErrorCode;
import norikv.domain.Limits;
import norikv.domain.NodeId;
import norikv.domain.NoriException;
import norikv.domain.Sharding;

/// A node's answer to [Hello]: what is spoken from here on, and with whom.
///
/// ```
/// version varint ‖ features u64 ‖ node id ‖ cluster id ‖ total_shards varint
/// ‖ key_bytes_max varint ‖ value_bytes_max varint ‖ request_bytes_max varint
/// ‖ server_time_ms varint ‖ tagged
/// ```
///
/// **Source.** `wire/frames.md`.
///
/// @param version the greatest that both speak
/// @param features those of the client's that the node has too
/// @param cluster the cluster's id, as text
/// @param serverMillis the node's wall clock, milliseconds since 1970: for people, not for ordering
/// @param nodes all nodes of the cluster as `name=host:port,…`; empty for a node that is alone, or
///     when that takes more than 1024 bytes
public record Welcome(
        int version,
        long features,
        NodeId node,
        String cluster,
        Sharding sharding,
        int keyBytesMax,
        int valueBytesMax,
        int requestBytesMax,
        long serverMillis,
        String nodes) {

    /// {@return the answer of a node that is alone}
    public static Welcome to(
            Hello hello, NodeId node, String cluster, Sharding sharding, long serverMillis) {
        return to(hello, node, cluster, sharding, serverMillis, "");
    }

    /// {@return the answer to `hello`} Throws [NoriException.Refused] with `VERSION_UNSUPPORTED`
    /// when no version is spoken by both.
    public static Welcome to(
            Hello hello,
            NodeId node,
            String cluster,
            Sharding sharding,
            long serverMillis,
            String nodes) {
        if (hello.versionMin() > Hello.VERSION || hello.versionMax() < Hello.VERSION) {
            throw new NoriException.Refused(
                    ErrorCode.VERSION_UNSUPPORTED,
                    "protocol version: %d, got %d to %d"
                            .formatted(Hello.VERSION, hello.versionMin(), hello.versionMax()));
        }
        return new Welcome(
                Hello.VERSION,
                hello.features() & Hello.FEATURES,
                node,
                cluster,
                sharding,
                Limits.KEY_BYTES_MAX,
                Limits.VALUE_BYTES_MAX,
                Limits.REQUEST_BYTES_MAX,
                serverMillis,
                nodes);
    }

    /// Writes a whole frame.
    public void encode(ByteWriter out, long requestId) {
        int frame = Frame.begin(out, FrameType.WELCOME, requestId);
        out.varint(version).i64(features);
        Parts.text(out, node.name());
        Parts.text(out, cluster);
        out.varint(sharding.totalShards()).varint(keyBytesMax).varint(valueBytesMax);
        out.varint(requestBytesMax).varint(serverMillis);
        Parts.taggedText(out, Tag.NODES, nodes);
        Frame.end(out, frame);
    }

    /// {@return the answer in the payload `in`}
    public static Welcome decode(ByteReader in) {
        int version = (int) Parts.number(in, "version", Integer.MAX_VALUE);
        long features = in.i64();
        String node = Parts.text(in, "node_id");
        String cluster = Parts.text(in, "cluster_id");
        int shards = (int) Parts.number(in, "total_shards", Limits.SHARDS_MAX);
        int key = (int) Parts.number(in, "key_bytes_max", Integer.MAX_VALUE);
        int value = (int) Parts.number(in, "value_bytes_max", Integer.MAX_VALUE);
        int request = (int) Parts.number(in, "request_bytes_max", Integer.MAX_VALUE);
        long serverMillis = Parts.number(in, "server_time_ms", Long.MAX_VALUE);
        String nodes = Parts.taggedText(in, Tag.NODES);
        Parts.exactly(in, "welcome");
        return new Welcome(
                version,
                features,
                new NodeId(node),
                cluster,
                new Sharding(shards),
                key,
                value,
                request,
                serverMillis,
                nodes);
    }
}
