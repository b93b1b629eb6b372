package norikv.adapter.nio;

import java.util.UUID;
import norikv.domain.NodeId;

/// Remembers which store each node had when it was met first: another one is a wiped or swapped
/// disk, which has forgotten its votes.
@FunctionalInterface
public interface PeerPins {
    /// Notes durably that `node` has `store`, unless it was known to.
    ///
    /// @return whether it has no other one. **Threads.** Any; may wait for the disk
    boolean isPinned(NodeId node, UUID store);
}
