package norikv.host;

import java.lang.System.Logger;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.ToLongFunction;
import java.util.random.RandomGenerator;
import norikv.domain.Consistency;
import norikv.domain.NodeId;
import norikv.domain.NoriException;
import norikv.domain.Placement;
import norikv.domain.Reply;
import norikv.domain.Request;
import norikv.domain.ShardId;
import norikv.observe.Event;
import norikv.observe.Meter;
import norikv.port.Applier;
import norikv.port.KeyValue;
import norikv.port.Peers;
import norikv.port.ReadGate;
import norikv.port.ReplicatedLog;
import norikv.port.ShardStore;
import norikv.port.Storage;
import norikv.raft.Now;
import norikv.raft.RaftOptions;
import norikv.raftlog.RaftLog;
import norikv.work.Clock;
import norikv.work.Loop;
import norikv.work.Loops;
import norikv.work.Pool;
import norikv.work.Signal;

/// The groups of one node: one a shard that it holds. Each is a replica of a [norikv.raft.Raft]
/// group; with one replica a shard, what is durable here is committed.
///
/// **Life.** Made over an open log and an open storage; [#start(Applier)] finds out where each
/// shard stands and takes part in its group from then on; [#isRecovered()] says when all that was
/// acknowledged before is applied. Then [#stop(long)], before log and storage are closed.
/// **Durability.** An entry is applied, and so answered, only when it is durable at a majority.
/// **Order** and **errors** are those of [ReplicatedLog]; a log without room refuses with
/// `DISK_WATERMARK` and goes on when there is room; at the bound of unflushed log proposals are
/// refused too. **Threads.** Any; loops: `host-0` and on.
public final class Host implements ReplicatedLog {
    static final Logger LOG = System.getLogger("norikv.host");

    /// How many reads of the log for lagging followers may wait for the disk.
    private static final int FETCHES_MAX = 4_096;

    private final Environment environment;
    private final Options options;
    private final Clock clock;
    private final FlushTrigger flushTrigger;
    private final Pool fetches;

    /// By shard, from [#start(Applier)] on; null where another node holds the shard.
    private Replica[] byShard = {};

    private List<Replica> replicas = List.of();
    private List<Worker> workers = List.of();
    private final List<Loop> workerLoops = new ArrayList<>();
    private final List<Loop> streamLoops = new ArrayList<>();

    // Null until it is started.
    private SnapshotSender sender;
    private SnapshotReceiver receiver;
    private Checker checker;

    private final List<Signal> drained = new ArrayList<>();
    private int commandBytesMax;
    private volatile boolean isRunning;

    /// What a host lives in.
    ///
    /// @param self this node, which is in the placement
    /// @param isNew whether the store never ran before
    /// @param random draws the times of elections
    /// @param flush asks storage to flush soon; cheap, and may be called again and again
    public record Environment(
            Placement placement,
            NodeId self,
            boolean isNew,
            RaftLog log,
            Storage storage,
            ShardStore shards,
            Peers peers,
            Loops loops,
            Meter meter,
            Event.Sink events,
            RandomGenerator random,
            Runnable flush) {}

    public Host(Environment environment, Options options) {
        this.environment = environment;
        this.options = options;
        this.clock = environment.loops().clock();
        this.flushTrigger =
                new FlushTrigger(environment.log(), options, environment.flush());
        this.fetches = environment.loops().pool("host-fetch", 1, FETCHES_MAX);
    }

    /// How the groups are served.
    ///
    /// @param workers how many loops own groups
    /// @param unflushedBytesMax the most log that a restart may have to read back
    /// @param unflushedEntriesMax the most entries of it
    /// @param raft the times of elections and leases: the same at all nodes. Its limits of bytes
    ///     are set to what a record of the log takes
    public record Options(
            int workers,
            long unflushedBytesMax,
            long unflushedEntriesMax,
            RaftOptions raft,
            Streams streams,
            CheckOptions checks) {
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
            return new Options(
                    Math.clamp(processors / 2, 1, 8),
                    256L << 20,
                    1_000_000,
                    RaftOptions.defaults(),
                    Streams.DEFAULTS,
                    CheckOptions.OFF);
        }

