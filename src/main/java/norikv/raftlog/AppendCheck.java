package norikv.raftlog;

/// Refuses a batch that cannot follow what was accepted before it: once it is in the log, nobody
/// could read that log back.
///
/// **Threads.** Confined to the thread that appends for the groups of the batch.
final class AppendCheck {
    private static final int SAVED = 5;

    private final LogBatch batch;

    /// What each item found, to be put back.
    private long[] saved = {};

    private int checked;

    AppendCheck(LogBatch batch) {
        this.batch = batch;
    }

    /// **Errors.** [IllegalArgumentException]; nothing is changed then.
    void run(GroupLogs groups) {
        checked = 0;
        if (saved.length < SAVED * batch.rowCount()) {
            saved = new long[2 * SAVED * batch.rowCount()];
        }
        boolean whole = false;
        try {
            while (checked < batch.rowCount()) {
                GroupLog log = groups.of(batch.rowGroup(checked));
                save(log, SAVED * checked);
                check(log, checked++);
            }
            whole = true;
        } finally {
            if (!whole) {
                undo(groups);
            }
        }
    }

    /// Forgets the batch: it was not accepted.
    void undo(GroupLogs groups) {
        while (checked > 0) {
            checked--;
            GroupLog log = groups.of(batch.rowGroup(checked));
            int at = SAVED * checked;
            log.submittedLast = saved[at];
            log.submittedLastTerm = saved[at + 1];
            log.submittedTerm = saved[at + 2];
            log.submittedVote = saved[at + 3];
            log.submittedLives = saved[at + 4];
        }
    }

    private void save(GroupLog log, int at) {
        saved[at] = log.submittedLast;
        saved[at + 1] = log.submittedLastTerm;
        saved[at + 2] = log.submittedTerm;
        saved[at + 3] = log.submittedVote;
        saved[at + 4] = log.submittedLives;
    }

    private void check(GroupLog log, int row) {
        long first = batch.rowFirst(row);
        long second = batch.rowSecond(row);
        switch (batch.rowType(row)) {
            case BatchFormat.HARD_STATE -> {
                boolean voteKept = log.submittedVote == 0 || second == log.submittedVote;
                require(
                        first > log.submittedTerm || first == log.submittedTerm && voteKept,
                        log,
                        row,
                        "a later term, or the vote of this one");
                log.submittedTerm = first;
                log.submittedVote = second;
            }
            case BatchFormat.ENTRIES -> {
                boolean follows =
                        first == log.submittedLast
                                ? second == log.submittedLastTerm
                                : first < log.submittedLast && first >= flushed(log);
                require(follows, log, row, "entries that follow one that is there");
                log.submittedLast = batch.rowLastIndex(row);
                log.submittedLastTerm = batch.rowLastTerm(row);
            }
            case BatchFormat.COMPACT -> {
                long known = log.term(first);
                boolean there = known == second || first < log.firstIndex();
                require(there, log, row, "an entry that is durable");
            }
            case BatchFormat.RESTORE -> {
                require(first >= flushed(log), log, row, "nothing older than the flushed");
                log.submittedLives++;
                log.submittedLast = first;
                log.submittedLastTerm = second;
            }
            case BatchFormat.TOMBSTONE -> {
                log.submittedLives++;
                log.submittedLast = log.submittedLastTerm = 0;
                log.submittedTerm = log.submittedVote = 0;
            }
            default -> throw new AssertionError("row type " + batch.rowType(row));
        }
    }

    /// {@return up to where the log may not be overwritten; 0 if it is about to begin anew}
    private static long flushed(GroupLog log) {
        return log.submittedLives == log.lives() ? log.flushedIndex() : 0;
    }

    private void require(boolean holds, GroupLog log, int row, String expected) {
        if (!holds) {
            throw new IllegalArgumentException(
                    "group %d: %s, got item type %d (%d, %d) after index %d term %d in term %d"
                            .formatted(
                                    log.group(),
                                    expected,
                                    batch.rowType(row),
                                    batch.rowFirst(row),
                                    batch.rowSecond(row),
                                    log.submittedLast,
                                    log.submittedLastTerm,
                                    log.submittedTerm));
        }
    }
}
