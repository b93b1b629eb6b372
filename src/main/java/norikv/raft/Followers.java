package norikv.raft;

import java.util.function.LongUnaryOperator;

/// What a leader knows of everybody else in the group, and what a majority together has reached.
final class Followers {
    private final Replica replica;
    private Progress[] each = {};

    private final LongUnaryOperator matchOf;
    private final LongUnaryOperator commitOf;
    private final LongUnaryOperator contactOf;
    private final LongUnaryOperator stampOf;
    private final LongUnaryOperator readsOf;

    /// @param reads what the leader itself confirms
    Followers(Replica replica, ReadQueue reads) {
        this.replica = replica;
        long self = replica.self;
        matchOf = id -> id == self ? replica.log.durable() : of(id).match();
        commitOf = id -> id == self ? replica.log.commit() : of(id).commit();
        contactOf = id -> id == self ? replica.now().nanos() : of(id).contactNanos();
        stampOf = id -> id == self ? replica.now().nanos() : of(id).stampNanos();
        readsOf = id -> id == self ? reads.taken() : of(id).reads();
        follow(replica.configuration());
    }

    /// Goes on with the members of `configuration`; what is known of those who stay is kept.
    void follow(Configuration configuration) {
        Members others = configuration.all().minus(Members.of(replica.self));
        Progress[] before = each;
        Progress[] after = new Progress[others.count()];
        for (int i = 0; i < after.length; i++) {
            after[i] = new Progress(others.id(i), replica.log.last() + 1, replica.now());
            for (Progress known : before) {
                if (known.id == others.id(i)) {
                    after[i] = known;
                }
            }
        }
        each = after;
    }

    /// {@return everybody but the leader; not to be changed}
    Progress[] each() {
        return each;
    }

    boolean has(long id) {
        return find(id) != null;
    }

    /// {@return what is known of `id`, who is one of them}
    Progress of(long id) {
        Progress found = find(id);
        assert found != null : id + " in " + replica.configuration();
        return found;
    }

    /// {@return the last index that is durable at a majority}
    long agreedMatch() {
        return Quorum.agreed(replica.configuration(), matchOf);
    }

    /// {@return what a majority knows to be committed}
    long agreedCommit() {
        return Quorum.agreed(replica.configuration(), commitOf);
    }

    /// {@return since when a majority was heard from at least}
    long agreedContact() {
        return Quorum.agreed(replica.configuration(), contactOf);
    }

    /// {@return the last moment that a majority knew this leader at or after}
    long agreedStamp() {
        return Quorum.agreed(replica.configuration(), stampOf);
    }

    /// {@return the last read that a majority confirmed}
    long agreedReads() {
        return Quorum.agreed(replica.configuration(), readsOf);
    }

    private Progress find(long id) {
        for (Progress progress : each) {
            if (progress.id == id) {
                return progress;
            }
        }
        return null;
    }
}
