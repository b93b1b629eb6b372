package norikv.kv;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import norikv.bytes.Bytes;
import norikv.domain.ErrorCode;
import norikv.domain.Item;
import norikv.domain.NoriException;
import norikv.domain.Precondition;
import norikv.domain.Reply;
import norikv.domain.ShardId;
import norikv.domain.Version;
import norikv.port.Applier;
import norikv.port.Changes.Change;
import norikv.port.ReplicatedLog;
import norikv.port.Storage;
import norikv.port.Storage.Lookup;

/// Makes the state of the shards out of their committed entries: a pure function of the state
/// before and the entry. Every replica does the same here, so nothing in it looks at a clock, draws
/// a number or walks a hash table.
///
/// A pass becomes one batch, with the applied place of each of its shards. After the batch is
/// written its changes are published and its callers answered, in this order.
///
/// **Threads.** Each worker brings its passes itself; they meet only where the batch is written,
/// which `writing` guards because [Storage#write] takes one at a time. **Errors.** An entry that
/// cannot be understood is [NoriException.Broken], a read that failed is what storage threw:
/// nothing of the pass is written then.
final class EntryApplier implements Applier {
    private static final Lookup.Absent ABSENT = new Lookup.Absent();

    private final Storage storage;
    private final PendingReplies pending;
    private final ChangeStream changes;
    private final ColdReads coldReads;
    private final ExpiryClock expiryClock;
    private final ReentrantLock writing = new ReentrantLock();

    EntryApplier(
            Storage storage,
            PendingReplies pending,
            ChangeStream changes,
            ColdReads coldReads,
            ExpiryClock expiryClock) {
        this.storage = storage;
        this.pending = pending;
        this.changes = changes;
        this.coldReads = coldReads;
        this.expiryClock = expiryClock;
    }

    @Override
    public void apply(List<Group> pass) {
        var work = new Pass(storage.newBatch());
        for (Group group : pass) {
            group.applied(applyGroup(group, work));
        }
        if (work.isEmpty) {
            return;
        }
        writing.lock();
        try {
            storage.write(work.batch);
        } finally {
            writing.unlock();
        }
        expiryClock.note(work.expiries);
        work.changed.forEach(c -> changes.publish(c.shard, c.change));
        work.outcomes.forEach(o -> pending.complete(o.shard, o.at, o.reply));
    }

    @Override
    public void lost(ShardId shard, long from, NoriException.Indeterminate reason) {
        pending.lose(shard, from, reason);
    }

    /// {@return how many entries of the group were applied}
    private int applyGroup(Group group, Pass work) {
        ShardId shard = group.shard();
        Storage.Applied before = storage.applied(shard);
        long expected = before.at().index() + 1;
        long logTime = before.logTimeMillis();
        work.overlay.begin(group.entries().size());
        int count = 0;
        Version last = before.at();
        for (Committed entry : group.entries()) {
            if (entry.at().index() != expected || entry.logTimeMillis() < logTime) {
                throw new NoriException.Broken(
                        ErrorCode.INTERNAL,
                        "shard %s: next entry at index %d, stamped %d or later, got %s, stamped %d"
                                .formatted(
                                        shard,
                                        expected,
                                        logTime,
                                        entry.at(),
                                        entry.logTimeMillis()));
            }
            if (!applyEntry(shard, entry, work)) {
                break;
            }
            expected++;
            logTime = entry.logTimeMillis();
            last = entry.at();
            count++;
        }
        if (count > 0) {
            work.batch.applied(shard, new Storage.Applied(last, logTime));
            work.isEmpty = false;
        }
        return count;
    }

    /// {@return whether memory could tell what the entry does}
    private boolean applyEntry(ShardId shard, Committed entry, Pass work) {
        return switch (EntryFormat.decode(entry.command())) {
            case Entry.Put put -> applyPut(shard, entry, put, work);
            case Entry.Delete delete -> applyDelete(shard, entry, delete, work);
            case Entry.Time _, Entry.TermStart _ -> {
                answer(shard, entry.at(), new Reply.Written(entry.at()), work);
                yield true;
            }
        };
    }

