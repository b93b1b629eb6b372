package norikv.kv;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReferenceArray;
import norikv.domain.NoriException;
import norikv.domain.ShardId;
import norikv.domain.Version;
import norikv.port.ReplicatedLog;
import norikv.port.Storage;
import norikv.work.Pool;

/// Fetches what an entry needs to know and memory does not hold, while the group waits and its
/// worker does not.
///
/// What is found holds until the waiting entry is applied, for nothing else is written to the shard
/// before. A read that fails decides nothing: the shard's group stops where it is, and no other.
///
/// **Threads.** All but the fetch itself belongs to the thread that applies the shard. **Limits.**
/// One fetch a shard at a time, of the few rows of one entry; the pool's queue must have room for
/// one of each shard.
final class ColdReads {
    private final Storage storage;
    private final ReplicatedLog log;
    private final Pool pool;

    /// By shard: null where nothing was asked for.
    private final AtomicReferenceArray<Fetch> fetches;

    ColdReads(Storage storage, ReplicatedLog log, Pool pool, int totalShards) {
        this.storage = storage;
        this.log = log;
        this.pool = pool;
        this.fetches = new AtomicReferenceArray<>(totalShards);
    }

    /// Where the fetch for the entry at `at` stands.
    private sealed interface Fetch {
        Version at();

        record Asked(Version at) implements Fetch {}

        record Done(Version at, Map<Row, Storage.Lookup> found) implements Fetch {}
    }

    /// Fetches `rows` for the entry at `at`, then lets the shard go on. What was fetched for it
    /// before stays.
    void fetch(ShardId shard, Version at, List<Row> rows) {
        Fetch before = fetches.get(shard.number());
        Map<Row, Storage.Lookup> found = new HashMap<>();
        switch (before) {
            case Fetch.Asked(Version asked) when asked.equals(at) -> {
                return;
            }
            case Fetch.Done(Version asked, var earlier) when asked.equals(at) ->
                    found.putAll(earlier);
            case null -> {}
            case Fetch.Asked _, Fetch.Done _ -> {}
        }
        fetches.set(shard.number(), new Fetch.Asked(at));
        // Refused only when the node closes: then the entry is applied after the next start.
        pool.offer(
                () -> {
                    try {
                        for (Row row : rows) {
                            found.put(
                                    row,
                                    storage.get(
                                            shard, row.space(), row.key(), Storage.Reach.DISK));
                        }
                    } catch (NoriException.Corruption | NoriException.DiskFailure e) {
                        fetches.set(shard.number(), null); // it may be asked for again
                        log.stopApply(shard, e);
                        return;
                    }
                    fetches.set(shard.number(), new Fetch.Done(at, found));
                    log.resumeApply(shard);
                });
    }

    /// {@return what was fetched of `row` for the entry at `at`, if it was}
    Optional<Storage.Lookup> found(ShardId shard, Version at, Row row) {
        Fetch fetch = fetches.get(shard.number());
        return fetch instanceof Fetch.Done(Version asked, var found) && asked.equals(at)
                ? Optional.ofNullable(found.get(row))
                : Optional.empty();
    }

    /// The entry that something may have been fetched for is decided.
    void forget(ShardId shard) {
        if (fetches.get(shard.number()) != null) {
            fetches.set(shard.number(), null);
        }
    }
}
