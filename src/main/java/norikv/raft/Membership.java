package norikv.raft;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import norikv.domain.Version;

/// The configuration in effect, and the changes in the log that are not committed yet.
///
/// A change takes effect with its commit, at once, in the core: there is never a committed change
/// that is not in effect. Why that is safe though an old leader may count with old voters: the
/// entry that leaves a joint configuration is made only after the one that enters it is committed,
/// and is persisted in one record with that commit index. So whoever has the leaving entry starts
/// again knowing the joint configuration at least; and whoever lacks it loses to any majority of
/// the old voters.
///
/// **Limits.** At most as many uncommitted changes as a log can have: a leader makes none before
/// all earlier ones are committed, so one.
final class Membership {
    private final Deque<Entry> pending = new ArrayDeque<>();
    private Configuration current;
    private long index;

    Membership(Configuration current, long index) {
        this.current = current;
        this.index = index;
    }

    Configuration current() {
        return current;
    }

    /// {@return the index of the entry that brought the current configuration}
    long index() {
        return index;
    }

    boolean changing() {
        return current.isJoint() || !pending.isEmpty();
    }

    boolean hasPending() {
        return !pending.isEmpty();
    }

    /// {@return whether a log that ends at `last` may have a change that is not committed here}
    boolean hasPendingUpTo(Version last) {
        return !pending.isEmpty() && pending.getFirst().at().compareTo(last) <= 0;
    }

    void appended(Entry entry) {
        if (entry.kind() == Entry.Kind.CONFIGURATION) {
            pending.addLast(entry);
        }
    }

    void truncatedFrom(long from) {
        for (Iterator<Entry> newest = pending.descendingIterator(); newest.hasNext(); ) {
            if (newest.next().index() < from) {
                return;
            }
            newest.remove();
        }
    }

    /// {@return whether another configuration is in effect now that `commit` is committed}
    boolean committedTo(long commit) {
        boolean changed = false;
        while (!pending.isEmpty() && pending.getFirst().index() <= commit) {
            Entry entry = pending.removeFirst();
            current = Configuration.decode(entry.command());
            index = entry.index();
            changed = true;
        }
        return changed;
    }

    /// A snapshot took the place of the log.
    void replaced(Configuration configuration, long configurationIndex) {
        pending.clear();
        current = configuration;
        index = configurationIndex;
    }
}
