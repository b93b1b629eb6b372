package norikv.sim;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import norikv.observe.Event;
import norikv.observe.Meter;
import norikv.raft.Message;
import norikv.raft.Raft;
import norikv.raftlog.LogBatch;
import norikv.raftlog.RaftLog;
import norikv.raftlog.RaftLogOptions;
import norikv.wal.WalOptions;

/// The thinnest host there can be: all groups of a machine over one production `raftlog`, what a
/// core wants done at once or in a pass a little later, the batches of a pass as one record.
final class ThinHost implements Host {
    private static final int SEGMENT_BYTES = 64 << 10;
    private static final long RETRY_NANOS = 2_000_000;

    final Ground ground;
    final RaftLog log;
    private final int batchBytesMax;
    private final TreeMap<Integer, HostedReplica> replicas = new TreeMap<>();
    private final List<HostedReplica> dirty = new ArrayList<>();

    /// What is durable and was not told to the groups yet, in order.
    private final Deque<Flight> landing = new ArrayDeque<>();

    /// What the log had no place for, in order.
    private final Deque<Flight> refused = new ArrayDeque<>();

    /// Batches that may be filled again; at most as many as were ever on their way.
    private final Deque<LogBatch> idle = new ArrayDeque<>();

    private boolean passIsPlanned;
    private boolean mustPass;

    ThinHost(Ground ground) {
        this.ground = ground;
        var wal =
                WalOptions.defaults(ground.machine().id)
                        .withSegmentBytes(SEGMENT_BYTES)
                        .withCacheBytes(ground.plan().cacheBytes);
        log =
                RaftLog.open(
                        ground.disk(),
                        "log",
                        new RaftLogOptions(wal, 0),
                        ground,
                        Meter.NONE,
                        Event.Sink.NONE,
                        (_, cause) -> ground.fatal(cause));
        batchBytesMax = log.newBatch().payloadBytesMax();
        List.copyOf(ground.store().replicas.values()).forEach(this::open);
        planFlush();
    }

    @Override
    public void create(Store.Kept kept) {
        open(kept);
    }

    private void open(Store.Kept kept) {
        if (kept.ran && log.isTombstone(kept.group)) {
            gone(kept);
            return;
        }
        var replica = new HostedReplica(this, kept);
        replicas.put(kept.group, replica);
        replica.recover();
    }

    @Override
    public void receive(Message message, Optional<Table> snapshot) {
        HostedReplica to = replicas.get((int) message.head().group());
        if (to != null && to.id() == message.head().to()) {
            to.receive(message, snapshot);
        }
    }

    @Override
    public void ask(Operation operation) {
        HostedReplica asked = replicas.get(operation.group);
        if (asked == null || asked.raft().isEmpty()) {
            ground.answer(operation, Answer.DEFINITE);
        } else {
            asked.ask(operation);
        }
    }

    @Override
    public void destroy(int group) {
        HostedReplica gone = replicas.remove(group);
        gone.stop();
        dirty.remove(gone);
        Flight flight = newFlight();
        flight.batch.tombstone(group);
        // Until then it comes back with a restart.
        flight.then = () -> gone(gone.kept);
        submit(flight);
    }

    private void gone(Store.Kept kept) {
        ground.store().replicas.remove(kept.group);
        ground.watch().destroyed(kept.group, kept.id);
    }

    @Override
    public Optional<Raft> raft(int group) {
        HostedReplica replica = replicas.get(group);
        return replica == null ? Optional.empty() : replica.raft();
    }

    @Override
    public void administered(int group) {
        touch(replicas.get(group));
    }

    @Override
    public long replica(int group) {
        HostedReplica replica = replicas.get(group);
        return replica == null ? 0 : replica.id();
    }

    @Override
    public int waiting() {
        int count = 0;
        for (HostedReplica replica : replicas.values()) {
            count += replica.waiting();
        }
        return count;
    }

    @Override
    public String describe() {
        StringBuilder text = new StringBuilder();
        replicas.values().forEach(r -> text.append("\n    ").append(r.describe()));
        return text + (refused.isEmpty() ? "" : "\n    refused batches " + refused.size());
    }

    /// Something came in for `replica`: it is drained in the next pass.
    void touch(HostedReplica replica) {
        if (!dirty.contains(replica)) {
            dirty.add(replica);
        }
    }

    @Override
    public void settle() {
        if (dirty.isEmpty()) {
            return;
        }
        if (ground.plan().passNanos == 0) {
            pass();
        } else if (!passIsPlanned) {
            passIsPlanned = true;
            long nanos = ground.dice().below(ground.plan().passNanos);
            ground.after(nanos, "pass", 0, () -> mustPass = true);
        }
        if (mustPass) {
            mustPass = false;
            passIsPlanned = false;
            pass();
        }
    }

    private void pass() {
        Flight flight = newFlight();
        while (!dirty.isEmpty()) {
            HostedReplica replica = dirty.removeFirst();
            if (batchBytesMax - flight.batch.bytes() < replica.bytesMax()) {
                submit(flight);
                flight = newFlight();
            }
            replica.drain(flight);
        }
        submit(flight);
    }

    Flight newFlight() {
        return new Flight(idle.isEmpty() ? log.newBatch() : idle.removeLast());
    }

    private void recycle(Flight flight) {
        flight.batch.clear();
        idle.addLast(flight.batch);
    }

    void submit(Flight flight) {
        if (flight.batch.isEmpty()) {
            recycle(flight);
            return;
        }
        if (!refused.isEmpty() || !isTaken(flight)) {
            if (refused.isEmpty()) {
                ground.after(RETRY_NANOS, "retry", 0, this::retry);
            }
            refused.add(flight);
        }
    }

    private void retry() {
        while (!refused.isEmpty() && isTaken(refused.getFirst())) {
            refused.removeFirst();
        }
        if (!refused.isEmpty()) {
            ground.after(RETRY_NANOS, "retry", 0, this::retry);
        }
    }

    private boolean isTaken(Flight flight) {
        return switch (log.append(flight.batch, () -> durable(flight))) {
            case ACCEPTED -> true;
            case FULL, NO_SPACE -> false;
            case CLOSED -> true; // it has failed: this life is over
        };
    }

    /// Runs on the log's loop, in which nobody may be kept waiting: the groups hear of it later.
    private void durable(Flight flight) {
        for (Flight.Row row : flight.rows) {
            if (row.record() > 0) {
                ground.watch().durable(row.replica().witness(), row.hard(), row.entries());
            }
        }
        flight.whenDurable.run();
        landing.addLast(flight);
        long late = ground.dice().oneIn(4) ? ground.dice().below(2_000_000) : 0;
        ground.after(late, "durable", 0, () -> landed(landing.removeFirst()));
    }

    private void landed(Flight flight) {
        for (Flight.Row row : flight.rows) {
            row.replica().persisted(row);
        }
        flight.then.run();
        recycle(flight);
    }

    private void planFlush() {
        long nanos = ground.dice().around(ground.plan().flushNanos);
        ground.after(nanos, "flush", 0, this::flush);
    }

    /// What is applied survives a crash from now on, in some groups, and the log may forget it.
    private void flush() {
        for (HostedReplica replica : replicas.values()) {
            if (!ground.dice().oneIn(4)) {
                replica.flush();
            }
        }
        log.flushed(
                group -> {
                    HostedReplica replica = replicas.get((int) group);
                    return replica == null ? 0 : replica.flushedIndex();
                });
        planFlush();
    }
}
