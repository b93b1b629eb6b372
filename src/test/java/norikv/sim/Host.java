package norikv.sim;

import java.util.Optional;
import norikv.raft.Configuration;
import norikv.raft.Message;
import norikv.raft.Raft;

/// What runs on a machine between its network, its disk and its clients: the seam at which another
/// host can take part in the same worlds.
///
/// A host gets all it needs from its [Ground]: its disk, its loops, its clock, its dice; it sends
/// and answers through it and tells it what [Rules] must see. Whatever it does later it puts on the
/// agenda there, or into a loop. It ends without a word when the machine crashes.
///
/// Bringing the production host here means: a constructor that opens it on `ground.disk()` with
/// `ground` as its `Loops`, a peer port that calls `ground.send`, and calls of `ground.watch` where
/// its worker drains a core, hears that a batch is durable, and applies.
interface Host {
    /// A message from a peer, with the bytes of the snapshot that it stands behind.
    void receive(Message message, Optional<Table> snapshot);

    /// A client's operation; answered through the ground, perhaps never.
    void ask(Operation operation);

    /// Gives this machine a new replica of a group.
    void create(Store.Kept kept);

    /// Ends the replica of `group` here, for good.
    void destroy(int group);

    /// {@return the core of `group`, to look at and to administer: see [#administered]}
    Optional<Raft> raft(int group);

    /// A change or a transfer was given to the core of `group`.
    void administered(int group);

    /// {@return the replica of `group` here, 0 if there is none}
    long replica(int group);

    /// {@return how many operations wait for an answer}
    int waiting();

    /// {@return why this host is not at rest, for the one who asks why a world does not get well}
    String describe();

    /// Called after whatever happened on this machine.
    void settle();
}
