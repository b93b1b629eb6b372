package norikv.lsm;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import norikv.domain.NoriException;
import norikv.domain.ShardId;
import norikv.sstable.TableFacts;

/// What all edits of a manifest so far amount to.
///
/// **Threads.** Confined to whoever holds the manifest.
final class ManifestState {
    /// What is kept of all [Edit.Facts] together; of tables beyond that nothing is.
    private static final long FACTS_BYTES_MAX = ManifestFile.PAYLOAD_BYTES_MAX / 2;

    private int bands;
    private long nextFile = 1;
    private int nextTablet = 1;
    private final SortedMap<Long, Edit.AddTable> tables = new TreeMap<>();
    private final SortedMap<Long, TableFacts> facts = new TreeMap<>();
    private final SortedSet<Long> quarantined = new TreeSet<>();
    private Edit.Scrubbed scrubbed = new Edit.Scrubbed(0, 0);

    /// Of tables of level 0, where it is not their number.
    private final SortedMap<Long, Long> ranks = new TreeMap<>();

    private final SortedMap<Integer, TabletPlace> tablets =
            new TreeMap<>(Integer::compareUnsigned);
    private final Set<ShardId> shards = new HashSet<>();
    private final SortedMap<Integer, ShardId> pending = new TreeMap<>(Integer::compareUnsigned);

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

    /// {@return what a table says of itself, if that is known}
    Optional<TableFacts> facts(long number) {
        return Optional.ofNullable(facts.get(number));
    }

    /// {@return how new a table is among those of level 0}
    long rank(long number) {
        return ranks.getOrDefault(number, number);
    }

    boolean hasTable(long number) {
        return tables.containsKey(number);
    }

    /// {@return how far the tables have been read again}
    Edit.Scrubbed scrubbed() {
        return scrubbed;
    }

    boolean isQuarantined(long number) {
        return quarantined.contains(number);
    }

    boolean hasShard(ShardId shard) {
        return shards.contains(shard);
    }

    /// {@return the live tablets, by number}
    List<TabletPlace> tablets() {
        return List.copyOf(tablets.values());
    }

    /// {@return the tablets that are being filled, by number}
    Set<Integer> pending() {
        return Set.copyOf(pending.keySet());
    }

    /// {@return whether a tablet is being filled for `shard`}
    boolean hasPending(ShardId shard) {
        return pending.containsValue(shard);
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
            case Edit.Rank(long number, long rank) -> {
                Edit.AddTable table = tables.get(number);
                boolean young = table != null && table.level() == 0;
                check(young && rank > 0 && rank < number, edit, place);
                check(ranks.put(number, rank) == null, edit, place);
            }
            case Edit.Facts(TableFacts told) -> {
                boolean isNew = facts.put(told.fileNumber(), told) == null;
                check(isNew && isOf(tables.get(told.fileNumber()), told), edit, place);
            }
            case Edit.DeleteTable(long number) -> {
                check(tables.remove(number) != null, edit, place);
                facts.remove(number);
                quarantined.remove(number);
                ranks.remove(number);
            }
            case Edit.Scrubbed to -> scrubbed = to;
            case Edit.Quarantine(long number, boolean on) -> {
                boolean isNew = on ? quarantined.add(number) : quarantined.remove(number);
                check(isNew && tables.containsKey(number), edit, place);
            }
            case Edit.MapShard(ShardId shard, int tablet) -> {
                check(isNew(tablet) && shards.add(shard), edit, place);
                tablets.put(tablet, new TabletPlace(shard, tablet, AppliedAt.NOTHING));
            }
            case Edit.PendTablet(ShardId shard, int tablet) -> {
                check(isNew(tablet) && !hasPending(shard), edit, place);
                pending.put(tablet, shard);
            }
            case Edit.GoLive(int tablet, AppliedAt to) -> check(goLive(tablet, to), edit, place);
            case Edit.DropTablet(int tablet) -> {
                TabletPlace dropped = tablets.remove(tablet);
                boolean wasLive = dropped != null && shards.remove(dropped.shard());
                check(wasLive || pending.remove(tablet) != null, edit, place);
            }
            case Edit.Applied(int tablet, AppliedAt to) -> {
                TabletPlace before = tablets.get(tablet);
                check(before != null && isForward(before.durable(), to), edit, place);
                tablets.put(tablet, new TabletPlace(before.shard(), tablet, to));
            }
        }
    }

    /// {@return whether a table that says so of itself is the one that was added}
    static boolean isOf(Edit.AddTable table, TableFacts told) {
        return table != null
                && told.bytes() == table.bytes()
                && told.entries() == table.entries()
                && told.contentHash() == table.contentHash();
    }

    private boolean goLive(int tablet, AppliedAt to) {
        ShardId shard = pending.remove(tablet);
        if (shard == null) {
            return false;
        }
        tablets.values().removeIf(t -> t.shard().equals(shard));
        shards.add(shard);
        tablets.put(tablet, new TabletPlace(shard, tablet, to));
        return true;
    }

    private boolean isNew(int tablet) {
        return tablet != 0
                && Integer.compareUnsigned(tablet, nextTablet) < 0
                && !tablets.containsKey(tablet)
                && !pending.containsKey(tablet);
    }

    /// {@return this and then `edits`; this stays as it is}
    ///
    /// By way of what would lead here, so that nothing can be in one and not in the other.
    /// **Errors.** As [#apply].
    ManifestState with(List<Edit> edits, String place) {
        if (edits.isEmpty()) {
            return this;
        }
        var next = new ManifestState();
        if (bands > 0) {
            snapshot().forEach(edit -> next.apply(edit, place));
        }
        edits.forEach(edit -> next.apply(edit, place));
        return next;
    }

    /// {@return the edits that lead from nothing to here}
    List<Edit> snapshot() {
        List<Edit> edits = new ArrayList<>();
        edits.add(new Edit.Bands(bands));
        edits.add(new Edit.NextFile(nextFile));
        edits.add(new Edit.NextTablet(nextTablet));
        edits.addAll(tables.values());
        addFacts(edits);
        if (scrubbed.dueAtMillis() > 0) {
            edits.add(scrubbed);
        }
        quarantined.forEach(number -> edits.add(new Edit.Quarantine(number, true)));
        ranks.forEach((number, rank) -> edits.add(new Edit.Rank(number, rank)));
        for (TabletPlace t : tablets.values()) {
            edits.add(new Edit.MapShard(t.shard(), t.tablet()));
            if (!t.durable().equals(AppliedAt.NOTHING)) {
                edits.add(new Edit.Applied(t.tablet(), t.durable()));
            }
        }
        pending.forEach((tablet, shard) -> edits.add(new Edit.PendTablet(shard, tablet)));
        return edits;
    }

    /// As many as there is room for in a file of bounded length.
    private void addFacts(List<Edit> edits) {
        long room = FACTS_BYTES_MAX;
        for (TableFacts told : facts.values()) {
            var edit = new Edit.Facts(told);
            room -= edit.bytesMax();
            if (room >= 0) {
                edits.add(edit);
            }
        }
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
