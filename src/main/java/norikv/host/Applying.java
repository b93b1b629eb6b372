package norikv.host;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import norikv.domain.NoriException;
import norikv.port.Applier;
import norikv.port.Storage;
import norikv.raft.Now;
import norikv.work.Step;

/// Applies what is committed: the entries of all groups of a pass as one batch.
///
/// A committed entry cannot be refused. While storage is under pressure, or has no room, entries
/// stay in the log and the pass comes again, a smaller one.
///
/// **Threads.** The worker's. **Limits.** [#ENTRIES_MAX] and [#BYTES_MAX] a pass.
final class Applying {
    /// The most entries that are applied at a time.
    static final int ENTRIES_MAX = 4_096;

    /// About the most bytes of commands that are applied at a time.
    static final long BYTES_MAX = 8L << 20;

    /// To how little that is cut when storage has no room for more.
    static final long BYTES_MIN = 64 << 10;

    /// From this pressure on committed entries stay in the log.
    static final double PRESSURE_MAX = 1.0;

    /// After how long a pause of applying ends, to look at the pressure again.
    private static final long PAUSE_NANOS = 5_000_000;

    private final Applier applier;
    private final Storage storage;

    /// Told of each replica that something was applied of.
    private final Consumer<Replica> moved;

    private final ArrayDeque<Replica> line = new ArrayDeque<>();
    private long pausedUntilNanos = Long.MIN_VALUE;
    private long passBytes = BYTES_MAX;
    private int stalledCount;

    Applying(Applier applier, Storage storage, Consumer<Replica> moved) {
        this.applier = applier;
        this.storage = storage;
        this.moved = moved;
    }

    /// Puts `replica` into the line, if there is something to apply.
    void add(Replica replica) {
        boolean mayApply = !replica.isStalled && !replica.isPaused && !replica.isAtStop();
        if (!replica.isToApply && mayApply && !replica.toApply.isEmpty()) {
            replica.isToApply = true;
            line.addLast(replica);
        }
    }

    /// Storage can go on with what the applier left behind.
    void resume(Replica replica) {
        if (replica.isStalled) {
            replica.isStalled = false;
            stalledCount--;
            add(replica);
        }
    }

    void run(Now now) {
        if (line.isEmpty() || now.nanos() < pausedUntilNanos) {
            return;
        }
        if (storage.pressure() >= PRESSURE_MAX) {
            pausedUntilNanos = now.nanos() + PAUSE_NANOS;
            return;
        }
        var pass = new ArrayList<Applier.Group>();
        var replicas = new ArrayList<Replica>();
        int count = 0;
        long bytes = 0;
        while (!line.isEmpty() && count < ENTRIES_MAX && bytes < passBytes) {
            Replica replica = line.removeFirst();
            replica.isToApply = false;
            if (replica.isPaused || replica.isAtStop()) {
                continue;
            }
            int most = (int) Math.min(ENTRIES_MAX - count, replica.untilStop());
            var entries = some(replica, most, passBytes - bytes);
            count += entries.size();
            for (int i = 0; i < entries.size(); i++) {
                bytes += entries.get(i).command().length();
            }
            pass.add(new Applier.Group(replica.shard, entries));
            replicas.add(replica);
        }
        if (isTaken(pass)) {
            passBytes = BYTES_MAX;
            for (int i = 0; i < pass.size(); i++) {
                applied(now, replicas.get(i), pass.get(i));
            }
        } else {
            passBytes = Math.max(passBytes / 2, BYTES_MIN);
            pausedUntilNanos = now.nanos() + PAUSE_NANOS;
            replicas.forEach(this::add);
        }
    }

    boolean isIdle() {
        return line.isEmpty() && stalledCount == 0;
    }

    /// {@return when to run again}
    long nextNanos(long nowNanos) {
        return line.isEmpty() ? Step.UNTIL_WOKEN : Math.max(nowNanos, pausedUntilNanos);
    }

    /// {@return the next entries: at most `countMax` and about `bytesMax` bytes, at least one}
    private static List<Applier.Committed> some(Replica replica, int countMax, long bytesMax) {
        var entries =
                new ArrayList<Applier.Committed>(Math.min(countMax, replica.toApply.size()));
        long bytes = 0;
        for (Applier.Committed entry : replica.toApply) {
            bytes += entry.command().length();
            if (entries.size() == countMax || !entries.isEmpty() && bytes > bytesMax) {
                break;
            }
            entries.add(entry);
        }
        return entries;
    }

    /// {@return whether storage had room for the pass; if not, nothing of it was done}
    private boolean isTaken(List<Applier.Group> pass) {
        try {
            applier.apply(pass);
            return true;
        } catch (NoriException.Overloaded _) {
            return false;
        }
    }

    private void applied(Now now, Replica replica, Applier.Group group) {
        replica.applied(now, group.applied());
        if (group.applied() < group.entries().size()) {
            replica.isStalled = true;
            stalledCount++;
        } else {
            add(replica);
        }
        moved.accept(replica);
    }
}
