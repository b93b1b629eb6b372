package norikv.raft;

/// Counts for [Counts].
final class Tally {
    long impossible;
    long stale;
    long sticky;
    long overfull;
    long elections;
    long leads;

    Counts counts() {
        return new Counts(impossible, stale, sticky, overfull, elections, leads);
    }
}
