package norikv.sim;

import java.util.ArrayList;
import java.util.List;
import norikv.raft.Entry;
import norikv.raft.HardState;
import norikv.raft.Message;
import norikv.raftlog.LogBatch;

/// One batch on its way to the disk, and what waits for it.
final class Flight {
    /// What a replica put into it.
    ///
    /// @param record as the core numbers it, 0 for none
    /// @param sinceNanos when, by the machine's clock
    /// @param hard the hard state once this is durable
    /// @param messages what may leave then
    record Row(
            HostedReplica replica,
            long record,
            long sinceNanos,
            HardState hard,
            List<Entry> entries,
            List<Message> messages) {}

    final LogBatch batch;
    final List<Row> rows = new ArrayList<>();

    /// What else happens the moment it is durable, on the log's loop.
    Runnable whenDurable = () -> {};

    /// What else happens once the groups hear of it.
    Runnable then = () -> {};

    Flight(LogBatch batch) {
        this.batch = batch;
    }
}
