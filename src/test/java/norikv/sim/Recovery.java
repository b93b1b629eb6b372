package norikv.sim;

import norikv.raft.HardState;
import norikv.raftlog.RaftLog;

/// I7 over restarts: what was durable is found again. What was on its way may be found as well.
final class Recovery {
    private Recovery() {}

    /// Compares what the log found with what was known to be durable, and takes it over.
    static void check(Ground ground, Witness w, RaftLog log, Store.Kept kept) {
        norikv.raftlog.HardState state = log.hardState(w.group);
        boolean keepsVote =
                state.term() > w.hard.term()
                        || state.term() == w.hard.term()
                                && (w.hard.vote() == HardState.NOBODY
                                        || state.vote() == w.hard.vote());
        Violation.check(
                keepsVote, "I7", "replica %d found %s, durable was %s", w.id, state, w.hard);
        w.hard = new HardState(state.term(), state.vote(), state.commit());
        Truth truth = ground.watch().truth(w.group);
        long first = log.firstIndex(w.group);
        long last = log.lastIndex(w.group);
        long applied = kept.flushed.index();
        Violation.check(
                first <= applied + 1 && applied <= last,
                "I14",
                "replica %d has applied %d, its log is %d..%d",
                w.id,
                applied,
                first,
                last);
        long term = log.term(w.group, first - 1);
        if (first - 1 > w.durable.last() || term != w.durable.term(first - 1)) {
            w.durable.startBehind(first - 1, term, truth.committed.hash(first - 1));
        }
        long floor = w.onTheirWay.stream().mapToLong(Long::longValue).min().orElse(Long.MAX_VALUE);
        long before = w.durable.last();
        for (long i = first; i <= last; i++) {
            long found = log.term(w.group, i);
            boolean isSame = i <= before && found == w.durable.term(i);
            Violation.check(
                    isSame || i > before || i >= floor,
                    "I7",
                    "replica %d lost the durable entry %d",
                    w.id,
                    i);
            if (!isSame) {
                long hash = truth.prefixOfEntry.get(new norikv.domain.Version(found, i));
                w.durable.put(i, found, hash);
            }
        }
        Violation.check(
                last >= before || floor <= last,
                "I7",
                "replica %d ends at %d, durable was %d",
                w.id,
                last,
                before);
        w.durable.cutTo(last);
        w.restarted();
    }
}