        public Options withWorkers(int count) {
            return new Options(
                    count, unflushedBytesMax, unflushedEntriesMax, raft, streams, checks);
        }

        public Options withUnflushed(long bytesMax, long entriesMax) {
            return new Options(workers, bytesMax, entriesMax, raft, streams, checks);
        }

        public Options withRaft(RaftOptions options) {
            return new Options(
                    workers, unflushedBytesMax, unflushedEntriesMax, options, streams, checks);
        }

        public Options withStreams(Streams bounds) {
            return new Options(
                    workers, unflushedBytesMax, unflushedEntriesMax, raft, bounds, checks);
        }

        public Options withChecks(CheckOptions how) {
            return new Options(
                    workers, unflushedBytesMax, unflushedEntriesMax, raft, streams, how);
        }
    }

    /// How whole shards go to other nodes and come from them.
    ///
    /// @param sendingMax how many are sent at a time
    /// @param receivingMax how many are received at a time
    /// @param bytesPerSecondMax how much is sent a second, of all together
    /// @param chunkBytes about how long the rows of a chunk are
    public record Streams(
            int sendingMax, int receivingMax, long bytesPerSecondMax, int chunkBytes) {
        static final Streams DEFAULTS = new Streams(2, 2, 32L << 20, 256 << 10);
    }

    /// Finds out where each shard stands and begins to serve.
    ///
    /// **Errors.** [NoriException.Corruption] when log and storage do not fit: nothing is changed.
    public void start(Applier applier) {
        Placement placement = environment.placement();
        int self = placement.number(environment.self()).orElseThrow();
        int recordBytesMax = environment.log().newBatch().payloadBytesMax();
        RaftOptions raft = Flight.bounded(options.raft(), recordBytesMax);
        commandBytesMax = raft.commandBytesMax();
        var parts =
                new Replica.Parts(
                        environment.log(),
                        environment.storage(),
                        placement,
                        self,
                        raft,
                        environment.isNew(),
                        environment.random());
        var now = new Now(clock.nanoTime(), clock.wallMillis());
        var found = new Replica[placement.totalShards()];
        List<Replica> held = new ArrayList<>();
        for (int number = 0; number < found.length; number++) {
            var shard = new ShardId(number);
            if (placement.holds(self, shard)) {
                found[number] = Replica.recover(shard, options.workers(), parts, now);
                held.add(found[number]);
            }
        }
        byShard = found;
        replicas = List.copyOf(held);
        flushed(shard -> environment.storage().applied(shard).at().index());
        startStreams();
        var wallClocks = new WallClocks(self, placement.nodes().size());
        var features = new PeerFeatures(placement, self);
        startWorkers(applier, raft, wallClocks, features);
        environment
                .peers()
                .open(
                        new PeerInbox(
                                placement,
                                workers,
                                sender,
                                receiver,
                                this::replica,
                                features,
                                wallClocks,
                                clock));
    }

    private void startStreams() {
        var metrics = new StreamMetrics(environment.meter(), environment.events());
        sender =
                new SnapshotSender(
                        environment.peers(),
                        environment.placement(),
                        options.streams(),
                        metrics);
        receiver =
                new SnapshotReceiver(
                        environment.peers(),
                        environment.placement(),
                        environment.shards(),
                        options.streams(),
                        metrics,
                        this::replica,
                        (replica, message) -> workers.get(replica.worker).tell(message));
        Loop out = environment.loops().start("host-snapshot-out", sender);
        Loop in = environment.loops().start("host-snapshot-in", receiver);
        streamLoops.add(out);
        streamLoops.add(in);
        sender.startedAs(out);
        receiver.startedAs(in);
    }

    private void startWorkers(
            Applier applier, RaftOptions raft, WallClocks wallClocks, PeerFeatures features) {
        checker = Checker.started(options.checks(), environment.loops(), streamLoops);
        var metrics = new HostMetrics(
                        environment.meter(), environment.events(), clock, replicas);
        environment
                .meter()
                .gauge(
                        "norikv_clock_offset_seconds",
                        "How far the wall clock of this node is ahead of the median.",
                        () -> wallClocks.offMillis(clock.nanoTime()) / 1e3);
        var parts =
                new WorkerParts(
                        environment.log(),
                        environment.storage(),
                        applier,
                        environment.peers(),
                        environment.placement(),
                        clock,
                        raft.uncommittedBytesMax(),
                        raft.heartbeatNanos(),
                        fetches,
                        environment.shards(),
                        sender,
                        receiver,
                        environment.random(),
                        wallClocks,
                        metrics,
                        flushTrigger,
                        options.checks(),
                        checker,
                        new CheckMetrics(
                                environment.meter(),
                                environment.events(),
                                environment.placement(),
                                replicas),
                        features);
        List<Worker> made = new ArrayList<>();
        for (int number = 0; number < options.workers(); number++) {
            int own = number;
            Signal signal = environment.loops().signal();
            drained.add(signal);
            made.add(
                    new Worker(
                            parts,
                            replicas.stream().filter(r -> r.worker == own).toList(),
                            signal));
        }
        workers = List.copyOf(made);
        isRunning = true;
        for (int number = 0; number < workers.size(); number++) {
            Loop loop = environment.loops().start("host-" + number, workers.get(number));
            workerLoops.add(loop);
            workers.get(number).startedAs(loop);
        }
    }

    /// {@return whether every group here can be read and written through this node, or its leader
    /// is known}
    public boolean isRecovered() {
        return unrecoveredCount() == 0;
    }

    /// {@return how many groups nobody is known to lead} One that is stopped is not waited for.
    public int unrecoveredCount() {
        return isRunning
                ? (int) replicas.stream()
                        .filter(r -> !r.isServed() && !r.isQuarantined())
                        .count()
                : environment.placement().totalShards();
    }

    /// {@return the shards whose replica here holds something else than most, and is stopped until
    /// it has all of them again}
    public List<ShardId> divergedShards() {
        return replicas.stream().filter(Replica::isDiverged).map(r -> r.shard).toList();
    }

    /// {@return how many entries are committed and not applied}
    public long unappliedEntries() {
        return replicas.stream().mapToLong(Replica::applyLag).sum();
    }

    /// {@return the node that leads `shard`, as far as is known here}
    public Optional<NodeId> leader(ShardId shard) {
        Replica replica = isRunning ? byShard[shard.number()] : null;
        return replica == null || replica.leader() == 0
                ? Optional.empty()
                : Optional.of(environment.placement().node(replica.leader()));
    }

    /// {@return who leads and holds each shard, as far as is known here; addresses are not}
    public Reply.Topology topology() {
        return Seats.of(environment.placement(), byShard);
    }

    /// Says what storage has made durable, after each flush: the log gives back what nobody needs.
    ///
    /// @param durableIndex the last index of a shard whose effects are durable without the log
    public void flushed(ToLongFunction<ShardId> durableIndex) {
        long now = clock.nanoTime();
        environment
                .log()
                .flushed(
                        group ->
                                replica((int) group)
                                        .map(r -> durableIndex.applyAsLong(r.shard))
                                        .orElse(0L),
                        group ->
                                replica((int) group)
                                        .map(r -> r.hold.index(now))
                                        .orElse(Long.MAX_VALUE));
    }

    /// {@return the replica of `group`, if it is here}
    private Optional<Replica> replica(int group) {
        int shard = group - 1;
        boolean isHere = shard >= 0 && shard < byShard.length;
        return isHere ? Optional.ofNullable(byShard[shard]) : Optional.empty();
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
        streamLoops.forEach(Loop::stop);
        fetches.stop();
        sender.finish();
        receiver.finish();
        checker.finish();
        workers.forEach(Worker::finish);
    }

    @Override
    public void propose(Proposal proposal) {
        Replica replica = isRunning ? byShard[proposal.shard().number()] : null;
        if (!isRunning) {
            proposal.refused(Refusals.closed());
        } else if (replica == null) {
            proposal.refused(notServed(proposal.shard()));
        } else if (proposal.command().length() > commandBytesMax) {
            proposal.refused(Refusals.tooLarge(commandBytesMax, proposal.command().length()));
        } else if (flushTrigger.isFull()) {
            proposal.refused(Refusals.tooMuchUnflushed(options));
        } else {
            workers.get(replica.worker).propose(new HostMessage.Propose(replica, proposal));
        }
    }

    @Override
    public void readBarrier(
            ShardId shard, Consistency consistency, long deadlineNanos, Barrier barrier) {
        Replica replica = isRunning ? byShard[shard.number()] : null;
        if (replica == null) {
            barrier.refused(notServed(shard));
        } else if (ReadRule.isReadable(replica, consistency, clock)) {
            barrier.readable();
        } else {
            workers.get(replica.worker)
                    .tell(new HostMessage.AwaitRead(replica, deadlineNanos, barrier));
        }
    }

    @Override
    public void readBarriers(Consistency consistency, long deadlineNanos, ReadGate gate) {
        List<List<Replica>> waiting = new ArrayList<>();
        workers.forEach(_ -> waiting.add(new ArrayList<>()));
        gate.wanted()
                .forEach(
                        shard -> {
                            Replica replica = isRunning ? byShard[shard] : null;
                            if (replica == null) {
                                gate.refuse(shard, notServed(new ShardId(shard)));
                                gate.done(1);
                            } else if (ReadRule.isReadable(replica, consistency, clock)) {
                                gate.pass(shard);
                                gate.done(1);
                            } else {
                                waiting.get(replica.worker).add(replica);
                            }
                        });
        for (int worker = 0; worker < waiting.size(); worker++) {
            List<Replica> here = waiting.get(worker);
            if (!here.isEmpty()) {
                workers.get(worker)
                        .tell(new HostMessage.AwaitReads(here, deadlineNanos, gate));
            }
        }
        gate.asked();
    }

    private NoriException notServed(ShardId shard) {
        return isRunning
                ? Refusals.notHere(environment.placement(), shard)
                : Refusals.closed();
    }

    @Override
    public long logTimeMillis(ShardId shard) {
        Replica replica = isRunning ? byShard[shard.number()] : null;
        return replica == null
                ? 0
                : replica.logTimeMillis(clock.nanoTime(), clock.wallMillis());
    }

    /// Does what an operator asks of the replica here, and answers.
    public void steer(Request.OfShard order, long deadlineNanos, KeyValue.Answer answer) {
        int shard = order.shard().number();
        if (shard >= environment.placement().totalShards()) {
            answer.reply(Refusals.noSuchShard(environment.placement(), shard).toReply());
        } else if (!isRunning || byShard[shard] == null) {
            answer.reply(notServed(order.shard()).toReply());
        } else {
            RaftLog log = environment.log();
            Replica replica = byShard[shard];
            Worker worker = workers.get(replica.worker);
            worker.tell(Steering.message(replica, order, deadlineNanos, log, answer));
        }
    }

    @Override
    public void resumeApply(ShardId shard) {
        Replica replica = byShard[shard.number()];
        workers.get(replica.worker).tell(new HostMessage.Resume(replica));
    }

    @Override
    public void stopApply(ShardId shard, NoriException why) {
        Replica replica = byShard[shard.number()];
        workers.get(replica.worker).tell(new HostMessage.Stop(replica, why));
    }
}
