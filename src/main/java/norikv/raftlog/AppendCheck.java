package norikv.raftlog;

/// Refuses a batch that cannot follow what was accepted before it: once it is in the log, nobody
/// could read that log back.
///
/// **Threads.** Confined to the thread that appends for the groups of the batch.
final class AppendCheck {
    private static final int SAVED = 8;

    private final LogBatch batch;

    /// What each item found, to be put back.
    private long[] saved = {};

    /// How many items were looked at, and how many of them were good.
    private int checked;

    private int good;

    AppendCheck(LogBatch batch) {
        this.batch = batch;
    }

    /// **Errors.** [IllegalArgumentException]; nothing is changed then.
    void run(GroupLogs groups) {
        checked = 0;
        good = 0;
        if (saved.length < SAVED * batch.rowCount()) {
            saved = new long[2 * SAVED * batch.rowCount()];
        }
        boolean whole = false;
        try {
            while (checked < batch.rowCount()) {
                GroupLog log = groups.of(batch.rowGroup(checked));
                save(log, SAVED * checked);
                check(log, checked++);
                good = checked;
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
            log.submittedIntent = (int) saved[at + 5];
            log.submittedBase = saved[at + 7];
            if (checked < good && batch.rowType(checked) == BatchFormat.INTENT) {
                log.unpin(saved[at + 6]);
            }
        }
    }

    private void save(GroupLog log, int at) {
        saved[at] = log.submittedLast;
        saved[at + 1] = log.submittedLastTerm;
        saved[at + 2] = log.submittedTerm;
        saved[at + 3] = log.submittedVote;
        saved[at + 4] = log.submittedLives;
        saved[at + 5] = log.submittedIntent;
        saved[at + 6] = log.pinnedIndex();
        saved[at + 7] = log.submittedBase;
    }

    private void check(GroupLog log, int row) {
        switch (batch.rowType(row)) {
            case BatchFormat.HARD_STATE -> {
                long term = batch.rowFirst(row);
                long vote = batch.rowSecond(row);
                boolean voteKept = log.submittedVote == 0 || vote == log.submittedVote;
                require(
                        term > log.submittedTerm || term == log.submittedTerm && voteKept,
                        log,
                        row,
                        "a later term, or the vote of this one");
                log.submittedTerm = term;
                log.submittedVote = vote;
            }
            case BatchFormat.TOMBSTONE -> {
                log.submittedLives++;
                log.submittedLast = log.submittedLastTerm = 0;
                log.submittedTerm = log.submittedVote = 0;
                log.submittedIntent = 0;
                log.submittedBase = 0;
            }
            case BatchFormat.INTENT -> {
                boolean open = log.submittedIntent != 0;
                long index = batch.rowFirst(row);
                int tablet = (int) batch.rowSecond(row);
                boolean sound = !open && index > 0 && tablet != 0;
                boolean kept = index >= log.submittedBase;
                boolean pinned = sound && kept && log.pin(index);
                require(pinned, log, row, "one intent, of what is not dropped");
                log.submittedIntent = tablet;
            }
            case BatchFormat.DONE, BatchFormat.ABORT -> {
                boolean same = log.submittedIntent == (int) batch.rowSecond(row);
                require(log.submittedIntent != 0 && same, log, row, "the end of its open intent");
                log.submittedIntent = 0;
            }
            case BatchFormat.ENTRIES, BatchFormat.COMPACT, BatchFormat.RESTORE -> {
                require(log.submittedIntent == 0, log, row, "no entries while an intent is open");
                checkEntries(log, row);
            }
            default -> throw new AssertionError("row type " + batch.rowType(row));
        }
    }

    private void checkEntries(GroupLog log, int row) {
        long first = batch.rowFirst(row);
        long second = batch.rowSecond(row);
        switch (batch.rowType(row)) {
            case BatchFormat.ENTRIES -> {
                boolean follows =
                        first == log.submittedLast
                                ? second == log.submittedLastTerm
                                : first < log.submittedLast
                                        && first >= Math.max(flushed(log), log.submittedBase);
                require(follows, log, row, "entries that follow one that is there");
                log.submittedLast = batch.rowLastIndex(row);
                log.submittedLastTerm = batch.rowLastTerm(row);
            }
            case BatchFormat.COMPACT -> {
                long known = log.term(first);
                boolean there = known == second || first < log.firstIndex();
                require(there, log, row, "an entry that is durable");
                log.submittedBase = Math.max(log.submittedBase, first);
            }
            case BatchFormat.RESTORE -> {
                require(first >= flushed(log), log, row, "nothing older than the flushed");
                log.submittedLives++;
                log.submittedBase = first;
                log.submittedLast = first;
                log.submittedLastTerm = second;
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
