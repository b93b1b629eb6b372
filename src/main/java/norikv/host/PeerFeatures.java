package norikv.host;

import java.util.concurrent.atomic.AtomicLongArray;
import norikv.domain.Placement;

/// What the builds of the other nodes know, of [norikv.port.Peers#FEATURES], as each said when a
/// link to it was made last.
///
/// A node that was not met in this life of this one knows nothing, for all that is known here: its
/// disk, and with it its build, may be another one since. One that was met and is away counts as it
/// was; should it come back with an older build it refuses what that does not know.
///
/// **Threads.** Any.
final class PeerFeatures {
    /// By the number of the node.
    private final AtomicLongArray features;

    private final Placement placement;
    private final int self;

    PeerFeatures(Placement placement, int self) {
        this.placement = placement;
        this.self = self;
        this.features = new AtomicLongArray(placement.nodes().size() + 1);
    }

    /// A link to node `number` was made.
    void met(int number, long known) {
        features.set(number, known);
    }

    /// {@return whether node `number` is known to know `feature`}
    boolean knows(int number, long feature) {
        return number == self || (features.get(number) & feature) == feature;
    }

    /// {@return whether each node with a vote in the group of `replica` is known to know `feature`,
    /// so that an entry may be proposed which only such a node understands}
    boolean allKnow(Replica replica, long feature) {
        for (int number : placement.holders(replica.shard)) {
            if (!knows(number, feature)) {
                return false;
            }
        }
        return true;
    }
}
