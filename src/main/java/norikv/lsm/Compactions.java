package norikv.lsm;

import java.lang.System.Logger.Level;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import norikv.domain.NoriException;
import norikv.observe.Event;

/// Hands out what is to be merged to the loops that do it, and ends what they have done.
///
/// As many loops work as are needed: one, another while level 0 is deep, and more as debt grows; or
/// several on the pieces of one plan. A plan that fails is left off and looked at again after a
/// pause; no plan touches a table that is in quarantine: what it holds is to be got from elsewhere.
///
/// **Threads.** Any; the fields are guarded by this object's lock, under which nothing waits for
/// the disk.
final class Compactions {
    private final Engine engine;
    private final CompactionPolicy policy;
    private final Pacer pacer = new Pacer();
    private final Running running = new Running();
    private final List<CompactionJob> jobs = new ArrayList<>();
    private boolean oneLevelWanted;
    private long restUntilNanos = Long.MIN_VALUE;
    private long quietFromNanos = Long.MIN_VALUE;

    /// When a table with little garbage may be written again; 0: no table has any.
    private long sweepAtNanos;

    private long hurriedUntilNanos = Long.MIN_VALUE;

    Compactions(Engine engine) {
        this.engine = engine;
        this.policy = engine.policy();
    }

    /// How often one table is written again for the little garbage in it: so all of it goes in
    /// time, at no more than some hundred KiB a second.
    private static final long SWEEP_NANOS = 60_000_000_000L;

    /// How long garbage is hurried after it was asked for.
    private static final long HURRY_NANOS = 1_000_000_000L;

    /// A piece of a job, and the loop's to do.
    record Piece(CompactionJob job, int number) {}

    /// {@return how many plans are under way}
    synchronized int runningCount() {
        return running.count();
    }

    /// {@return when a loop that has just written `bytes` is to go on}
    long pace(long bytes, long nowNanos) {
        long debt = engine.debtBytes(engine.states().current().levels());
        return pacer.pace(bytes, debt, engine.pressure(), nowNanos);
    }

    /// Notes that a flush has come.
    synchronized void flushed(long nowNanos) {
        long millis = engine.options().jobs().quietMillis();
        quietFromNanos = nowNanos + TimeUnit.MILLISECONDS.toNanos(millis);
    }

    /// Has all garbage removed that nobody needs, however little: the disk is short of room.
    void hurryGarbage(long nowNanos) {
        synchronized (this) {
            hurriedUntilNanos = nowNanos + HURRY_NANOS;
        }
        engine.wakeCompactors();
    }

    /// {@return when to look again, if there is nothing to do now}
    synchronized long nextLookNanos(long nowNanos) {
        if (nowNanos < restUntilNanos) {
            return restUntilNanos;
        }
        long sweep = sweepAtNanos > nowNanos ? sweepAtNanos : Compactor.UNTIL_WOKEN;
        return nowNanos < quietFromNanos ? Math.min(quietFromNanos, sweep) : sweep;
    }

    /// {@return something to do now, if there is}
    ///
    /// The state is looked at while nobody ends a plan: what is not running any more shows in it.
    synchronized Optional<Piece> take(long nowNanos) {
        ReadState state = engine.states().retain();
        try {
            return take(state, nowNanos);
        } finally {
            state.release(engine.janitor());
        }
    }

    /// Takes out the tables of which nothing is of use to anybody any more, at once and on the
    /// caller's thread: none is read for it. What a plan under way has goes with that plan.
    void dropDead(long nowNanos) {
        for (int level = 0; level < Levels.COUNT; level++) {
            Optional<Piece> dead = takeDead(nowNanos);
            if (dead.isEmpty()) {
                return;
            }
            done(dead.get(), nowNanos);
        }
    }

    private synchronized Optional<Piece> takeDead(long nowNanos) {
        ReadState state = engine.states().retain();
        try {
            var now =
                    new CompactionPolicy.Situation(
                            state.levels(),
                            state.tablets(),
                            running,
                            false,
                            CompactionPolicy.Sweep.NONE,
                            engine.snapshots().oldestNanos(),
                            nowNanos);
            return CompactionPolicy.wholeTablesOfTheDead(now)
                    .map(plan -> piece(begin(plan, state.levels(), nowNanos), state));
        } finally {
            state.release(engine.janitor());
        }
    }

    /// Asks for all tables to be brought into one level; wakes nobody.
    synchronized void requestOneLevel() {
        oneLevelWanted = true;
    }

    /// {@return whether that is still to be done} Not where damage is in the way.
    synchronized boolean isOneLevelWanted() {
        return oneLevelWanted;
    }

    private Optional<Plan> next(CompactionPolicy.Situation now) {
        if (oneLevelWanted && running.count() > 0) {
            return Optional.empty();
        }
        Optional<Plan> plan = oneLevelWanted ? policy.nextToOneLevel(now) : Optional.empty();
        oneLevelWanted = plan.isPresent();
        return oneLevelWanted ? plan : policy.next(now);
    }

    private Optional<Piece> take(ReadState state, long nowNanos) {
        if (nowNanos < restUntilNanos) {
            return Optional.empty();
        }
        for (CompactionJob job : jobs) {
            if (job.hasPiecesLeft()) {
                return Optional.of(piece(job, state));
            }
        }
        boolean quiet = nowNanos >= quietFromNanos;
        var now =
                new CompactionPolicy.Situation(
                        state.levels(),
                        state.tablets(),
                        running,
                        quiet,
                        sweep(nowNanos),
                        engine.snapshots().oldestNanos(),
                        nowNanos);
        if (running.count() >= wanted(state.levels())) {
            return Optional.empty();
        }
        if (now.sweep() != CompactionPolicy.Sweep.NONE || sweepAtNanos == 0) {
            sweepAtNanos = CompactionPolicy.wantsSweep(now) ? nowNanos + SWEEP_NANOS : 0;
        }
        return next(now).map(plan -> piece(begin(plan, state.levels(), nowNanos), state));
    }

