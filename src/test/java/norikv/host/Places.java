package norikv.host;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import norikv.bytes.Bytes;
import norikv.domain.Item;
import norikv.domain.NoriException;
import norikv.domain.ShardId;
import norikv.domain.Version;
import norikv.port.Applier.Committed;
import norikv.port.Storage;

/// Storage that keeps of each shard what was applied to it, and survives as far as it was flushed.
///
/// **Threads.** One.
final class Places implements Storage {
    final Map<Integer, List<Committed>> applied = new HashMap<>();
    double pressure;

    /// Whether nothing of it can be read.
    boolean isDamaged;

    private Map<Integer, List<Committed>> flushed = new HashMap<>();

    /// {@return what the next life finds}
    Places afterCrash() {
        var next = new Places();
        flushed.forEach((shard, entries) -> next.applied.put(shard, new ArrayList<>(entries)));
        next.flush();
        return next;
    }

    void flush() {
        flushed = new HashMap<>();
        applied.forEach((shard, entries) -> flushed.put(shard, List.copyOf(entries)));
    }

    long flushedIndex(ShardId shard) {
        return flushed.getOrDefault(shard.number(), List.of()).size();
    }

    List<Committed> of(ShardId shard) {
        return applied.computeIfAbsent(shard.number(), _ -> new ArrayList<>());
    }

    @Override
    public Applied applied(ShardId shard) {
        List<Committed> entries = of(shard);
        return entries.isEmpty()
                ? Applied.NOTHING
                : new Applied(entries.getLast().at(), entries.getLast().logTimeMillis());
    }

    @Override
    public double pressure() {
        return pressure;
    }

    @Override
    public Lookup get(ShardId shard, Space space, Bytes key, Reach reach) {
        if (space != Space.GROUP || !key.equals(CONFIGURATION_KEY)) {
            throw new UnsupportedOperationException();
        }
        if (isDamaged) {
            throw new NoriException.Corruption("table: said a test");
        }
        return of(shard).stream()
                .filter(entry -> entry.kind() == Committed.Kind.CONFIGURATION)
                .<Lookup>map(e -> new Lookup.Hit(e.command(), e.at(), Item.NEVER, 0))
                .findFirst()
                .orElse(new Lookup.Absent());
    }

    @Override
    public ScanPage scan(ScanPlan plan) {
        throw new UnsupportedOperationException();
    }

    @Override
    public Batch newBatch() {
        throw new UnsupportedOperationException();
    }

    @Override
    public void write(Batch batch) {
        throw new UnsupportedOperationException();
    }

    /// {@return the version of the entry of `shard` at `index`, which was applied}
    Version version(ShardId shard, long index) {
        return of(shard).get((int) index - 1).at();
    }
}
