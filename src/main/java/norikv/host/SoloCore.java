package norikv.host;

import java.util.ArrayList;
import java.util.List;
import norikv.bytes.Bytes;
import norikv.domain.Version;
import norikv.port.Applier.Committed;
import norikv.raftlog.HardState;

/// The core of a group that has one replica: it leads as soon as it begins a term, and what is
/// durable is committed. Pure: time comes in as stamps, what is to be done goes out as [Ready].
///
/// **Threads.** Confined to the worker that owns the group.
final class SoloCore {
    /// The number of the one replica, in votes.
    private static final long SELF = 1;

    private long term;
    private long lastIndex;
    private long lastTerm;
    private long commit;

    /// The index of the entry that the term began with; 0 before one was begun.
    private long termFirstIndex;

    /// The last entry that was given out.
    private long givenIndex;

    private long givenTerm;
    private final List<Committed> unstable = new ArrayList<>();
    private boolean hasNewHardState;

    /// @param durable the hard state in the log
    /// @param lastIndex of the log, all of which is committed
    SoloCore(HardState durable, long lastIndex, long lastTerm) {
        this.term = durable.term();
        this.lastIndex = lastIndex;
        this.lastTerm = lastTerm;
        this.commit = lastIndex;
        this.givenIndex = lastIndex;
        this.givenTerm = lastTerm;
        assert lastTerm <= term : "an entry of term %d in term %d".formatted(lastTerm, term);
    }

    /// Begins the next term and leads it.
    ///
    /// @return the place of the empty entry that it begins with
    Version campaign(long stampMillis) {
        assert termFirstIndex == 0 : "it leads already";
        term++;
        hasNewHardState = true;
        termFirstIndex = lastIndex + 1;
        return add(Bytes.EMPTY, stampMillis);
    }

    /// {@return the place of a new entry}
    Version propose(Bytes command, long stampMillis) {
        assert termFirstIndex > 0 : "no term was begun";
        return add(command, stampMillis);
    }

    /// Puts into `out` what must be done and was not given out before.
    void drainReady(Ready out) {
        out.clear();
        out.hasHardState = hasNewHardState;
        out.hardState = new HardState(term, SELF, commit);
        out.previousIndex = givenIndex;
        out.previousTerm = givenTerm;
        out.entries.addAll(unstable);
        unstable.clear();
        hasNewHardState = false;
        givenIndex = lastIndex;
        givenTerm = lastTerm;
    }

    /// What was given out last, after the entry `(index, entryTerm)`, was refused by the log: it
    /// never was. If a hard state was among it, the term was not begun.
    void takeBack(long index, long entryTerm, boolean hadHardState) {
        assert unstable.isEmpty() : "entries were added to what was refused";
        assert index >= commit : "taken back to %d, committed %d".formatted(index, commit);
        lastIndex = givenIndex = index;
        lastTerm = givenTerm = entryTerm;
        if (hadHardState) {
            term--;
            termFirstIndex = 0;
        }
    }

    /// All up to the entry at `index`, given out in `entryTerm`, is durable.
    void onPersisted(long entryTerm, long index) {
        assert index <= givenIndex : "durable %d, given out %d".formatted(index, givenIndex);
        if (entryTerm == term) {
            commit = Math.max(commit, index);
        }
    }

    /// {@return whether a replica that has applied all up to `applied` may answer reads: only the
    /// entry of its own term tells that it knows all that was committed before}
    boolean grantsReads(long applied) {
        return termFirstIndex > 0 && applied >= termFirstIndex;
    }

    boolean hasReady() {
        return hasNewHardState || !unstable.isEmpty();
    }

    boolean leads() {
        return termFirstIndex > 0;
    }

    long term() {
        return term;
    }

    long commit() {
        return commit;
    }

    private Version add(Bytes command, long stampMillis) {
        lastIndex++;
        lastTerm = term;
        var at = new Version(term, lastIndex);
        unstable.add(new Committed(at, stampMillis, command));
        return at;
    }
}
