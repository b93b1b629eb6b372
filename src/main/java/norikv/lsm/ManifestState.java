package norikv.lsm;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import norikv.domain.NoriException;
import norikv.domain.ShardId;

/// What all edits of a manifest so far amount to.
///
/// **Threads.** Confined to whoever holds the manifest.
final class ManifestState {
    private int bands;
    private long nextFile = 1;
    private int nextTablet = 1;
    private final SortedMap<Long, Edit.AddTable> tables = new TreeMap<>();
    private final SortedMap<Integer, TabletPlace> tablets =
            new TreeMap<>(Integer::compareUnsigned);
    private final Set<ShardId> shards = new HashSet<>();

    /// A live tablet and how far its entries are in tables.
    record TabletPlace(ShardId shard, int tablet, AppliedAt durable) {}

    int bands() {
        return bands;
    }

    long nextFile() {
        return nextFile;
    }

    int nextTablet() {
        return nextTablet;
    }

    /// {@return the tables of all levels, by number}
    List<Edit.AddTable> tables() {
        return List.copyOf(tables.values());
    }

    boolean hasTable(long number) {
        return tables.containsKey(number);
    }

    boolean hasShard(ShardId shard) {
        return shards.contains(shard);
    }

    /// {@return the live tablets, by number}
    List<TabletPlace> tablets() {
        return List.copyOf(tablets.values());
    }

    /// Takes an edit in.
    ///
    /// **Errors.** [NoriException.Corruption] when it contradicts what is known.
    ///
    /// @param place where the edit stands, for the message
    void apply(Edit edit, String place) {
        switch (edit) {
            case Edit.Bands(int count) -> {
                check(count > 0 && (bands == 0 || bands == count), edit, place);
                bands = count;
            }
            case Edit.NextFile(long number) -> {
                check(number >= nextFile, edit, place);
                nextFile = number;
            }
            case Edit.NextTablet(int id) -> {
                check(Integer.compareUnsigned(id, nextTablet) >= 0, edit, place);
                nextTablet = id;
            }
            case Edit.AddTable table -> {
                boolean sound = table.level() < Levels.COUNT && table.number() < nextFile;
                check(sound && tables.put(table.number(), table) == null, edit, place);
            }
            case Edit.DeleteTable(long number) -> check(tables.remove(number) != null, edit, place);
            case Edit.MapShard(ShardId shard, int tablet) -> {
                var fresh = new TabletPlace(shard, tablet, AppliedAt.NOTHING);
                check(tablet != 0 && Integer.compareUnsigned(tablet, nextTablet) < 0, edit, place);
                check(tablets.put(tablet, fresh) == null && shards.add(shard), edit, place);
            }
            case Edit.DropTablet(int tablet) -> {
                TabletPlace dropped = tablets.remove(tablet);
                check(dropped != null && shards.remove(dropped.shard()), edit, place);
            }
            case Edit.Applied(int tablet, AppliedAt to) -> {
                TabletPlace before = tablets.get(tablet);
                check(before != null && isForward(before.durable(), to), edit, place);
                tablets.put(tablet, new TabletPlace(before.shard(), tablet, to));
            }
        }
    }

    /// {@return the edits that lead from nothing to here}
    List<Edit> snapshot() {
        List<Edit> edits = new ArrayList<>();
        edits.add(new Edit.Bands(bands));
        edits.add(new Edit.NextFile(nextFile));
        edits.add(new Edit.NextTablet(nextTablet));
        edits.addAll(tables.values());
        for (TabletPlace t : tablets.values()) {
            edits.add(new Edit.MapShard(t.shard(), t.tablet()));
            if (!t.durable().equals(AppliedAt.NOTHING)) {
                edits.add(new Edit.Applied(t.tablet(), t.durable()));
            }
        }
        return edits;
    }

    private static boolean isForward(AppliedAt from, AppliedAt to) {
        return to.at().index() >= from.at().index()
                && to.logTimeMillis() >= from.logTimeMillis();
    }

    private static void check(boolean holds, Edit edit, String place) {
        if (!holds) {
            throw new NoriException.Corruption(
                    "%s: an edit that contradicts those before it: %s".formatted(place, edit));
        }
    }
}
