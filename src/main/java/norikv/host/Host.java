package norikv.host;

import java.util.ArrayList;
import java.util.List;
import java.util.function.ToLongFunction;
import norikv.domain.Consistency;
import norikv.domain.ErrorCode;
import norikv.domain.NoriException;
import norikv.domain.ShardId;
import norikv.observe.Meter;
import norikv.port.Applier;
import norikv.port.ReplicatedLog;
import norikv.port.Storage;
import norikv.raftlog.RaftLog;
import norikv.work.Clock;
import norikv.work.Loop;
import norikv.work.Loops;
import norikv.work.Signal;

/// The groups of one node: one a shard, and group 0 of the cluster, which holds nothing yet. Each
/// has one replica, so what is durable here is committed.
///
/// **Life.** Made over an open log and an open storage; [#start(Applier)] finds out where each
/// shard stands, begins a term in each group and applies what storage has not kept;
/// [#isRecovered()] says when that is done. Then [#stop(long)], before log and storage are closed.
/// **Durability.** An entry is committed, and so applied and answered, only after the log has said
/// that it is durable. **Order** and **errors** are those of [ReplicatedLog]; a log without room
/// refuses with `DISK_WATERMARK` and goes on when there is room; at the bound of unflushed log
/// proposals are refused too. **Threads.** Any; loops: `host-0` and on.
public final class Host implements ReplicatedLog {
    private static final long FULL_RETRY_MILLIS = 100;

    private final int totalShards;
    private final RaftLog log;
    private final Storage storage;
    private final Loops loops;
    private final Clock clock;
    private final Meter meter;
    private final Options options;
    private final FlushTrigger flushTrigger;

    /// By shard and by number, from [#start(Applier)] on.
    private List<Replica> replicas = List.of();

    private List<Worker> workers = List.of();
    private final List<Loop> workerLoops = new ArrayList<>();
    private final List<Signal> drained = new ArrayList<>();
    private int commandBytesMax;
    private volatile boolean isRunning;

    /// @param flush asks storage to flush soon; cheap, and may be called again and again
    public Host(
            int totalShards,
            RaftLog log,
            Storage storage,
            Loops loops,
            Meter meter,
            Options options,
            Runnable flush) {
        this.totalShards = totalShards;
        this.log = log;
        this.storage = storage;
        this.loops = loops;
        this.clock = loops.clock();
        this.meter = meter;
        this.options = options;
        this.flushTrigger = new FlushTrigger(log, options, flush);
    }

    /// How the groups are served.
    ///
    /// @param workers how many loops own groups
    /// @param unflushedBytesMax the most log that a restart may have to read back
    /// @param unflushedEntriesMax the most entries of it
    public record Options(int workers, long unflushedBytesMax, long unflushedEntriesMax) {
        public Options {
            if (workers < 1 || unflushedBytesMax < 1 || unflushedEntriesMax < 1) {
                throw NoriException.invalid(
                        "host: workers and bounds of at least 1, got %d, %d, %d"
                                .formatted(workers, unflushedBytesMax, unflushedEntriesMax));
            }
        }

        /// {@return the defaults for a machine with so many processors: a worker for two of them,
        /// eight at most, 256 MiB and a million entries}
        public static Options defaults(int processors) {
            return new Options(Math.clamp(processors / 2, 1, 8), 256L << 20, 1_000_000);
        }
    }

    /// Finds out where each shard stands and begins to serve.
    ///
    /// **Errors.** [NoriException.Corruption] when log and storage do not fit: nothing is changed.
    public void start(Applier applier) {
        List<Replica> found = new ArrayList<>(totalShards);
        for (int shard = 0; shard < totalShards; shard++) {
            found.add(Replica.recover(new ShardId(shard), options.workers(), log, storage));
        }
        replicas = List.copyOf(found);
        flushed(shard -> storage.applied(shard).at().index());
        var metrics = new HostMetrics(meter, replicas);
        var parts =
                new Worker.Parts(log, storage, applier, clock, metrics, flushTrigger);
        List<Worker> made = new ArrayList<>();
        for (int number = 0; number < options.workers(); number++) {
            int own = number;
            Signal signal = loops.signal();
            drained.add(signal);
            made.add(
                    new Worker(
                            parts,
                            replicas.stream().filter(r -> r.worker == own).toList(),
                            signal));
        }
        workers = List.copyOf(made);
        commandBytesMax = workers.getFirst().commandBytesMax();
        isRunning = true;
        for (int number = 0; number < workers.size(); number++) {
            Loop loop = loops.start("host-" + number, workers.get(number));
            workerLoops.add(loop);
            workers.get(number).startedAs(loop);
        }
    }

