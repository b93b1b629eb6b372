package norikv.lsm;

import java.lang.System.Logger.Level;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import norikv.domain.NoriException;
import norikv.domain.ShardId;
import norikv.observe.Event;
import norikv.sstable.TableFacts;
import norikv.work.Signal;
import norikv.work.Step;

/// Turns frozen memtables into tables of level 0, the oldest first, one at a time.
///
/// Order: tables written and forced, folder forced, one edit with the tables and the place of every
/// tablet forced, read state replaced, memory recycled once nobody reads it. A table that cannot be
/// written costs that attempt only: it begins again, in a new file, after a pause.
///
/// **Threads.** One loop runs the steps; any may request.
final class Flusher implements Step {
    private final Engine engine;
    private final Writer writer;
    private final ConcurrentLinkedQueue<Signal> waiters = new ConcurrentLinkedQueue<>();
    private volatile boolean requested;
    private volatile FlushListener listener = FlushListener.NONE;

    /// The memtable that is being written, and its rewrite; null in between.
    private Memtable memtable;

    private Rewrite rewrite;
    private long startedNanos;
    private long restUntilNanos = Long.MIN_VALUE;

    Flusher(Engine engine, Writer writer) {
        this.engine = engine;
        this.writer = writer;
    }

    /// Asks that all that was applied by now becomes durable, soon.
    void request() {
        requested = true;
    }

    /// `signal` is raised the next time a flush ends, well or badly, or there is nothing to flush.
    void signalNext(Signal signal) {
        waiters.add(signal);
    }

    void listen(FlushListener newListener) {
        listener = newListener;
    }

    @Override
    public long runOnce(long nowNanos) {
        if (nowNanos < restUntilNanos) {
            return restUntilNanos;
        }
        if (rewrite == null && !begin(nowNanos)) {
            raiseWaiters();
            return UNTIL_WOKEN;
        }
        try {
            if (!rewrite.step(engine.options().pace().stepEntries())) {
                return nowNanos;
            }
        } catch (NoriException.DiskFailure | NoriException.Corruption e) {
            return fail(nowNanos, e);
        }
        finish(nowNanos);
        return nowNanos;
    }

    private boolean begin(long nowNanos) {
        List<Memtable> frozen = engine.states().current().frozenMemtables();
        if (frozen.isEmpty() && requested) {
            requested = false;
            if (writer.rotateIfUnflushed()) {
                frozen = engine.states().current().frozenMemtables();
            }
        }
        if (frozen.isEmpty()) {
            return false;
        }
        memtable = frozen.getLast();
        startedNanos = nowNanos;
        var survivors = new Survivors(memtable.frozen(), (_, _) -> true);
        var outputs = new TableOutputs(engine.tablePlace(), TableFacts.Reason.FLUSH);
        rewrite = new Rewrite(memtable.cursor(), survivors, outputs);
        if (memtable.entries() > 0) {
            engine.publish(new Event.Lsm.FlushStart(memtable.usedBytes(), memtable.entries()));
        }
        return true;
    }

    private void finish(long nowNanos) {
        assert rewrite.read() == memtable.entries() : "entries of the memtable got lost";
        List<LiveTable> tables = rewrite.tables();
        Map<ShardId, AppliedAt> moved = new HashMap<>();
        Memtable flushed = memtable;
        endRewrite();
        engine.commit(
                tables,
                state -> edits(state, flushed.frozen(), tables, moved),
                () -> engine.installFlush(flushed, tables, moved));
        engine.meters().flushNanos().record(nowNanos - startedNanos);
        for (LiveTable table : tables) {
            engine.meters().flushBytes().add(table.bytes());
            TableFacts facts = table.facts();
            engine.publish(
                    new Event.Lsm.FlushComplete(
                            facts.fileNumber(), facts.bytes(), facts.entries()));
        }
        engine.tablesChanged();
        listener.flushed(Map.copyOf(moved));
        raiseWaiters();
    }

    private List<Edit> edits(
            ManifestState state,
            AppliedVector frozen,
            List<LiveTable> tables,
            Map<ShardId, AppliedAt> moved) {
        List<Edit> edits = new ArrayList<>(engine.additions(0, tables));
        var reading = new AppliedReading();
        for (ManifestState.TabletPlace t : state.tablets()) {
            reading.set(0, 0, 0);
            frozen.read(t.tablet(), reading);
            if (reading.index > t.durable().at().index()) {
                AppliedAt place = reading.toPlace();
                edits.add(new Edit.Applied(t.tablet(), place));
                moved.put(t.shard(), place);
            }
        }
        return edits;
    }

    private long fail(long nowNanos, NoriException failure) {
        rewrite.abandon();
        endRewrite();
        engine.meters().failures().increment();
        long pause = engine.options().pace().retryPauseMillis();
        restUntilNanos = nowNanos + TimeUnit.MILLISECONDS.toNanos(pause);
        Lsm.LOG.log(
                Level.WARNING,
                () -> "A flush failed and will be tried again. pause_ms=%d".formatted(pause),
                failure);
        raiseWaiters();
        return restUntilNanos;
    }

    private void endRewrite() {
        rewrite.close();
        rewrite = null;
        memtable = null;
    }

    /// Leaves off what is half done, when the engine closes.
    void abandon() {
        if (rewrite != null) {
            rewrite.abandon();
            endRewrite();
        }
        raiseWaiters();
    }

    private void raiseWaiters() {
        for (Signal s = waiters.poll(); s != null; s = waiters.poll()) {
            s.raise();
        }
    }
}
