package norikv.lsm;

import java.lang.System.Logger.Level;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import norikv.domain.NoriException;
import norikv.observe.Event;
import norikv.sstable.Cursor;
import norikv.sstable.TableFacts;
import norikv.work.Step;

/// Merges tables as the [CompactionPolicy] says, one plan at a time.
///
/// A plan that fails is left off and looked at again after a pause; a table with a damaged block is
/// put in quarantine, which no plan touches: what it holds is to be got from elsewhere.
///
/// **Threads.** One loop runs the steps.
final class Compactor implements Step {
    private final Engine engine;
    private final CompactionPolicy policy;

    /// What is being done, the levels it was planned on, retained, and its rewrite; null in
    /// between.
    private Plan plan;

    private Levels levels;
    private Rewrite rewrite;
    private long startedNanos;
    private long restUntilNanos = Long.MIN_VALUE;
    private volatile boolean running;

    Compactor(Engine engine) {
        this.engine = engine;
        this.policy = new CompactionPolicy(engine.options().levels());
    }

    /// {@return whether a compaction runs}
    boolean isRunning() {
        return running;
    }

    @Override
    public long runOnce(long nowNanos) {
        if (nowNanos < restUntilNanos) {
            return restUntilNanos;
        }
        if (plan == null && !begin(nowNanos)) {
            return UNTIL_WOKEN;
        }
        if (plan.kind() == Plan.Kind.MERGE) {
            try {
                if (!rewrite.step(engine.options().pace().stepEntries())) {
                    return nowNanos;
                }
            } catch (NoriException.Corruption e) {
                quarantine(e);
                return fail(nowNanos, e);
            } catch (NoriException.DiskFailure e) {
                return fail(nowNanos, e);
            }
        }
        finish(nowNanos);
        return nowNanos;
    }

    private boolean begin(long nowNanos) {
        ReadState state = engine.states().retain();
        try {
            Optional<Plan> next = policy.next(state.levels(), state.tablets());
            if (next.isEmpty()) {
                return false;
            }
            plan = next.get();
            levels = state.levels();
            levels.retain();
            rewrite = plan.kind() == Plan.Kind.MERGE ? rewrite(state.tablets()) : null;
        } finally {
            state.release(engine.janitor());
        }
        startedNanos = nowNanos;
        running = true;
        engine.publish(
                new Event.Compaction.Start(
                        plan.level(), plan.inputs().size(), plan.inputBytes()));
        return true;
    }

    /// Every reader of the outputs sees at least what is durable now: a reader pins first and loads
    /// the applied place second.
    private Rewrite rewrite(TabletMap tablets) {
        AppliedVector durable = AppliedVector.durable(tablets);
        var survivors =
                new Survivors(durable, Survivors.below(levels, plan.outputLevel()));
        var outputs = new TableOutputs(engine.tablePlace(), TableFacts.Reason.COMPACTION);
        Cursor[] inputs =
                plan.inputs().stream()
                        .map(t -> t.table().cursor(norikv.sstable.Reach.DISK))
                        .toArray(Cursor[]::new);
        return new Rewrite(new MergeCursor(inputs), survivors, outputs);
    }

    private List<LiveTable> merged() {
        List<LiveTable> outputs = rewrite.tables();
        long hash = 0;
        for (LiveTable input : plan.inputs()) {
            hash += input.facts().contentHash();
        }
        for (LiveTable output : outputs) {
            hash -= output.facts().contentHash();
        }
        assert hash == rewrite.survivors().droppedHash() : "inputs - dropped != outputs: " + plan;
        return outputs;
    }

    private void finish(long nowNanos) {
        Plan done = plan;
        long dropped = rewrite == null ? 0 : rewrite.survivors().dropped();
        List<LiveTable> written = rewrite == null ? List.of() : merged();
        List<LiveTable> outputs = done.kind() == Plan.Kind.MOVE ? done.inputs() : written;
        end();
        List<Edit> edits = new ArrayList<>();
        done.inputs().forEach(t -> edits.add(new Edit.DeleteTable(t.number())));
        engine.commit(
                written,
                _ -> {
                    edits.addAll(engine.additions(done.outputLevel(), outputs));
                    return edits;
                },
                () -> engine.installCompaction(done, outputs));
        tell(nowNanos, done, written, dropped);
        engine.tablesChanged();
    }

    private void tell(long nowNanos, Plan done, List<LiveTable> outputs, long dropped) {
        long read = done.kind() == Plan.Kind.MERGE ? done.inputBytes() : 0;
        long written = outputs.stream().mapToLong(LiveTable::bytes).sum();
        engine.meters().compactionBytesRead().add(read);
        engine.meters().compactionBytesWritten().add(written);
        engine.meters().compactionNanos().record(nowNanos - startedNanos);
        engine.publish(new Event.Compaction.Finish(done.level(), read, written, dropped));
    }

    private void quarantine(NoriException.Corruption damage) {
        for (LiveTable table : plan.inputs()) {
            if (damage.getMessage().contains(table.table().path())) {
                table.quarantine();
                engine.publish(new Event.Lsm.TableQuarantined(table.number()));
            }
        }
    }

    private long fail(long nowNanos, NoriException failure) {
        Plan failed = plan;
        if (rewrite != null) {
            rewrite.abandon();
        }
        end();
        engine.meters().failures().increment();
        long pause = engine.options().pace().retryPauseMillis();
        restUntilNanos = nowNanos + TimeUnit.MILLISECONDS.toNanos(pause);
        Lsm.LOG.log(
                Level.WARNING,
                () -> "A compaction failed. pause_ms=%d plan=%s".formatted(pause, failed),
                failure);
        return restUntilNanos;
    }

    /// Leaves off what is half done, when the engine closes.
    void abandon() {
        if (plan != null) {
            if (rewrite != null) {
                rewrite.abandon();
            }
            end();
        }
    }

    private void end() {
        if (rewrite != null) {
            rewrite.close();
            rewrite = null;
        }
        levels.release(engine.janitor());
        levels = null;
        plan = null;
        running = false;
    }
}
