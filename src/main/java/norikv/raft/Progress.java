package norikv.raft;

/// What a leader knows of one follower, and how it feeds it.
///
/// ```
///             acknowledged                    rejected, unreachable
///   PROBE ───────────────────▶ REPLICATE ───────────────────────────▶ PROBE
///     │ its next entry is compacted away                     ▲
///     └─────────────────────▶ SNAPSHOT ──────────────────────┘ sent, failed, or it reconnects
/// ```
///
/// **Source.** Raft dissertation §10.2.1 for pipelining.
final class Progress {
    /// How a follower is fed.
    enum Phase {
        /// One append at a time, until it is known what the follower has.
        PROBE,
        /// As many as the window allows, before the answers.
        REPLICATE,
        /// None: what it needs is only in a snapshot.
        SNAPSHOT
    }

    final long id;
    private final Window window = new Window();
    private Phase phase = Phase.PROBE;

    /// Durable there, and equal to the leader's log. Invariant: match < next.
    private long match;

    private long next;

    /// PROBE: one append is on its way. SNAPSHOT: always. Also while entries are being fetched.
    private boolean paused;

    /// Send an append even if there are no entries for it: an answer is wanted.
    private boolean nudged;

    private long sentNanos;
    private long snapshotIndex;
    private long commitSent;
    private long contactNanos;
    private long stampNanos = Long.MIN_VALUE;
    private long reads;
    private long commit;

    /// A follower that counts as heard from just now, or its addition could depose the leader.
    Progress(long id, long next, Now now) {
        this.id = id;
        this.next = next;
        this.contactNanos = now.nanos();
        this.sentNanos = Replica.NEVER;
    }

    Phase phase() {
        return phase;
    }

    long match() {
        return match;
    }

    long next() {
        return next;
    }

    int inFlight() {
        return window.count();
    }

    long contactNanos() {
        return contactNanos;
    }

    long stampNanos() {
        return stampNanos;
    }

    long reads() {
        return reads;
    }

    /// {@return what it is known to know as committed}
    long commit() {
        return commit;
    }

    long sentNanos() {
        return sentNanos;
    }

    /// It answered something that the leader sent at `stamp`.
    void heard(long stamp, Now now) {
        contactNanos = now.nanos();
        stampNanos = Math.max(stampNanos, stamp);
    }

    /// It answered a heartbeat.
    void confirmed(long readsThen, long commitThen) {
        reads = Math.max(reads, readsThen);
        commit = Math.max(commit, commitThen);
    }

    /// It is alive: ends a pause that only the lost answer to a probe would end.
    void goOn(boolean nudge) {
        if (phase != Phase.SNAPSHOT) {
            paused = false;
            nudged |= nudge;
        }
    }

    boolean maySend(RaftOptions options) {
        return !paused && (nudged || phase != Phase.REPLICATE || !window.isFull(options));
    }

    /// {@return whether entries may go along: a nudge past a full window carries none}
    boolean mayCarry(RaftOptions options) {
        return phase != Phase.REPLICATE || !window.isFull(options);
    }

    boolean nudged() {
        return nudged;
    }

    /// An append with entries up to `last` (`next` − 1 if with none) was sent.
    void sent(long last, int bytes, long leaderCommit, Now now) {
        nudged = false;
        sentNanos = now.nanos();
        commitSent = Math.max(commitSent, Math.min(leaderCommit, last));
        switch (phase) {
            case PROBE -> paused = true;
            case REPLICATE -> {
                if (last >= next) {
                    window.add(last, bytes);
                    next = last + 1;
                }
            }
            case SNAPSHOT -> throw new AssertionError("append while in snapshot " + id);
        }
    }

    /// {@return whether this is news} The log there is durable up to `index`.
    boolean acknowledged(long index, long first) {
        boolean news = index > match;
        match = Math.max(match, index);
        next = Math.max(next, match + 1);
        window.acknowledge(index);
        switch (phase) {
            case PROBE -> replicate();
            case REPLICATE -> {}
            case SNAPSHOT -> {
                if (match + 1 >= first) {
                    replicate();
                }
            }
        }
        return news;
    }

    /// It does not have the entry before the ones sent; it may have `common`.
    void rejected(long prevIndex, long common) {
        boolean stale =
                switch (phase) {
                    case PROBE -> next - 1 != prevIndex;
                    case REPLICATE -> prevIndex <= match;
                    case SNAPSHOT -> true;
                };
        if (!stale) {
            probe(Math.max(match + 1, Math.min(prevIndex, common + 1)));
        }
    }

    /// Messages to it may have been lost.
    void unreachable() {
        if (phase == Phase.REPLICATE) {
            probe(match + 1);
        }
    }

    void awaitSnapshot() {
        phase = Phase.SNAPSHOT;
        paused = true;
        nudged = false;
        snapshotIndex = 0;
        window.clear();
    }

    void snapshotMade(long index) {
        snapshotIndex = index;
    }

    /// The snapshot went out, or did not: what the follower has now the next append will tell.
    void snapshotOutcome(boolean sent) {
        if (phase == Phase.SNAPSHOT) {
            probe(Math.max(match, sent ? snapshotIndex : 0) + 1);
            paused = true;
        }
    }

    /// Entries for it are not in memory: send none until they are.
    void awaitFetch() {
        paused = true;
        nudged = false;
    }

    void fetched() {
        paused = phase == Phase.SNAPSHOT;
    }

    /// {@return what it may commit and was not told yet, or 0}
    long commitNews(long leaderCommit) {
        long news = Math.min(match, leaderCommit);
        if (news <= commitSent) {
            return 0;
        }
        commitSent = news;
        return news;
    }

    private void replicate() {
        phase = Phase.REPLICATE;
        paused = false;
        next = match + 1;
        window.clear();
    }

    private void probe(long from) {
        phase = Phase.PROBE;
        paused = false;
        next = from;
        window.clear();
        assert match < next : match + " " + next;
    }
}
