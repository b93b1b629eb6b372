package norikv.sim;

import java.util.TreeMap;
import norikv.raft.Configuration;

/// What a machine keeps beside its log, and never loses: who it is in which group, and state
/// machines as they were flushed last. It stands for an engine whose own crashes are tested
/// elsewhere: each change happens whole or not at all.
final class Store {
    /// A replica of a group.
    static final class Kept {
        final int group;
        final long id;
        final Configuration first;

        /// What survives a crash.
        Table flushed;

        /// Whether it ever ran: then a log that has buried the group has buried this replica.
        boolean ran;

        /// A snapshot that is here in full, and takes the place of `flushed` once the log says that
        /// it begins behind it. Null if there is none.
        Table staged;

        Kept(int group, long id, Configuration first, Table flushed) {
            this.group = group;
            this.id = id;
            this.first = first;
            this.flushed = flushed;
        }
    }

    final TreeMap<Integer, Kept> replicas = new TreeMap<>();
}
