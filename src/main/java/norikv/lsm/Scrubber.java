package norikv.lsm;

import java.lang.System.Logger.Level;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import norikv.domain.NoriException;
import norikv.observe.Event;
import norikv.sstable.TableVerifier;
import norikv.work.Clock;
import norikv.work.Step;

/// Reads all tables from the disk again, slowly, pass after pass, so that damage is found while
/// there is still another copy; and makes durable what anybody found.
///
/// A pass goes over the tables there were when it began, by number, and so always ends; what is
/// written meanwhile was read back by its writer and waits for the next one. Where a pass is stands
/// in the manifest now and then, so that restarts do not make it begin again. A table in which
/// something is wrong goes into quarantine; one in quarantine that is found whole leaves it.
///
/// **Threads.** One loop runs the steps. **Limits.** [LsmOptions.Scrub#bytesPerSecond()] on
/// average; a step reads [#STEP_BLOCKS] blocks, and the last one of a table its index and filter.
final class Scrubber implements Step {
    /// How many blocks a step reads at most.
    static final int STEP_BLOCKS = 16;

    /// After how long the place of a pass is made durable, at the end of a table.
    static final long NOTE_NANOS = TimeUnit.MINUTES.toNanos(5);

    private final Engine engine;
    private final Quarantine quarantine;
    private final Clock clock;
    private final LsmOptions.Scrub options;

    /// The number of the next table to read, and of the first that this pass leaves out; 0 between
    /// two passes.
    private long next;

    private long passEnd;
    private long dueAtMillis;
    private long notedNanos;
    private long restUntilNanos = Long.MIN_VALUE;

    /// What is being read; null in between. Nothing is held from step to step: a table that leaves
    /// the levels meanwhile is left off.
    private LiveTable table;

    private TableVerifier verifier;
    private boolean isWhole;
    private long bytesRead;
    private volatile long lastCompleteMillis;

    Scrubber(Engine engine, Quarantine quarantine, Clock clock) {
        this.engine = engine;
        this.quarantine = quarantine;
        this.clock = clock;
        this.options = engine.options().scrub();
        Edit.Scrubbed from = engine.manifest().read(ManifestState::scrubbed);
        this.next = from.upTo();
        this.passEnd = next > 0 ? engine.nextFile() : 0;
        this.dueAtMillis = from.dueAtMillis();
    }

    /// {@return when the last pass of this process ended, by the wall clock; 0: none has}
    long lastCompleteMillis() {
        return lastCompleteMillis;
    }

    @Override
    public long runOnce(long nowNanos) {
        quarantine.record(engine.manifest());
        if (options.bytesPerSecond() == 0) {
            return UNTIL_WOKEN;
        }
        if (nowNanos < restUntilNanos) {
            return restUntilNanos;
        }
        if (passEnd == 0 && !beginPass(nowNanos)) {
            return restUntilNanos;
        }
        ReadState state = engine.states().retain();
        try {
            read(state.levels(), nowNanos);
        } finally {
            state.release(engine.janitor());
        }
        return restUntilNanos;
    }

    private void read(Levels levels, long nowNanos) {
        Optional<LiveTable> found = nextOf(levels);
        if (found.isEmpty()) {
            endPass(nowNanos);
            return;
        }
        if (found.get() != table) {
            table = found.get();
            verifier = new TableVerifier(table.table(), this::fault);
            isWhole = true;
            bytesRead = 0;
        }
        long before = bytesRead;
        boolean more = step();
        engine.meters().scrubBytes().add(bytesRead - before);
        long rest = TimeUnit.SECONDS.toNanos(bytesRead - before) / options.bytesPerSecond();
        restUntilNanos = nowNanos + rest;
        if (!more) {
            end(nowNanos);
        }
    }

    private Optional<LiveTable> nextOf(Levels levels) {
        return levels.all().stream()
                .filter(t -> t.number() >= next && t.number() < passEnd)
                .min(Comparator.comparingLong(LiveTable::number));
    }

    /// {@return whether it is time}
    private boolean beginPass(long nowNanos) {
        long left = dueAtMillis - clock.wallMillis();
        if (left > 0) {
            // A wall clock that was set back holds nothing up for longer than an interval.
            long pause = Math.min(left, options.intervalMillis());
            dueAtMillis = clock.wallMillis() + pause;
            restUntilNanos = nowNanos + TimeUnit.MILLISECONDS.toNanos(pause);
            return false;
        }
        next = 1;
        passEnd = engine.nextFile();
        dueAtMillis = clock.wallMillis() + options.intervalMillis();
        notedNanos = nowNanos;
        return true;
    }

    /// {@return whether there is more to read of this table}
    private boolean step() {
        try {
            return verifier.step(STEP_BLOCKS);
        } catch (NoriException.DiskFailure e) {
            isWhole = false;
            engine.meters().scrubFaults().increment();
            table.suspect(e);
            return true;
        } finally {
            bytesRead = verifier.bytesRead();
        }
    }

    private void fault(TableVerifier.Fault fault) {
        isWhole = false;
        engine.meters().scrubFaults().increment();
        table.suspect(new NoriException.Corruption(fault.message()));
    }

    private void end(long nowNanos) {
        if (isWhole && table.isQuarantined()) {
            release();
        }
        next = table.number() + 1;
        table = null;
        verifier = null;
        if (nowNanos - notedNanos >= NOTE_NANOS) {
            note(nowNanos);
        }
    }

    private void release() {
        LiveTable whole = table;
        quarantine.record(engine.manifest());
        engine.manifest()
                .commit(
                        state ->
                                state.isQuarantined(whole.number())
                                        ? List.of(new Edit.Quarantine(whole.number(), false))
                                        : List.of(),
                        whole::clear);
        Lsm.LOG.log(
                Level.INFO,
                () -> "A table in quarantine was found whole again. file=%s".formatted(whole));
        engine.publish(new Event.Lsm.TableReleased(whole.number()));
        engine.tablesChanged();
    }

    private void endPass(long nowNanos) {
        next = 0;
        passEnd = 0;
        lastCompleteMillis = clock.wallMillis();
        engine.meters().scrubPasses().increment();
        note(nowNanos);
        restUntilNanos = nowNanos;
    }

    private void note(long nowNanos) {
        notedNanos = nowNanos;
        var place = new Edit.Scrubbed(next, dueAtMillis);
        engine.manifest().commit(_ -> List.of(place), () -> {});
    }
}