    /// {@return whether every group leads its term and has applied all that was committed before}
    public boolean isRecovered() {
        return unrecoveredCount() == 0;
    }

    /// {@return how many groups cannot be read or written yet}
    public int unrecoveredCount() {
        int count = isRunning ? 0 : totalShards;
        for (Replica replica : replicas) {
            count += isRunning && !replica.isReadable() ? 1 : 0;
        }
        return count;
    }

    /// {@return how many entries are committed and not applied}
    public long unappliedEntries() {
        return replicas.stream().mapToLong(Replica::applyLag).sum();
    }

    /// Says what storage has made durable, after each flush: the log gives back what nobody needs.
    ///
    /// @param durableIndex the last index of a shard whose effects are durable without the log
    public void flushed(ToLongFunction<ShardId> durableIndex) {
        log.flushed(
                group ->
                        group == 0 || group > totalShards
                                ? 0
                                : durableIndex.applyAsLong(new ShardId((int) group - 1)));
    }

    /// Refuses new proposals, lets what is under way end until `deadlineNanos`, then stops. Whoever
    /// still waits is told that the fate of his write is not known, or that it was never proposed.
    public void stop(long deadlineNanos) {
        if (!isRunning) {
            return;
        }
        isRunning = false;
        workers.forEach(Worker::beginClose);
        drained.forEach(signal -> signal.await(deadlineNanos));
        workerLoops.forEach(Loop::stop);
        workers.forEach(Worker::finish);
    }

    @Override
    public void propose(Proposal proposal) {
        if (!isRunning) {
            proposal.refused(Worker.closed());
        } else if (proposal.command().length() > commandBytesMax) {
            proposal.refused(
                    new NoriException.Malformed(
                            ErrorCode.REQUEST_TOO_LARGE,
                            "entry: at most %d bytes, got %d"
                                    .formatted(commandBytesMax, proposal.command().length())));
        } else if (flushTrigger.isFull()) {
            proposal.refused(
                    new NoriException.Overloaded(
                            ErrorCode.WRITE_STALL,
                            "log: at most %d bytes and %d entries that are not flushed"
                                    .formatted(
                                            options.unflushedBytesMax(),
                                            options.unflushedEntriesMax()),
                            FULL_RETRY_MILLIS));
        } else {
            Replica replica = replicas.get(proposal.shard().number());
            workers.get(replica.worker).propose(new Message.Propose(replica, proposal));
        }
    }

    @Override
    public void readBarrier(
            ShardId shard, Consistency consistency, long deadlineNanos, Barrier barrier) {
        if (!isRunning) {
            barrier.refused(Worker.closed());
            return;
        }
        Replica replica = replicas.get(shard.number());
        if (consistency == Consistency.STALE || replica.isReadable()) {
            // The only replica: what is acknowledged is applied here.
            barrier.readable();
        } else {
            workers.get(replica.worker)
                    .tell(new Message.AwaitRead(replica, deadlineNanos, barrier));
        }
    }

    @Override
    public long logTimeMillis(ShardId shard) {
        return isRunning
                ? replicas.get(shard.number()).logTimeMillis(clock.nanoTime(), clock.wallMillis())
                : 0;
    }

    @Override
    public void resumeApply(ShardId shard) {
        Replica replica = replicas.get(shard.number());
        workers.get(replica.worker).tell(new Message.Resume(replica));
    }
}
