package norikv.kv;

import java.util.ArrayDeque;
import java.util.List;
import java.util.function.Predicate;
import norikv.domain.ErrorCode;
import norikv.domain.NoriException;
import norikv.domain.Reply;
import norikv.domain.ShardId;
import norikv.domain.Version;

/// Who waits for which entry of which shard, in order of index.
///
/// A waiter is registered while its entry gets its place, so nothing can be applied there before.
/// When the entry at its index is applied, the term tells whether it was the waiter's own. Several
/// may wait at one index with different terms: an entry that was cut off this log may still have
/// been committed elsewhere, so only what is applied decides: an entry there, or one of a later
/// term before it, for terms never fall along a log. Without the latter a shard that had lost a
/// tail would hold the room of its waiters until as many entries come again, and who leads it
/// refuse them for want of room.
///
/// **Threads.** What is said of one shard is said by the thread that owns its group; that is why
/// nothing here is locked. **Limits.** Every waiter was admitted: [Admission] bounds them.
final class PendingReplies {
    private final Line[] lines;

    PendingReplies(int totalShards) {
        lines = new Line[totalShards];
    }

    void register(ShardId shard, Waiter waiter) {
        Line line = lines[shard.number()];
        if (line == null) {
            line = new Line();
            lines[shard.number()] = line;
        }
        line.add(waiter);
    }

    /// {@return whether somebody waits at `index` of `shard` or before}
    boolean waits(ShardId shard, long index) {
        Line line = lines[shard.number()];
        return line != null && line.waits(index);
    }

    /// {@return whether the entry at `at` of `shard` decides anything for anybody}
    boolean decides(ShardId shard, Version at) {
        Line line = lines[shard.number()];
        return line != null && (line.waits(at.index()) || line.isNew(at.term()));
    }

    /// The entry at `at` was applied with `outcome`.
    void complete(ShardId shard, Version at, Reply outcome) {
        Line line = lines[shard.number()];
        while (line != null && line.waits(at.index())) {
            Waiter waiter = line.waiters.removeFirst();
            assert waiter.at().index() == at.index()
                    : "shard %s: applied %s, but %s still waits".formatted(shard, at, waiter.at());
            waiter.settled(waiter.at().equals(at) ? outcome : superseded(shard, waiter.at(), at));
        }
        if (line != null && line.isNew(at.term())) {
            line.term = at.term();
            line.take(waiter -> waiter.at().term() < at.term())
                    .forEach(w -> w.settled(superseded(shard, w.at(), at)));
        }
    }

    /// What becomes of the entries of `shard` at `from` and above will not be known here.
    void lose(ShardId shard, long from, NoriException.Indeterminate reason) {
        Line line = lines[shard.number()];
        if (line == null) {
            return;
        }
        line.take(waiter -> waiter.at().index() >= from)
                .forEach(waiter -> waiter.settled(reason.toReply()));
    }

    private static Reply.Failed superseded(ShardId shard, Version wanted, Version applied) {
        return new Reply.Failed(
                ErrorCode.UNAVAILABLE,
                "shard %s: another leader's entry %s came instead of %s; nothing was written"
                        .formatted(shard, applied, wanted),
                0);
    }

    /// The waiters of one shard, by index, then term.
    private static final class Line {
        private final ArrayDeque<Waiter> waiters = new ArrayDeque<>();

        /// The newest of the entries that were applied while somebody waited.
        private long term;

        /// {@return whether somebody may wait with an older term than this one of an entry that is
        /// applied}
        boolean isNew(long ofApplied) {
            return ofApplied > term && !waiters.isEmpty();
        }

        /// Takes out those that are meant.
        List<Waiter> take(Predicate<Waiter> which) {
            List<Waiter> taken = waiters.stream().filter(which).toList();
            waiters.removeIf(which);
            return taken;
        }

        boolean waits(long index) {
            Waiter first = waiters.peekFirst();
            return first != null && first.at().index() <= index;
        }

        void add(Waiter waiter) {
            if (waiters.isEmpty() || waiters.peekLast().at().index() <= waiter.at().index()) {
                waiters.addLast(waiter);
            } else {
                insert(waiter);
            }
        }

        /// Only after this log was cut are there later ones: they wait for what others decide.
        private void insert(Waiter waiter) {
            var later = new ArrayDeque<Waiter>();
            while (!waiters.isEmpty() && waiters.peekLast().at().index() > waiter.at().index()) {
                later.addFirst(waiters.removeLast());
            }
            waiters.addLast(waiter);
            waiters.addAll(later);
        }
    }
}
