package norikv.port;

import norikv.bytes.Bytes;
import norikv.domain.NodeId;

/// The way to the other nodes of the cluster: frames of opaque bytes, which may be lost.
///
/// **Order.** Frames of one lane to one node arrive in order, or not at all; lanes are independent.
/// **Limits.** What waits for a link is bounded, and what does not fit is not sent: nobody waits.
/// **Threads.** Any sends.
public interface Peers {
    /// Bit 0 of what a build knows: entries of the host, with which replicas compare what they
    /// hold.
    long CHECKS = 1;

    /// All that this build knows of what builds before it did not. A bit is never given another
    /// meaning.
    long FEATURES = CHECKS;

    /// What travels apart so that it does not wait for something else.
    enum Lane {
        /// Votes and heartbeats: small, and late is as bad as lost.
        CONTROL,
        /// Entries and their acknowledgements.
        DATA,
        /// Whole shards: much, and in no hurry.
        SNAPSHOT
    }

    /// Sends `frame`, if there is a link and room.
    ///
    /// @return false if it was not sent, and never will be
    boolean send(NodeId to, Lane lane, Bytes frame);

    /// Begins to hand over what arrives.
    void open(Inbox inbox);

    /// Who gets what arrives.
    ///
    /// **Threads.** Those of the links; must not wait.
    interface Inbox {
        /// A frame arrived whole.
        void received(NodeId from, Lane lane, Bytes frame);

        /// A link to `peer` was made.
        ///
        /// @param features what both ends of it know, of [#FEATURES]
        void connected(NodeId peer, long features);

        /// A link to `peer` broke: what was sent may not have arrived.
        void disconnected(NodeId peer);
    }

    /// A node that is alone.
    Peers NONE =
            new Peers() {
                @Override
                public boolean send(NodeId to, Lane lane, Bytes frame) {
                    return false;
                }

                @Override
                public void open(Inbox inbox) {}
            };
}
