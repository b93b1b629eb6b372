package norikv.lsm;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import norikv.domain.NoriException;
import norikv.domain.ShardId;

/// The lives of tablets. One is *live* and holds its shard, or *pending* and is being filled, or
/// *dead*, and for good: its entries are seen by nobody and leave with the next compaction, whole
/// tables of the dead at once. Each change is one durable edit, in force when it returns.
///
/// **Threads.** Any; waits for the disk.
final class Tablets {
    private final Engine engine;
    private final int bands;

    Tablets(Engine engine, int bands) {
        this.engine = engine;
        this.bands = bands;
    }

    /// {@return the tablets as the manifest has them}
    static TabletMap map(ManifestState state) {
        List<Tablet> live = new ArrayList<>();
        for (ManifestState.TabletPlace t : state.tablets()) {
            live.add(tablet(t.tablet(), t.shard(), t.durable(), state.bands()));
        }
        return new TabletMap(live, state.pending());
    }

    /// {@return the edits that make an end of what was being filled when the engine ended}
    static List<Edit> forgetPending(ManifestState state) {
        return state.pending().stream().map(t -> (Edit) new Edit.DropTablet(t)).toList();
    }

    private static Tablet tablet(int id, ShardId shard, AppliedAt durable, int bands) {
        return new Tablet(id, shard, shard.number() % bands, durable);
    }

    /// Makes an empty live tablet for each of `shards` that has none.
    void create(Collection<ShardId> shards) {
        List<Tablet> created = new ArrayList<>();
        engine.manifest()
                .commit(
                        state -> creations(state, shards, created),
                        () -> replace(created, Set.of(), Set.of()));
    }

    private List<Edit> creations(
            ManifestState state, Collection<ShardId> shards, List<Tablet> created) {
        List<Edit> edits = new ArrayList<>();
        int id = state.nextTablet();
        for (ShardId shard : shards) {
            if (!state.hasShard(shard)) {
                edits.add(new Edit.MapShard(shard, id));
                created.add(tablet(id++, shard, AppliedAt.NOTHING, bands));
            }
        }
        if (!edits.isEmpty()) {
            edits.addFirst(new Edit.NextTablet(id));
        }
        return edits;
    }

    /// The shard's live tablet dies.
    void drop(ShardId shard) {
        kill(Reads.tablet(engine.states().current(), shard).id());
    }

    /// A tablet dies, live or pending.
    void kill(int id) {
        engine.manifest()
                .commit(
                        _ -> List.of(new Edit.DropTablet(id)),
                        () -> replace(List.of(), Set.of(id), Set.of()));
        engine.dropDead();
        engine.tablesChanged();
    }

    /// {@return a new pending tablet for `shard`}
    ///
    /// **Errors.** [NoriException.Overloaded] when one is being filled for it already.
    int pend(ShardId shard) {
        var id = new int[1];
        engine.manifest()
                .commit(
                        state -> {
                            if (state.hasPending(shard)) {
                                throw Staging.busy(shard);
                            }
                            id[0] = state.nextTablet();
                            return List.of(
                                    new Edit.NextTablet(id[0] + 1),
                                    new Edit.PendTablet(shard, id[0]));
                        },
                        () -> replace(List.of(), Set.of(), Set.of(id[0])));
        return id[0];
    }

    /// Puts tables of a pending tablet where others are, all in one edit: they stay from here on.
    void ingest(List<LiveTable> tables) {
        engine.commit(
                tables, _ -> engine.additions(0, tables), () -> engine.installIngest(tables));
        engine.tablesChanged();
    }

    /// The pending tablet `id` becomes the live one of `shard`, all of it at once, and the one
    /// before dies with all that is in it.
    ///
    /// **Errors.** [NoriException.Malformed] when the live one is not older and not damaged.
    void goLive(ShardId shard, int id, AppliedAt place) {
        Tablet next = tablet(id, shard, place, bands);
        var dead = new HashSet<Integer>();
        engine.manifest()
                .commit(
                        _ -> {
                            ReadState now = engine.states().current();
                            Tablet before = now.tablets().ofShard(shard.number());
                            if (before != null) {
                                requireReplaceable(now, before, place);
                                dead.add(before.id());
                            }
                            return List.of(new Edit.GoLive(id, place));
                        },
                        () -> replace(List.of(next), dead, Set.of()));
        engine.dropDead();
        engine.tablesChanged();
    }

    private static void requireReplaceable(ReadState now, Tablet before, AppliedAt place) {
        long applied = before.applied().writtenIndex();
        if (place.at().index() <= applied && !isDamaged(now.levels(), before.id())) {
            throw NoriException.invalid(
                    "shard %s: a snapshot beyond what is applied, %d, got one at %s"
                            .formatted(before.shard(), applied, place.at()));
        }
    }

    /// {@return whether a table in quarantine has entries of tablet `id`}
    private static boolean isDamaged(Levels levels, int id) {
        return levels.all().stream()
                .filter(LiveTable::isQuarantined)
                .flatMap(t -> t.facts().tablets().stream())
                .anyMatch(share -> share.tablet() == id);
    }

    private void replace(List<Tablet> added, Set<Integer> dead, Set<Integer> pended) {
        engine.states()
                .replace(
                        before -> {
                            List<Tablet> live = new ArrayList<>(before.tablets().all());
                            live.removeIf(t -> dead.contains(t.id()));
                            live.addAll(added);
                            Set<Integer> pending = new HashSet<>(before.tablets().pending());
                            pending.removeAll(dead);
                            added.forEach(t -> pending.remove(t.id()));
                            pending.addAll(pended);
                            return new ReadState(
                                    before.memtables(),
                                    before.levels(),
                                    new TabletMap(live, pending));
                        });
    }
}
