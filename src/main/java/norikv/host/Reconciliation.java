package norikv.host;

import java.util.function.LongUnaryOperator;
import norikv.domain.Version;
import norikv.raftlog.HardState;
import norikv.raftlog.Intent;
import norikv.raftlog.RaftLog;

/// What an opening finds of one group in log and storage, and what is to be done about it. Pure.
///
/// An install is INTENT forced, tablet ingested, tablet live, DONE forced. A crash in between
/// leaves the intent open, and which tablet is live says how far it got: the new one, then it is
/// completed; the old one, then it is forgotten, and nobody ever saw it. A group is dropped as
/// tombstone forced, tablet dropped; what is half done is completed.
///
/// Without an intent the log must reach from what storage has applied to beyond it, and have the
/// same entry there: else one of the two lost something durable.
sealed interface Reconciliation {
    /// Log and storage fit; nothing is to be done.
    record Fits() implements Reconciliation {}

    /// The snapshot is in its place: DONE is missing.
    ///
    /// @param keepsTail whether the log has the snapshot's last entry, and so keeps those after it;
    ///     else all its entries go
    record Complete(Intent intent, boolean keepsTail) implements Reconciliation {}

    /// The snapshot is not in its place and never will be: ABORT is missing.
    record Forget(Intent intent) implements Reconciliation {}

    /// The group is gone; its tablet is left over.
    record Drop() implements Reconciliation {}

    /// Something durable is lost: the node must not start.
    ///
    /// @param why what was expected and what was found
    record Damaged(String why) implements Reconciliation {}

    /// What the log says of a group.
    ///
    /// @param term gives the term of an entry, 0 where it is not known
    record InLog(
            boolean isTombstone,
            HardState hardState,
            long firstIndex,
            long lastIndex,
            LongUnaryOperator term,
            Intent intent) {
        static InLog of(RaftLog log, int group) {
            return new InLog(
                    log.isTombstone(group),
                    log.hardState(group),
                    log.firstIndex(group),
                    log.lastIndex(group),
                    index -> log.term(group, index),
                    log.intent(group));
        }

        /// {@return whether it reaches from `at` to beyond it and has that entry}
        boolean reaches(Version at) {
            return at.index() >= firstIndex - 1
                    && at.index() <= lastIndex
                    && term.applyAsLong(at.index()) == at.term();
        }

        boolean isEmpty() {
            return lastIndex == 0 && hardState.equals(HardState.NONE);
        }
    }

    /// What storage says of a shard.
    ///
    /// @param tablet which one it is, unsigned; 0: the shard is not here
    /// @param applied up to where its entries are durable there
    record InStorage(int tablet, Version applied) {
        static final InStorage NOTHING = new InStorage(0, Version.NONE);
    }

    static Reconciliation of(InLog log, InStorage storage) {
        if (log.isTombstone()) {
            return storage.tablet() == 0 ? new Fits() : new Drop();
        }
        if (storage.tablet() == 0) {
            return withoutTablet(log);
        }
        Intent intent = log.intent();
        if (intent.isOpen() && intent.tablet() == storage.tablet()) {
            var place = new Version(intent.term(), intent.index());
            return storage.applied().equals(place)
                    ? new Complete(intent, log.reaches(place))
                    : new Damaged(
                            "tablet %d is installed up to %s, got %s"
                                    .formatted(intent.tablet(), place, storage.applied()));
        }
        if (!log.reaches(storage.applied())) {
            return new Damaged(
                    "the log holds the entry that is applied last, %s, got %d to %d, term %d there"
                            .formatted(
                                    storage.applied(),
                                    log.firstIndex(),
                                    log.lastIndex(),
                                    log.term().applyAsLong(storage.applied().index())));
        }
        return intent.isOpen() ? new Forget(intent) : new Fits();
    }

    /// A shard is made in storage before its group gets anything in the log.
    private static Reconciliation withoutTablet(InLog log) {
        if (log.intent().isOpen() && log.lastIndex() == 0) {
            return new Forget(log.intent());
        }
        return log.isEmpty()
                ? new Fits()
                : new Damaged(
                        "a tablet, as the log has entries up to %d, got none"
                                .formatted(log.lastIndex()));
    }
}
