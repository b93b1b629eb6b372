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
    private static final Storage.Space USER = Storage.Space.USER;

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
        if (entry.kind() == Committed.Kind.CONFIGURATION) {
            work.batch.put(
                    shard,
                    Storage.Space.GROUP,
                    entry.at(),
                    Storage.CONFIGURATION_KEY,
                    entry.command(),
                    Item.NEVER);
            return true;
        }
        return switch (EntryFormat.decode(entry.command())) {
            case Entry.Write write -> applyWrite(shard, entry, write, work);
            case Entry.Time _, Entry.TermStart _ -> {
                answer(shard, entry.at(), new Reply.Written(entry.at()), work);
                yield true;
            }
        };
    }

    private boolean applyWrite(ShardId shard, Committed entry, Entry.Write write, Pass work) {
        if (!write.mayRepeat()) {
            // Whether a deleted key existed is for the caller alone: where nobody waits nothing is
            // read.
            boolean mustRead =
                    !(write.condition() instanceof Precondition.None)
                            || write instanceof Entry.Delete
                                    && pending.waits(shard, entry.at().index());
            return mustRead
                    ? applyKnowing(shard, entry, write, work)
                    : applied(shard, entry, write, ABSENT, work);
        }
        return applyKnowing(shard, entry, write, work);
    }

    /// Applies a write that something has to be known for: all of it is found first.
    private boolean applyKnowing(ShardId shard, Committed entry, Entry.Write write, Pass work) {
        var finding = new Finding(shard, entry.at(), work.overlay);
        boolean mustReadValue =
                !(write.condition() instanceof Precondition.None) || write instanceof Entry.Delete;
        Lookup value = mustReadValue ? finding.find(new Row(USER, write.key())) : ABSENT;
        if (!write.mayRepeat()) {
            return finding.isWhole() && applied(shard, entry, write, value, work);
        }
        boolean hasSession = !write.session().isNone();
        Lookup session =
                hasSession ? finding.find(Recall.sessionRow(write.session())) : ABSENT;
        boolean isKeyed = !write.keyed().isNone();
        Lookup key = isKeyed ? finding.find(write.keyed().row(write.key())) : ABSENT;
        var recall = new Recall(write, entry.logTimeMillis(), session, key);
        if (recall.needsSessionBooks()) {
            recall.sessionBooks(finding.find(SessionBooks.ROW));
        }
        if (isKeyed) {
            recall.keyBooks(finding.find(KeyBooks.ROW));
        }
        if (!finding.isWhole()) {
            return false;
        }
        Recall.Keeper keeper =
                (row, bytes, expiresAt) -> keep(shard, entry, row, bytes, expiresAt, work);
        Reply reply =
                switch (recall.verdict()) {
                    case Recall.Verdict.Fresh _ -> {
                        Reply outcome = decide(shard, entry, write, value, work);
                        recall.keep(outcome, keeper);
                        yield outcome;
                    }
                    case Recall.Verdict.Repeated(Reply outcome) -> outcome;
                    case Recall.Verdict.Named(Reply outcome) -> {
                        recall.keepInSession(outcome, keeper);
                        yield outcome;
                    }
                    case Recall.Verdict.Refused(Reply.Failed why) -> why;
                };
        answer(shard, entry.at(), reply, work);
        return true;
    }

    private static void keep(
            ShardId shard, Committed entry, Row row, Bytes bytes, long expiresAt, Pass work) {
        work.batch.put(shard, row.space(), entry.at(), row.key(), bytes, expiresAt);
        work.overlay.keep(row, bytes, entry.at(), expiresAt, entry.logTimeMillis());
    }

    private boolean applied(
            ShardId shard, Committed entry, Entry.Write write, Lookup value, Pass work) {
        answer(shard, entry.at(), decide(shard, entry, write, value, work), work);
        return true;
    }

    /// {@return what the write comes to, now that it is done}
    private Reply decide(
            ShardId shard, Committed entry, Entry.Write write, Lookup value, Pass work) {
        Version live = liveVersion(value, entry.logTimeMillis());
        if (!holds(write.condition(), live)) {
            return new Reply.Mismatch(live);
        }
        return switch (write) {
            case Entry.Put put -> {
                put(shard, entry, put, work);
                yield new Reply.Written(entry.at());
            }
            case Entry.Delete delete -> {
                delete(shard, entry, delete, work);
                yield new Reply.Deleted(!live.equals(Version.NONE), entry.at());
            }
        };
    }

    private void put(ShardId shard, Committed entry, Entry.Put put, Pass work) {
        Version at = entry.at();
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
    }

    private void delete(ShardId shard, Committed entry, Entry.Delete delete, Pass work) {
        work.batch.delete(shard, entry.at(), delete.key());
        work.overlay.delete(delete.key());
        if (changes.hasListeners(shard)) {
            work.changed.add(
                    new Changed(shard, new Change.Delete(entry.at(), delete.key())));
        }
    }

    /// What the entry at `at` finds: what earlier entries of the pass did, then what was fetched
    /// for it, then memory.
    private final class Finding {
        private final ShardId shard;
        private final Version at;
        private final Overlay overlay;
        private final List<Row> cold = new ArrayList<>();

        Finding(ShardId shard, Version at, Overlay overlay) {
            this.shard = shard;
            this.at = at;
            this.overlay = overlay;
        }

        Lookup find(Row row) {
            Lookup found =
                    overlay.find(row)
                            .or(() -> coldReads.found(shard, at, row))
                            .orElseGet(
                                    () ->
                                            storage.get(
                                                    shard,
                                                    row.space(),
                                                    row.key(),
                                                    Storage.Reach.MEMORY));
            if (found instanceof Lookup.Cold) {
                cold.add(row);
            }
            return found;
        }

        /// {@return whether all was found; if not, the rest is on its way}
        boolean isWhole() {
            if (cold.isEmpty()) {
                coldReads.forget(shard);
            } else {
                coldReads.fetch(shard, at, cold);
            }
            return cold.isEmpty();
        }
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
        if (pending.decides(shard, at)) {
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
