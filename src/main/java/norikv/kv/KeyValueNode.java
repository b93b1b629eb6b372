package norikv.kv;

import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import norikv.bytes.Bytes;
import norikv.domain.NoriException;
import norikv.domain.Reply;
import norikv.domain.Request;
import norikv.domain.ShardId;
import norikv.domain.Sharding;
import norikv.observe.Meter;
import norikv.port.Administration;
import norikv.port.Applier;
import norikv.port.Changes;
import norikv.port.KeyValue;
import norikv.port.ReplicatedLog;
import norikv.port.Storage;
import norikv.work.Clock;
import norikv.work.Loop;
import norikv.work.Loops;
import norikv.work.Pool;
import norikv.work.Step;

/// The key-value service of one node: finds the shard of each request, reads through the log's
/// barriers, proposes writes, and applies what is committed.
///
/// **Life.** Made before the log is started, because the log needs [#applier()]; [#start()] when
/// the log runs; [#stop()] after the log was stopped, which has told every write its fate that has
/// one. **Threads.** Any may submit. Loops: `kv-deadlines`, `kv-expiry`; pools: `kv-read`,
/// `kv-scan`, `kv-fetch`. **Limits.** [Options].
public final class KeyValueNode implements KeyValue {
    /// How often deadlines are looked at, nanoseconds.
    static final long SWEEP_NANOS = 20_000_000L;

    private final Sharding sharding;
    private final OnceTerms onceTerms;
    private final Clock clock;
    private final Loops loops;
    private final Administration administration;
    private final RequestMetrics metrics;
    private final InFlight inFlight = new InFlight();
    private final ChangeStream changes;
    private final ExpiryClock expiryClock;
    private final EntryApplier applier;
    private final WriteCall.Parts writeParts;
    private final ReadCall.Parts readParts;
    private final ScanCall.Parts scanParts;
    private final Pool readPool;
    private final Pool scanPool;
    private final Pool fetchPool;
    private final AtomicBoolean stopped = new AtomicBoolean();
    private volatile boolean closed;

    /// The loops between [#start()] and [#stop()]; null before.
    private Loop deadlineLoop;

    private Loop expiryLoop;

    /// @param administration answers [Request.Admin]: whoever puts the node together knows how
    public KeyValueNode(
            Sharding sharding,
            ReplicatedLog log,
            Storage storage,
            Loops loops,
            Meter meter,
            Administration administration,
            Options options) {
        int shards = sharding.totalShards();
        this.sharding = sharding;
        this.onceTerms = new OnceTerms(options.keyTerms(), options.sessionTerms());
        this.loops = loops;
        this.clock = loops.clock();
        this.administration = administration;
        this.metrics = new RequestMetrics(meter);
        this.readPool = loops.pool("kv-read", options.readThreads(), options.readQueueMax());
        this.scanPool = loops.pool("kv-scan", options.scanThreads(), options.scanQueueMax());
        // One fetch a shard at a time: the queue can hold them all.
        this.fetchPool = loops.pool("kv-fetch", 1, shards);
        var pending = new PendingReplies(shards);
        var timeEntries = new TimeEntries(log, pending, shards);
        var admission =
                new Admission(options.writes(), shards, storage::writePressure, storage::room);
        this.changes = new ChangeStream(shards);
        this.expiryClock =
                new ExpiryClock(log, storage, timeEntries, shards, clock.wallMillis());
        this.applier =
                new EntryApplier(
                        storage,
                        pending,
                        changes,
                        new ColdReads(storage, log, fetchPool, shards),
                        expiryClock);
        var lag = new LagMetrics(meter, storage, shards, clock, expiryClock);
        this.writeParts = new WriteCall.Parts(log, admission, inFlight, pending);
        this.readParts =
                new ReadCall.Parts(
                        log, storage, inFlight, timeEntries, lag, readPool, clock);
        this.scanParts =
                new ScanCall.Parts(
                        shards,
                        log,
                        storage,
                        inFlight,
                        timeEntries,
                        expiryClock,
                        lag,
                        scanPool,
                        clock);
        gauges(meter, admission);
    }

