package norikv.sim;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.TreeSet;
import norikv.raft.HardState;

/// What is known of one replica from outside: its log as it stands in memory, its log and its hard
/// state as they are durable, and the greatest numbers it has shown. It outlives the replica.
final class Witness {
    final int group;
    final long id;
    final LogImage memory;
    final LogImage durable;
    HardState hard = new HardState(1, HardState.NOBODY, 1);

    /// The first index of each record that is on its way to the disk, [Long#MAX_VALUE] for those
    /// without entries: what is durable from there on may be replaced.
    final Deque<Long> onTheirWay = new ArrayDeque<>();

    /// Where changes of the configuration stand in its log.
    final TreeSet<Long> changes = new TreeSet<>();

    // What it showed last in this life.
    long term;
    long commit;
    long applied;
    long configurationIndex;
    long leaderTerm;

    /// The last term that it led and in which its log was found complete.
    long completeTerm;

    /// The most that it ever knew to be committed, in any life.
    long known;

    /// Whether the replica was destroyed, for good.
    boolean isGone;

    Witness(int group, long id) {
        this.group = group;
        this.id = id;
        memory = new LogImage(1, 1, 0);
        durable = new LogImage(1, 1, 0);
    }

    /// The replica begins another life.
    void restarted() {
        memory.copyFrom(durable);
        term = hard.term();
        onTheirWay.clear();
        commit = 0;
        applied = 0;
        leaderTerm = 0;
    }
}
