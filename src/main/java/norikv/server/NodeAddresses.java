package norikv.server;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import norikv.domain.NodeId;
import norikv.domain.Placement;

/// The nodes of a cluster and where each listens, as `cluster.nodes` spells them.
///
/// @param nodes in the order in which they are named
public record NodeAddresses(Map<NodeId, Address> nodes) {
    public NodeAddresses {
        nodes = java.util.Collections.unmodifiableMap(new LinkedHashMap<>(nodes));
    }

    /// {@return what `text` spells, if it spells something}
    static Optional<NodeAddresses> parse(String text) {
        Map<NodeId, Address> nodes = new LinkedHashMap<>();
        if (text.isBlank()) {
            return Optional.of(new NodeAddresses(nodes));
        }
        for (String part : text.split(",", -1)) {
            int equals = part.indexOf('=');
            String name = part.substring(0, Math.max(0, equals)).strip();
            Optional<Address> address = Address.parse(part.substring(equals + 1).strip());
            if (!new ConfigType.Name().accepts(name)
                    || address.isEmpty()
                    || address.get().port() == 0
                    || nodes.put(new NodeId(name), address.get()) != null) {
                return Optional.empty();
            }
        }
        return nodes.size() > Placement.NODES_MAX
                ? Optional.empty()
                : Optional.of(new NodeAddresses(nodes));
    }
}