    private CompactionPolicy.Sweep sweep(long nowNanos) {
        if (nowNanos < hurriedUntilNanos) {
            return CompactionPolicy.Sweep.ALL;
        }
        return sweepAtNanos != 0 && nowNanos >= sweepAtNanos
                ? CompactionPolicy.Sweep.SETTLED
                : CompactionPolicy.Sweep.NONE;
    }

    private Piece piece(CompactionJob job, ReadState state) {
        int number = job.takePiece();
        job.open(number, engine, AppliedVector.durable(state.tablets()));
        return new Piece(job, number);
    }

    /// How many plans are worth running now.
    private long wanted(Levels levels) {
        boolean deep = levels.young().depth() >= engine.options().levels().youngBusyTrigger();
        long further = engine.debtBytes(levels) / engine.options().jobs().debtBytesAPlan();
        return 1 + (deep ? 1 : 0) + further;
    }

    private CompactionJob begin(Plan plan, Levels levels, long nowNanos) {
        List<KeyRange> ranges = CompactionJob.ranges(plan, engine.options().jobs());
        long snapshot = engine.snapshots().oldestNanos();
        var job = new CompactionJob(plan, levels, ranges, nowNanos, snapshot);
        running.add(plan);
        jobs.add(job);
        engine.publish(
                new Event.Compaction.Start(
                        plan.level(), plan.inputs().size(), plan.inputBytes()));
        if (job.pieceCount() > 1) {
            engine.wakeCompactors();
        }
        return job;
    }

    /// Ends a piece that was done; with the last one of its job, installs what all wrote.
    void done(Piece piece, long nowNanos) {
        if (end(piece)) {
            finish(piece.job(), nowNanos);
        }
    }

    private synchronized boolean end(Piece piece) {
        return piece.job().endPiece();
    }

    private void finish(CompactionJob job, long nowNanos) {
        // What was read before damage was found need not be what was written.
        job.damage().ifPresent(damage -> note(job, damage, nowNanos));
        if (job.hasFailed()) {
            abandonAll(job);
            return;
        }
        Plan plan = job.plan();
        List<LiveTable> written = job.written();
        List<LiveTable> outputs = plan.kind() == Plan.Kind.MOVE ? plan.upper() : written;
        if (plan.why() == Plan.Why.GARBAGE && job.dropped() == 0) {
            Rest rest = plan.upper().getFirst().rest().next(nowNanos, job.oldestSnapshotNanos());
            outputs.forEach(table -> table.setRest(rest));
        }
        List<Edit> edits = new ArrayList<>();
        plan.inputs().forEach(t -> edits.add(new Edit.DeleteTable(t.number())));
        job.close(engine.janitor());
        boolean committed;
        try {
            committed =
                    engine.commit(
                            written,
                            _ -> {
                                edits.addAll(engine.additions(plan.outputLevel(), outputs));
                                return edits;
                            },
                            () -> engine.installCompaction(plan, outputs));
        } finally {
            forget(job);
        }
        if (committed) {
            tell(job, written, nowNanos);
            engine.tablesChanged();
        } else {
            rest(nowNanos);
        }
    }

    private void tell(CompactionJob job, List<LiveTable> outputs, long nowNanos) {
        Plan plan = job.plan();
        long read = plan.kind() == Plan.Kind.MERGE ? plan.inputBytes() : 0;
        long written = outputs.stream().mapToLong(LiveTable::bytes).sum();
        engine.meters().compactionBytesRead().add(read);
        engine.meters().compactionBytesWritten().add(written);
        engine.meters().compactionNanos().record(nowNanos - job.startedNanos());
        engine.meters().jobs().count(plan, written, job);
        engine.publish(
                new Event.Compaction.Finish(plan.level(), read, written, job.dropped()));
    }

    /// Leaves a job off because a piece of it failed; the pieces that others have end soon.
    ///
    /// @return when to try again
    long failed(Piece piece, NoriException failure, long nowNanos) {
        // An input that cannot be read would be tried again and again, and nothing else done.
        piece.job().plan().inputs().stream()
                .filter(table -> table.wasUnreadable(failure))
                .forEach(table -> table.suspect(failure));
        long until = note(piece.job(), failure, nowNanos);
        done(piece, nowNanos);
        return until;
    }

    private long note(CompactionJob job, NoriException failure, long nowNanos) {
        engine.makeRoomAfter(failure);
        Lsm.LOG.log(
                Level.WARNING,
                () -> "A compaction failed. plan=%s".formatted(job.plan()),
                failure);
        synchronized (this) {
            job.setFailed();
            return rest(nowNanos);
        }
    }

    /// {@return when to try again}
    private synchronized long rest(long nowNanos) {
        engine.meters().failures().increment();
        long pause = engine.options().pace().retryPauseMillis();
        restUntilNanos =
                Math.max(restUntilNanos, nowNanos + TimeUnit.MILLISECONDS.toNanos(pause));
        return restUntilNanos;
    }

    /// Leaves everything off, when the engine closes and no loop runs any more.
    void abandon() {
        for (CompactionJob job : List.copyOf(jobs)) {
            abandonAll(job);
        }
    }

    private void abandonAll(CompactionJob job) {
        for (int number = 0; number < job.pieceCount(); number++) {
            job.abandon(number);
        }
        job.close(engine.janitor());
        forget(job);
    }

    private synchronized void forget(CompactionJob job) {
        jobs.remove(job);
        running.remove(job.plan());
    }
}
