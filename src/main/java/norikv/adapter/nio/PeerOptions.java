package norikv.adapter.nio;

import java.net.InetSocketAddress;
import java.util.Map;
import java.util.UUID;
import java.util.function.Supplier;
import norikv.bytes.Bytes;
import norikv.domain.NodeId;

/// Who a node is to the others, and where they are.
///
/// @param placement a hash of which node holds which shard: nodes that disagree do not talk
/// @param features what this node says it knows, of [norikv.port.Peers#FEATURES]
/// @param addresses where the others listen; asked again at each try, so names are looked up anew
/// @param secret what all nodes of the cluster know; empty: none
public record PeerOptions(
        String cluster,
        NodeId self,
        UUID store,
        long placement,
        long features,
        Map<NodeId, Supplier<InetSocketAddress>> addresses,
        Bytes secret) {
    public PeerOptions {
        addresses = Map.copyOf(addresses);
    }
}