    private boolean applyPut(ShardId shard, Committed entry, Entry.Put put, Pass work) {
        Version at = entry.at();
        if (!(put.condition() instanceof Precondition.None)) {
            Lookup found = find(shard, at, put.key(), work);
            if (found instanceof Lookup.Cold) {
                return false;
            }
            Version live = liveVersion(found, entry.logTimeMillis());
            if (!holds(put.condition(), live)) {
                answer(shard, at, new Reply.Mismatch(live), work);
                return true;
            }
        }
        long expiresAt = put.expiresAtMillis(entry.logTimeMillis());
        work.batch.put(shard, at, put.key(), put.value(), expiresAt);
        work.overlay.put(put.key(), at, expiresAt, entry.logTimeMillis());
        if (expiresAt != Item.NEVER) {
            work.expiries.add(shard, expiresAt);
        }
        if (changes.hasListeners(shard)) {
            var change = new Change.Put(at, put.key(), put.value(), expiresAt);
            work.changed.add(new Changed(shard, change));
        }
        answer(shard, at, new Reply.Written(at), work);
        return true;
    }

    private boolean applyDelete(ShardId shard, Committed entry, Entry.Delete delete, Pass work) {
        Version at = entry.at();
        // Whether the key existed is for the caller alone: where nobody waits nothing is read.
        boolean mustRead =
                !(delete.condition() instanceof Precondition.None)
                        || pending.waits(shard, at.index());
        Lookup found = mustRead ? find(shard, at, delete.key(), work) : ABSENT;
        if (found instanceof Lookup.Cold) {
            return false;
        }
        Version live = liveVersion(found, entry.logTimeMillis());
        if (!holds(delete.condition(), live)) {
            answer(shard, at, new Reply.Mismatch(live), work);
            return true;
        }
        work.batch.delete(shard, at, delete.key());
        work.overlay.delete(delete.key());
        if (changes.hasListeners(shard)) {
            work.changed.add(new Changed(shard, new Change.Delete(at, delete.key())));
        }
        answer(shard, at, new Reply.Deleted(!live.equals(Version.NONE), at), work);
        return true;
    }

    /// What the entry at `at` finds for `key`: earlier entries of the pass first, then what was
    /// fetched for it, then memory.
    private Lookup find(ShardId shard, Version at, Bytes key, Pass work) {
        Optional<Lookup> earlier = work.overlay.find(key);
        if (earlier.isPresent()) {
            return earlier.get();
        }
        Optional<Lookup> fetched = coldReads.take(shard, at);
        if (fetched.isPresent()) {
            return fetched.get();
        }
        Lookup found = storage.get(shard, key, Storage.Reach.MEMORY);
        if (found instanceof Lookup.Cold) {
            coldReads.fetch(shard, at, key);
        }
        return found;
    }

    /// {@return the version of the live value at log time `nowMillis`, or [Version#NONE]}
    private static Version liveVersion(Lookup found, long nowMillis) {
        return found instanceof Lookup.Hit hit && !hit.isExpiredAt(nowMillis)
                ? hit.version()
                : Version.NONE;
    }

    private static boolean holds(Precondition condition, Version live) {
        return switch (condition) {
            case Precondition.None _ -> true;
            case Precondition.IfAbsent _ -> live.equals(Version.NONE);
            case Precondition.IfVersion(Version required) ->
                    !live.equals(Version.NONE) && live.equals(required);
        };
    }

    private void answer(ShardId shard, Version at, Reply reply, Pass work) {
        if (pending.waits(shard, at.index())) {
            work.outcomes.add(new Outcome(shard, at, reply));
        }
    }

    private record Outcome(ShardId shard, Version at, Reply reply) {}

    private record Changed(ShardId shard, Change change) {}

    /// What one pass gathers before it is written.
    private static final class Pass {
        private final Storage.Batch batch;
        private final List<Outcome> outcomes = new ArrayList<>();
        private final List<Changed> changed = new ArrayList<>();
        private final ExpiryClock.Expiries expiries = new ExpiryClock.Expiries();
        private final Overlay overlay = new Overlay();
        private boolean isEmpty = true;

        Pass(Storage.Batch batch) {
            this.batch = batch;
        }
    }
}
