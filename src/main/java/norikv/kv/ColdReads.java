package norikv.kv;

import java.util.Optional;
import java.util.concurrent.atomic.AtomicReferenceArray;
import norikv.bytes.Bytes;
import norikv.domain.ShardId;
import norikv.domain.Version;
import norikv.port.ReplicatedLog;
import norikv.port.Storage;
import norikv.work.Pool;

/// Fetches what a precondition needs and memory does not hold, while the group waits and its worker
/// does not.
///
/// What is found holds until the waiting entry is applied, for nothing else is written to the shard
/// before. A read that fails decides nothing: what it throws goes up from the pool, the group stays
/// where it is.
///
/// **Threads.** [#fetch] and [#take] belong to the thread that applies the shard. **Limits.** One
/// fetch a shard at a time; the pool's queue must have room for one of each shard.
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

        record Done(Version at, Storage.Lookup found) implements Fetch {}
    }

    /// Fetches `key` for the entry at `at`, then lets the shard go on.
    void fetch(ShardId shard, Version at, Bytes key) {
        Fetch before = fetches.get(shard.number());
        if (before instanceof Fetch.Asked(Version asked) && asked.equals(at)) {
            return;
        }
        fetches.set(shard.number(), new Fetch.Asked(at));
        // Refused only when the node closes: then the entry is applied after the next start.
        pool.offer(
                () -> {
                    Storage.Lookup found = storage.get(shard, key, Storage.Reach.DISK);
                    fetches.set(shard.number(), new Fetch.Done(at, found));
                    log.resumeApply(shard);
                });
    }

    /// {@return what was fetched for the entry at `at`, if it was}
    Optional<Storage.Lookup> take(ShardId shard, Version at) {
        Fetch fetch = fetches.get(shard.number());
        if (fetch instanceof Fetch.Done(Version asked, Storage.Lookup found) && asked.equals(at)) {
            fetches.set(shard.number(), null);
            return Optional.of(found);
        }
        return Optional.empty();
    }
}
