package norikv.raft;

import java.util.function.LongUnaryOperator;

/// What a majority agrees on: the one piece of arithmetic behind commits, votes, leases, reads and
/// the check that a leader still reaches its followers.
///
/// Each replica has a value (how far it acknowledged, when it was heard from, how it voted) and the
/// question is always the same: what is the greatest value that a majority has reached? While two
/// configurations are joined a majority of each must have. Nothing is allocated; a group is so
/// small that counting for each member is as fast as sorting. **Source.** Raft dissertation §4.3.
final class Quorum {
    /// Values for votes: with them [#agreed] says the same of an election.
    static final long YES = 1;

    /// No answer yet, or an election that is still open.
    static final long OPEN = 0;

    /// Refused, or an election that can no longer be won.
    static final long NO = -1;

    private Quorum() {}

    /// {@return how many of `count` members a majority needs}
    static int of(int count) {
        return count / 2 + 1;
    }

    /// {@return the greatest value that a majority of `half` has reached} An empty half limits
    /// nothing: it agrees on [Long#MAX_VALUE].
    static long agreed(Members half, LongUnaryOperator valueOf) {
        int needed = of(half.count());
        long best = half.isEmpty() ? Long.MAX_VALUE : Long.MIN_VALUE;
        for (int i = 0; i < half.count(); i++) {
            long value = valueOf.applyAsLong(half.id(i));
            if (value > best && reached(half, valueOf, value) >= needed) {
                best = value;
            }
        }
        return best;
    }

    /// {@return the greatest value that a majority of each half of `configuration` has reached}
    static long agreed(Configuration configuration, LongUnaryOperator valueOf) {
        return Math.min(
                agreed(configuration.voters(), valueOf),
                agreed(configuration.outgoing(), valueOf));
    }

    private static int reached(Members half, LongUnaryOperator valueOf, long value) {
        int count = 0;
        for (int i = 0; i < half.count(); i++) {
            if (valueOf.applyAsLong(half.id(i)) >= value) {
                count++;
            }
        }
        return count;
    }
}
