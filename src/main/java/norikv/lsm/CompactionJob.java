package norikv.lsm;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import norikv.domain.NoriException;
import norikv.sstable.Cursor;
import norikv.sstable.Reach;
import norikv.sstable.TableFacts;

/// A plan that is being carried out, in one or several pieces of its keys.
///
/// **Threads.** What is handed out and given back is guarded by [Compactions]; each piece is
/// confined to the loop that has it.
final class CompactionJob {
    private final Plan plan;

    /// What it was planned on, retained.
    private final Levels levels;

    private final long startedNanos;

    /// When the oldest snapshot was taken that was open before any piece asked for them.
    private final long oldestSnapshotNanos;

    private final List<KeyRange> ranges;
    private final Rewrite[] pieces;
    private int begun;
    private int ended;

    /// Set when a piece could not be written: the others are left off.
    private volatile boolean failed;

    CompactionJob(
            Plan plan,
            Levels levels,
            List<KeyRange> ranges,
            long startedNanos,
            long oldestSnapshotNanos) {
        this.plan = plan;
        this.levels = levels;
        this.ranges = plan.kind() == Plan.Kind.MERGE ? ranges : List.of(KeyRange.ALL);
        this.pieces = new Rewrite[this.ranges.size()];
        this.startedNanos = startedNanos;
        this.oldestSnapshotNanos = oldestSnapshotNanos;
        levels.retain();
    }

    Plan plan() {
        return plan;
    }

    long startedNanos() {
        return startedNanos;
    }

    long oldestSnapshotNanos() {
        return oldestSnapshotNanos;
    }

    int pieceCount() {
        return pieces.length;
    }

    boolean hasPiecesLeft() {
        return begun < pieces.length && !failed;
    }

    int takePiece() {
        return begun++;
    }

    /// Notes that a piece ended.
    ///
    /// @return whether that was the last one under way
    boolean endPiece() {
        ended++;
        return ended == begun && !hasPiecesLeft();
    }

    boolean hasFailed() {
        return failed;
    }

    void setFailed() {
        failed = true;
    }

    /// Begins piece `number`.
    ///
    /// Every reader of the outputs sees at least what is durable now: a reader pins first and loads
    /// the applied place second.
    void open(int number, Engine engine, AppliedVector durable) {
        if (plan.kind() != Plan.Kind.MERGE) {
            return;
        }
        var survivors =
                new Survivors(durable, engine.snapshots().pins(), Survivors.older(levels, plan));
        LsmOptions.Tables tables = engine.options().tables();
        var outputs =
                new TableOutputs(
                        engine.tablePlace(),
                        TableFacts.Reason.COMPACTION,
                        OutputCuts.ofCompaction(
                                tables.tableBytes(), grandparents(), engine.flushCuts().keys()),
                        plan.outputLevel(),
                        plan.outputLevel() == 0 ? plan.rank() : 0);
        pieces[number] = new Rewrite(merge(), ranges.get(number), survivors, outputs);
    }

    private List<LiveTable> grandparents() {
        int below = plan.outputLevel() + 1;
        return plan.outputLevel() == 0 || below == Levels.COUNT
                ? List.of()
                : levels.overlapping(below, plan.minKey(), plan.maxKey());
    }

    private Cursor merge() {
        List<Cursor> inputs = new ArrayList<>();
        if (plan.level() == 0) {
            plan.upper().forEach(t -> inputs.add(t.table().cursor(Reach.DISK)));
        } else {
            inputs.add(new RunCursor(plan.upper()));
        }
        if (!plan.lower().isEmpty()) {
            inputs.add(new RunCursor(plan.lower()));
        }
        return new MergeCursor(inputs.toArray(Cursor[]::new));
    }

    /// Does some of piece `number`.
    ///
    /// @return whether all of it is done
    boolean step(int number, int entriesMax) {
        return pieces[number] == null || pieces[number].step(entriesMax);
    }

    /// {@return the tables that all pieces wrote, once all are done}
    List<LiveTable> written() {
        List<LiveTable> outputs = new ArrayList<>();
        long read = 0;
        long droppedHash = 0;
        for (Rewrite piece : pieces) {
            if (piece == null) {
                return outputs;
            }
            outputs.addAll(piece.tables());
            read += piece.read();
            droppedHash += piece.survivors().droppedHash();
        }
        long hash = outputs.stream().mapToLong(t -> t.facts().contentHash()).sum();
        assert isConserved(plan, read, droppedHash + hash) : "read " + read;
        return outputs;
    }

    /// {@return true: nothing got lost on the way} What was read is all there was, and what of it
    /// was not dropped is in the outputs, in contents too.
    static boolean isConserved(Plan plan, long read, long hash) {
        long left = plan.inputHash() - hash;
        assert read == plan.inputEntries() : "entries that no piece read: " + plan;
        assert left == 0 : "inputs - dropped != outputs: " + plan;
        return true;
    }

    /// {@return how much piece `number` wrote since this was asked before, bytes}
    long takeWritten(int number) {
        return pieces[number] == null ? 0 : pieces[number].takeWritten();
    }

    /// {@return how many entries were dropped for `reason`}
    long dropped(Survivors.Reason reason) {
        return Arrays.stream(pieces)
                .mapToLong(piece -> piece == null ? 0 : piece.survivors().dropped(reason))
                .sum();
    }

    long dropped() {
        return Arrays.stream(pieces)
                .mapToLong(piece -> piece == null ? 0 : piece.survivors().dropped())
                .sum();
    }

    /// Removes what a piece wrote.
    void abandon(int number) {
        if (pieces[number] != null) {
            pieces[number].abandon();
        }
    }

    /// Lets go of everything.
    void close(Janitor janitor) {
        for (Rewrite piece : pieces) {
            if (piece != null) {
                piece.close();
            }
        }
        levels.release(janitor);
    }

    /// {@return what is wrong with an input, if anything is} What only belongs to the dead may be
    /// damaged.
    Optional<NoriException> damage() {
        return plan.kind() == Plan.Kind.DROP
                ? Optional.empty()
                : plan.inputs().stream().flatMap(t -> t.fault().stream()).findFirst();
    }

    /// {@return the stretches of keys that a plan is cut into, each of about the same size}
    static List<KeyRange> ranges(Plan plan, LsmOptions.Jobs jobs) {
        long count =
                Math.clamp(plan.inputBytes() / jobs.pieceBytesMin(), 1, jobs.piecesMax());
        List<byte[]> keys = new ArrayList<>();
        for (LiveTable table : plan.inputs()) {
            int samples = (int) Math.max(1, count * 4 * table.bytes() / plan.inputBytes());
            keys.addAll(table.table().splitKeys(samples));
        }
        keys.sort(Comparator.comparing(key -> key, Arrays::compareUnsigned));
        List<KeyRange> ranges = new ArrayList<>();
        byte[] from = KeyRange.ALL.from();
        for (int i = 1; i < count && !keys.isEmpty(); i++) {
            byte[] to = keys.get((int) (i * keys.size() / count));
            if (Arrays.compareUnsigned(from, to) < 0) {
                ranges.add(new KeyRange(from, to));
                from = to;
            }
        }
        ranges.add(new KeyRange(from, KeyRange.ALL.to()));
        return ranges;
    }
}
