package norikv.raft;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import norikv.domain.Version;

/// A host in memory for one replica: keeps what it is told to keep, in order, when it is told that
/// the disk is ready; loses the rest in a crash. Applies into a chain of hashes.
final class SimNode {
    /// What waits for the disk: a record if there is one, and what may be sent behind it.
    record Pending(long record, HardState hard, List<Entry> entries, List<Message> messages) {}

    final long id;
    final MemoryLog disk;
    final Deque<Pending> pending = new ArrayDeque<>();
    final List<Entry> toApply = new ArrayList<>();
    final Ready ready = new Ready();
    private final RaftOptions options;
    private final long group;
    private final Consumer<Message> network;
    private final Configuration first;
    private final RandomGenerator random;

    /// Null while the node is down.
    Raft raft;

    /// Null unless a snapshot waits to be installed.
    SnapshotMeta installing;

    HardState hard;
    SnapshotMeta applied;
    SnapshotMeta flushed;
    long appliedHash;
    long flushedHash;
    private boolean ran;

    SimNode(
            long id,
            RaftOptions options,
            Configuration first,
            Consumer<Message> network,
            RandomGenerator random) {
        this.id = id;
        this.group = 1;
        this.options = options;
        this.first = first;
        this.network = network;
        this.random = random;
        Version start = new Version(1, 1);
        disk = new MemoryLog(start);
        hard = new HardState(1, HardState.NOBODY, 1);
        applied = new SnapshotMeta(start, 0, first, 1);
        flushed = applied;
    }

    boolean isUp() {
        return raft != null;
    }

    void start(Now now) {
        applied = flushed;
        appliedHash = flushedHash;
        List<Entry> changes =
                disk.entries().stream()
                        .filter(e -> e.kind() == Entry.Kind.CONFIGURATION)
                        .filter(e -> e.index() > applied.configurationIndex())
                        .toList();
        Recovered from =
                ran
                        ? new Recovered(
                                hard,
                                applied.at().index(),
                                applied.configuration(),
                                applied.configurationIndex(),
                                changes,
                                false)
                        : Recovered.virgin(new Version(1, 1), first);
        raft = Raft.start(options, group, id, from, disk, random, now);
        ran = true;
    }

    void crash() {
        raft = null;
        pending.clear();
        toApply.clear();
        installing = null;
    }

    /// Takes everything out of the core once and sends what may be sent.
    void drain() {
        raft.drainReady(ready);
        ready.sendNow().forEach(network);
        if (ready.hasRecord() || !ready.sendAfterPersist().isEmpty()) {
            pending.addLast(
                    new Pending(
                            ready.record(),
                            ready.hardState().orElse(null),
                            List.copyOf(ready.entries()),
                            List.copyOf(ready.sendAfterPersist())));
        }
        toApply.addAll(ready.committed());
        ready.install().ifPresent(meta -> installing = meta);
    }

    /// The oldest record becomes durable.
    void persist(Now now) {
        Pending next = pending.removeFirst();
        if (next.hard() != null) {
            hard = next.hard();
        }
        disk.append(next.entries());
        next.messages().forEach(network);
        if (next.record() != 0) {
            raft.persisted(now, next.record());
        }
    }

    void apply(Now now, Consumer<Entry> seen) {
        for (Entry entry : toApply) {
            appliedHash = chain(appliedHash, entry);
            boolean change = entry.kind() == Entry.Kind.CONFIGURATION;
            applied =
                    new SnapshotMeta(
                            entry.at(),
                            entry.logTimeMillis(),
                            change
                                    ? Configuration.decode(entry.command())
                                    : applied.configuration(),
                            change ? entry.index() : applied.configurationIndex());
            seen.accept(entry);
        }
        toApply.clear();
        raft.applied(now, applied.at().index());
    }

    /// What is applied survives a crash from now on.
    void flush() {
        flushed = applied;
        flushedHash = appliedHash;
    }

    void install(Now now, long hash) {
        while (!pending.isEmpty()) {
            persist(now);
        }
        toApply.clear();
        SnapshotMeta meta = installing;
        installing = null;
        disk.startBehind(meta);
        hard = new HardState(hard.term(), hard.vote(), meta.at().index());
        applied = meta;
        appliedHash = hash;
        flush();
        raft.snapshotInstalled(now, meta);
    }

    static long chain(long before, Entry entry) {
        long hash = before * 31 + entry.index();
        hash = hash * 31 + entry.term();
        hash = hash * 31 + entry.kind().ordinal();
        hash = hash * 31 + entry.command().hashCode();
        return hash * 0x9E3779B97F4A7C15L ^ hash >>> 29;
    }
}
