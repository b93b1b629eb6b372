package norikv.server;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import norikv.disk.SimDisk;
import norikv.domain.NodeId;
import norikv.domain.Reply;
import norikv.observe.Event;
import norikv.observe.Meter;
import norikv.work.Loops;

/// A whole node below its sockets that is alone, on a simulated disk: nobody measures it, and the
/// same log salt in every life lets it find its own log again.
final class SimStack {
    private static final long SALT = 77;

    private SimStack() {}

    /// Opens it, on whatever the disk holds.
    ///
    /// @param faults hears where the node could not go on, and why
    static Stack open(
            SimDisk disk, Loops loops, Collection<String> faults, Stack.Options options) {
        return Stack.open(
                new Stack.Environment(
                        disk,
                        loops,
                        (where, cause) -> faults.add(where + ": " + cause),
                        Meter.NONE,
                        Event.Sink.NONE,
                        () -> new Reply.Status(Map.of(), List.of(), Map.of()),
                        Stack.Member.alone(
                                new NodeId("n1"),
                                options.sharding().totalShards(),
                                SALT,
                                new SplittableRandom(SALT))),
                options);
    }
}
