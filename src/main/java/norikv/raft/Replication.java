package norikv.raft;

import java.util.List;
import norikv.domain.Version;

/// Sends a leader's log to its followers and takes their answers.
///
/// **Source.** Raft dissertation §3.5, §10.2.1.
final class Replication {
    private final Replica replica;
    private final Followers followers;

    Replication(Replica replica, Followers followers) {
        this.replica = replica;
        this.followers = followers;
    }

    /// Sends every follower what it may get now.
    void send() {
        for (Progress follower : followers.each()) {
            sendEntries(follower);
            long news = follower.commitNews(replica.log.commit());
            if (news > 0) {
                replica.sendNow(new Message.Commit(replica.to(follower.id), news));
            }
        }
    }

    void appended(Progress follower, Message.Appended reply) {
        if (reply.match() > replica.log.last()) {
            replica.tally.impossible++;
            return;
        }
        follower.heard(reply.stampNanos(), replica.now());
        follower.acknowledged(reply.match(), replica.log.first());
    }

    void rejected(Progress follower, Message.AppendRejected reply) {
        follower.heard(reply.stampNanos(), replica.now());
        // Where this log is older than the hint's term the two cannot agree either.
        Version common =
                replica.log.lastNotBehind(reply.hint().index(), reply.hint().term());
        follower.rejected(reply.prevIndex(), common.index());
    }

    void alive(Progress follower, Message.HeartbeatReply reply) {
        follower.heard(reply.pulse().stampNanos(), replica.now());
        follower.confirmed(reply.pulse().reads(), reply.commit());
        // An append or its answer may be lost with nothing behind it that would show it. Half an
        // interval: what went out with the last heartbeat but one is overdue for certain.
        long silent = replica.now().nanos() - follower.sentNanos();
        if (silent >= replica.options.heartbeatNanos() / 2) {
            follower.goOn(follower.match() < replica.log.last());
        }
    }

    private void sendEntries(Progress follower) {
        Log log = replica.log;
        while (follower.maySend(replica.options)) {
            boolean more = follower.next() <= log.last();
            if (!more && !follower.nudged()) {
                return;
            }
            long prevTerm = log.term(follower.next() - 1);
            if (prevTerm == Log.UNKNOWN || more && follower.next() < log.first()) {
                awaitSnapshot(follower);
                return;
            }
            List<Entry> entries = List.of();
            if (more && follower.mayCarry(replica.options)) {
                int bytesMax = replica.options.messageBytesMax();
                entries = log.entries(follower.next(), log.last() + 1, bytesMax);
                if (entries.isEmpty()) {
                    follower.awaitFetch();
                    return;
                }
            }
            sendAppend(follower, new Version(prevTerm, follower.next() - 1), entries);
        }
    }

    private void sendAppend(Progress follower, Version prev, List<Entry> entries) {
        int bytes = 0;
        for (int i = 0; i < entries.size(); i++) {
            bytes += entries.get(i).bytes();
        }
        replica.sendNow(
                new Message.AppendRequest(
                        replica.to(follower.id),
                        prev,
                        replica.log.commit(),
                        replica.now().nanos(),
                        entries));
        long last = prev.index() + entries.size();
        follower.sent(last, bytes, replica.log.commit(), replica.now());
    }

    /// Only a follower that answers gets a snapshot: it is much work for one that may be dead.
    private void awaitSnapshot(Progress follower) {
        long heard = replica.now().nanos() - follower.contactNanos();
        if (heard < replica.options.electionMinNanos()) {
            follower.awaitSnapshot();
            replica.out.snapshotsWanted.add(follower.id);
        } else {
            follower.awaitFetch();
        }
    }
}
