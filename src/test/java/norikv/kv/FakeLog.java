package norikv.kv;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.LongSupplier;
import norikv.bytes.Bytes;
import norikv.domain.Consistency;
import norikv.domain.ErrorCode;
import norikv.domain.NoriException;
import norikv.domain.ShardId;
import norikv.domain.Version;
import norikv.port.Applier;
import norikv.port.ReplicatedLog;

/// A log in memory, in which each step of a proposal's way happens when the test says so.
///
/// **Threads.** One.
final class FakeLog implements ReplicatedLog {
    final ArrayDeque<Proposal> mailbox = new ArrayDeque<>();
    final ArrayDeque<Barrier> barriers = new ArrayDeque<>();
    final Set<Integer> waiting = new HashSet<>();
    final Map<Integer, NoriException> stopped = new TreeMap<>();

    /// By shard: why it is not read here.
    final Map<Integer, NoriException> refused = new HashMap<>();

    /// Of each read, in order.
    final List<Consistency> askedFor = new ArrayList<>();


    Applier applier;
    long term = 1;
    boolean grantsAtOnce = true;
    boolean refuses;
    boolean leads = true;
    int passes;
    private final LongSupplier wallMillis;
    private final Map<Integer, ArrayDeque<Applier.Committed>> histories = new HashMap<>();

    /// By shard: appended and not applied.
    private final Map<Integer, ArrayDeque<Applier.Committed>> unapplied = new TreeMap<>();

    private final Map<Integer, Long> lastIndex = new HashMap<>();
    private final Map<Integer, Long> lastStamp = new HashMap<>();

    FakeLog(LongSupplier wallMillis) {
        this.wallMillis = wallMillis;
    }

    @Override
    public void propose(Proposal proposal) {
        if (refuses) {
            proposal.refused(
                    new NoriException.Overloaded(
                            ErrorCode.DISK_WATERMARK, "wal: no room for another segment", 100));
        } else {
            mailbox.add(proposal);
        }
    }

    @Override
    public void readBarrier(
            ShardId shard, Consistency consistency, long deadlineNanos, Barrier barrier) {
        askedFor.add(consistency);
        NoriException elsewhere = refused.get(shard.number());
        if (elsewhere != null) {
            barrier.refused(elsewhere);
        } else if (grantsAtOnce) {
            barrier.readable();
        } else {
            barriers.add(barrier);
        }
    }

    @Override
    public long logTimeMillis(ShardId shard) {
        return leads ? Math.max(stampOf(shard), wallMillis.getAsLong()) : 0;
    }

    @Override
    public void resumeApply(ShardId shard) {
        waiting.remove(shard.number());
    }

    @Override
    public void stopApply(ShardId shard, NoriException why) {
        stopped.put(shard.number(), why);
    }

    /// Gives every proposal its place.
    void append() {
        while (!mailbox.isEmpty()) {
            Proposal proposal = mailbox.poll();
            proposal.appended(add(proposal.shard(), proposal.command()));
        }
    }

    /// Adds an entry of somebody else.
    Version add(ShardId shard, Bytes command) {
        long index = lastIndex.merge(shard.number(), 1L, Long::sum);
        long stamp = logTimeMillis(shard);
        lastStamp.put(shard.number(), stamp);
        var entry = new Applier.Committed(new Version(term, index), stamp, command);
        unapplied.computeIfAbsent(shard.number(), _ -> new ArrayDeque<>()).add(entry);
        history(shard).add(entry);
        return entry.at();
    }

    /// {@return every entry that was ever appended to `shard`, in order}
    ArrayDeque<Applier.Committed> history(ShardId shard) {
        return histories.computeIfAbsent(shard.number(), _ -> new ArrayDeque<>());
    }

    /// Another leader cuts off what is not applied and writes its own first entry.
    void supersede(ShardId shard) {
        var cut = unapplied.getOrDefault(shard.number(), new ArrayDeque<>());
        lastIndex.merge(shard.number(), (long) -cut.size(), Long::sum);
        cut.clear();
        term++;
        add(shard, Bytes.EMPTY);
    }

    /// Applies everything that was appended, in one pass; a shard that waits is left out.
    void apply() {
        List<Applier.Group> pass = new ArrayList<>();
        unapplied.forEach(
                (shard, entries) -> {
                    if (!entries.isEmpty() && !waiting.contains(shard)) {
                        var id = new ShardId(shard);
                        pass.add(new Applier.Group(id, List.copyOf(entries)));
                    }
                });
        if (pass.isEmpty()) {
            return;
        }
        passes++;
        pass.forEach(group -> waiting.add(group.shard().number()));
        applier.apply(pass);
        for (Applier.Group group : pass) {
            var entries = unapplied.get(group.shard().number());
            for (int i = 0; i < group.applied(); i++) {
                entries.remove();
            }
            if (entries.isEmpty()) {
                waiting.remove(group.shard().number());
            }
        }
    }

    void appendAndApply() {
        append();
        apply();
    }

    private long stampOf(ShardId shard) {
        return lastStamp.getOrDefault(shard.number(), 0L);
    }
}