    /// How much a node takes on at a time.
    ///
    /// @param readThreads threads for reads of single keys that memory cannot answer
    /// @param readQueueMax such reads that wait for a thread
    /// @param scanThreads threads for pages
    /// @param scanQueueMax pages that wait for a thread
    /// @param writes bounds of what is proposed and not yet applied
    /// @param keyTerms how long idempotency keys are kept, and how many
    /// @param sessionTerms how many sessions are kept
    public record Options(
            int readThreads,
            int readQueueMax,
            int scanThreads,
            int scanQueueMax,
            WriteBounds writes,
            KeyTerms keyTerms,
            SessionTerms sessionTerms) {
        public static Options defaults() {
            return new Options(
                    4,
                    4_096,
                    2,
                    256,
                    WriteBounds.defaults(),
                    KeyTerms.defaults(),
                    SessionTerms.defaults());
        }

        Options withPools(int reads, int readsWaiting, int scans, int scansWaiting) {
            return new Options(
                    reads, readsWaiting, scans, scansWaiting, writes, keyTerms, sessionTerms);
        }

        public Options withWrites(WriteBounds newWrites) {
            return new Options(
                    readThreads,
                    readQueueMax,
                    scanThreads,
                    scanQueueMax,
                    newWrites,
                    keyTerms,
                    sessionTerms);
        }

        public Options withKeyTerms(KeyTerms newTerms) {
            return new Options(
                    readThreads,
                    readQueueMax,
                    scanThreads,
                    scanQueueMax,
                    writes,
                    newTerms,
                    sessionTerms);
        }

        public Options withSessionTerms(SessionTerms newTerms) {
            return new Options(
                    readThreads,
                    readQueueMax,
                    scanThreads,
                    scanQueueMax,
                    writes,
                    keyTerms,
                    newTerms);
        }
    }

    /// {@return the state machine, for the log to apply to}
    public Applier applier() {
        return applier;
    }

    /// {@return what is applied, as a stream}
    public Changes changes() {
        return changes;
    }

    /// Begins to watch deadlines and expiries.
    public void start() {
        deadlineLoop = loops.start("kv-deadlines", this::sweep);
        expiryLoop = loops.start("kv-expiry", expiryClock);
    }

    /// Ends everything: requests under way are answered, later ones refused. The log must have been
    /// stopped. Calling it again does nothing.
    public void stop() {
        if (!stopped.compareAndSet(false, true)) {
            return;
        }
        closed = true;
        if (deadlineLoop != null) {
            deadlineLoop.stop();
            expiryLoop.stop();
        }
        readPool.stop();
        scanPool.stop();
        fetchPool.stop();
        inFlight.close(Call::answerAbandoned);
    }

    @Override
    public void submit(Request request, long deadlineNanos, Answer answer) {
        long began = clock.nanoTime();
        RequestMetrics.Kind kind = kindOf(request);
        metrics.began(kind);
        Answer counted =
                reply -> {
                    metrics.ended(kind, reply, clock.nanoTime() - began);
                    answer.reply(reply);
                };
        if (closed) {
            counted.reply(ReadCall.closed());
        } else if (began >= deadlineNanos) {
            counted.reply(ReadCall.overdueRead());
        } else {
            serve(request, deadlineNanos, counted);
        }
    }

    private void serve(Request request, long deadlineNanos, Answer answer) {
        switch (request) {
            case Request.Single single -> serveSingle(single, deadlineNanos, answer);
            case Request.Batch batch ->
                    new BatchCall(batch, answer)
                            .start((single, each) -> serveSingle(single, deadlineNanos, each));
            case Request.Scan scan ->
                    serveScan(
                            () -> ScanCall.whole(scan, deadlineNanos, scanParts, answer), answer);
            case Request.ScanPart part ->
                    serveScan(
                            () -> ScanCall.part(part, deadlineNanos, scanParts, answer), answer);
            case Request.Admin admin -> administration.serve(admin, deadlineNanos, answer);
        }
    }

    private void serveSingle(Request.Single single, long deadlineNanos, Answer answer) {
        ShardId shard = sharding.shardOf(single.key());
        switch (single) {
            case Request.Get get ->
                    new ReadCall(shard, get, deadlineNanos, readParts, answer).start();
            case Request.Write write -> {
                Bytes command = EntryFormat.encode(write, onceTerms);
                boolean isDelete = write instanceof Request.Delete;
                new WriteCall(shard, command, isDelete, deadlineNanos, writeParts, answer).start();
            }
        }
    }

    private static void serveScan(Supplier<ScanCall> making, Answer answer) {
        ScanCall call;
        try {
            call = making.get();
        } catch (NoriException.Malformed e) {
            answer.reply(e.toReply());
            return;
        }
        call.start();
    }

    private long sweep(long nowNanos) {
        inFlight.expire(nowNanos);
        return nowNanos + SWEEP_NANOS;
    }

    private void gauges(Meter meter, Admission admission) {
        meter.gauge(
                "norikv_writes_under_way",
                "Writes that were proposed and whose fate is not known yet.",
                admission::writesUnderWay);
        meter.gauge(
                "norikv_writes_under_way_bytes",
                "Bytes of the commands of these writes.",
                admission::bytesUnderWay);
    }

    private static RequestMetrics.Kind kindOf(Request request) {
        return switch (request) {
            case Request.Get _ -> RequestMetrics.Kind.GET;
            case Request.Put _ -> RequestMetrics.Kind.PUT;
            case Request.Delete _ -> RequestMetrics.Kind.DELETE;
            case Request.Batch _ -> RequestMetrics.Kind.BATCH;
            case Request.Scan _, Request.ScanPart _ -> RequestMetrics.Kind.SCAN;
            case Request.Admin _ -> RequestMetrics.Kind.ADMIN;
        };
    }
}
