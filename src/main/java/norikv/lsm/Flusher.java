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
import norikv.sstable.Cursor;
import norikv.sstable.TableFacts;
import norikv.work.Signal;
import norikv.work.Step;

/// Turns frozen memtables into tables of level 0, all that there are at a time: of what was
/// overwritten from one to the next, only the newest is written.
///
/// Order: tables written and forced, folder forced, one edit with the tables and the place of every
/// tablet forced, read state replaced, memory recycled once nobody reads it. A table that cannot be
/// written costs that attempt only: it begins again, in a new file, after a pause.
///
/// **Threads.** One loop runs the steps; any may request.
final class Flusher implements Step {
    /// How long after a flush another one is made only so that deletes reach the tables.
    private static final long RELIEF_NANOS = TimeUnit.SECONDS.toNanos(2);

    private final Engine engine;
    private final Writer writer;
    private final Compactions compactions;
    private final ConcurrentLinkedQueue<Signal> waiters = new ConcurrentLinkedQueue<>();
    private volatile boolean requested;
    private volatile long relievedNanos = Long.MIN_VALUE;
    private volatile FlushListener listener = FlushListener.NONE;

    /// The memtables that are being written, newest first, and their rewrite; null in between.
    private List<Memtable> memtables;

    private Rewrite rewrite;
    private long startedNanos;
    private long restUntilNanos = Long.MIN_VALUE;

    Flusher(Engine engine, Writer writer, Compactions compactions) {
        this.engine = engine;
        this.writer = writer;
        this.compactions = compactions;
    }

    /// Asks that all that was applied by now becomes durable, soon.
    void request() {
        requested = true;
    }

    /// Asks as [#request], but not again and again.
    ///
    /// @return whether it did
    boolean requestAfterRest(long nowNanos) {
        if (relievedNanos != Long.MIN_VALUE && nowNanos - relievedNanos < RELIEF_NANOS) {
            return false;
        }
        relievedNanos = nowNanos;
        requested = true;
        return true;
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
        return finish(nowNanos) ? nowNanos : rest(nowNanos);
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
        memtables = List.copyOf(frozen);
        startedNanos = nowNanos;
        engine.flushCuts().look(engine.states().current().levels());
        var survivors =
                new Survivors(
                        memtables.getFirst().frozen(),
                        engine.snapshots().pins(),
                        (_, _) -> true);
        long tableBytes = engine.options().tables().tableBytes();
        var outputs =
                new TableOutputs(
                        engine.tablePlace(),
                        TableFacts.Reason.FLUSH,
                        OutputCuts.ofFlush(tableBytes, engine.flushCuts().keys()),
                        0,
                        0);
        Cursor[] inputs = memtables.stream().map(Memtable::cursor).toArray(Cursor[]::new);
        rewrite =
                new Rewrite(
                        inputs.length == 1 ? inputs[0] : new MergeCursor(inputs),
                        survivors,
                        outputs);
        long entries = entries();
        if (entries > 0) {
            long bytes = memtables.stream().mapToLong(Memtable::usedBytes).sum();
            engine.publish(new Event.Lsm.FlushStart(bytes, entries));
        }
        return true;
    }

    private long entries() {
        return memtables.stream().mapToLong(Memtable::entries).sum();
    }

    /// {@return whether there was room for the edits}
    private boolean finish(long nowNanos) {
        assert rewrite.read() == entries() : "entries of the memtables got lost";
        List<LiveTable> tables = rewrite.tables();
        Map<ShardId, AppliedAt> moved = new HashMap<>();
        List<Memtable> flushed = memtables;
        endRewrite();
        boolean committed =
                engine.commit(
                        tables,
                        state -> edits(state, flushed.getFirst().frozen(), tables, moved),
                        () -> engine.installFlush(flushed, tables, moved));
        if (!committed) {
            return false;
        }
        compactions.flushed(nowNanos);
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
        return true;
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
        engine.makeRoomAfter(failure);
        Lsm.LOG.log(Level.WARNING, "A flush failed and will be tried again.", failure);
        return rest(nowNanos);
    }

    private long rest(long nowNanos) {
        engine.meters().failures().increment();
        long pause = engine.options().pace().retryPauseMillis();
        restUntilNanos = nowNanos + TimeUnit.MILLISECONDS.toNanos(pause);
        raiseWaiters();
        return restUntilNanos;
    }

    private void endRewrite() {
        rewrite.close();
        rewrite = null;
        memtables = null;
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
