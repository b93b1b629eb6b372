package norikv.raft;

import java.util.List;
import norikv.domain.Version;

/// Takes what a leader sends, and waits for it to fall silent.
final class Follower implements Role {
    private final Replica replica;
    private final long timeoutNanos;
    private long deadlineNanos;

    Follower(Replica replica, long timeoutNanos) {
        this(replica, timeoutNanos, replica.now().nanos() + timeoutNanos);
    }

    /// @param deadlineNanos when to give up waiting the first time
    Follower(Replica replica, long timeoutNanos, long deadlineNanos) {
        this.replica = replica;
        this.timeoutNanos = timeoutNanos;
        this.deadlineNanos = deadlineNanos;
    }

    @Override
    public long deadlineNanos() {
        return replica.mayCampaign() ? deadlineNanos : Long.MAX_VALUE;
    }

    @Override
    public void expire() {
        if (replica.promised()) {
            // The vote is promised away for a while: its own candidate must wait as well.
            deadlineNanos = replica.now().nanos() + timeoutNanos;
        } else {
            replica.becomeCandidate(Message.Ballot.PRE);
        }
    }

    /// The vote was given away: whoever got it needs time to win.
    void votedNow() {
        deadlineNanos = replica.now().nanos() + timeoutNanos;
    }

    /// {@return whether `from` leads this term, as far as this replica knows}
    boolean hear(long from) {
        if (replica.leader() != HardState.NOBODY && replica.leader() != from) {
            return false;
        }
        replica.heardLeader(from);
        deadlineNanos = replica.now().nanos() + timeoutNanos;
        return true;
    }

    void take(Message.FromLeader order) {
        switch (order) {
            case Message.AppendRequest request -> append(request);
            case Message.Heartbeat heartbeat -> heartbeat(heartbeat);
            case Message.Commit commit -> commitTo(commit.index());
            case Message.InstallSnapshot install -> install(install);
            case Message.TimeoutNow _ -> timeoutNow();
        }
    }

    /// The snapshot is the state machine now, durably.
    void installed(SnapshotMeta meta) {
        if (replica.leader() != HardState.NOBODY) {
            acknowledgeSnapshot(replica.leader(), meta.at().index());
        }
    }

    private void append(Message.AppendRequest request) {
        Log log = replica.log;
        if (replica.isInstalling()) {
            return;
        }
        if (request.prev().index() < log.commit()) {
            // All up to the commit index is the same everywhere: the leader goes on from there.
            acknowledge(request, log.commit());
        } else if (log.contains(request.prev())) {
            accept(request);
        } else if (request.prev().index() == log.commit()) {
            // Two entries committed at one index: nothing here may be replaced.
            replica.tally.impossible++;
        } else {
            reject(request);
        }
    }

    private void heartbeat(Message.Heartbeat heartbeat) {
        if (commitTo(heartbeat.commit())) {
            // Not after the disk: it says that the leader was heard, and promises no entry.
            replica.sendNow(
                    new Message.HeartbeatReply(
                            replica.to(heartbeat.head().from()),
                            replica.log.commit(),
                            heartbeat.pulse()));
        }
    }

    /// The leader counted this replica's acknowledgement of `index`, so it must be here.
    ///
    /// @return whether it is; a replica that lost it must not be counted on
    private boolean commitTo(long index) {
        if (index > replica.log.last()) {
            replica.tally.impossible++;
            return false;
        }
        if (!replica.isInstalling()) {
            replica.commitTo(index);
        }
        return true;
    }

    private void install(Message.InstallSnapshot install) {
        SnapshotMeta meta = install.meta();
        Log log = replica.log;
        if (replica.isInstalling()) {
            return;
        }
        if (meta.at().index() <= log.commit()) {
            acknowledgeSnapshot(install.head().from(), log.commit());
        } else if (log.contains(meta.at())) {
            replica.commitTo(meta.at().index());
            acknowledgeSnapshot(install.head().from(), meta.at().index());
        } else if (!meta.configuration().all().contains(replica.self)) {
            replica.tally.impossible++;
        } else {
            replica.install(meta);
        }
    }

    private void timeoutNow() {
        if (replica.mayCampaign()) {
            replica.becomeCandidate(Message.Ballot.TRANSFER);
        }
    }

    private void accept(Message.AppendRequest request) {
        Log log = replica.log;
        List<Entry> entries = request.entries();
        int known = 0;
        while (known < entries.size() && log.contains(entries.get(known).at())) {
            known++;
        }
        if (known < entries.size()) {
            if (log.tailBytes() > replica.options.uncommittedBytesMax()) {
                replica.tally.overfull++;
                return;
            }
            // Only what contradicts is replaced: an old request that comes late must not take
            // back what was acknowledged since.
            if (entries.get(known).index() <= log.last()) {
                replica.truncateFrom(entries.get(known).index());
            }
            for (int i = known; i < entries.size(); i++) {
                replica.append(entries.get(i));
            }
        }
        // Not the end of the own log: what stands behind the request may be of another leader.
        long match = request.prev().index() + entries.size();
        replica.commitTo(Math.min(request.commit(), match));
        acknowledge(request, match);
    }

    private void reject(Message.AppendRequest request) {
        Version prev = request.prev();
        Version hint = replica.log.lastNotBehind(prev.index(), prev.term());
        replica.sendNow(
                new Message.AppendRejected(
                        replica.to(request.head().from()),
                        prev.index(),
                        hint,
                        request.stampNanos()));
    }

    private void acknowledge(Message.AppendRequest request, long match) {
        replica.sendAfterPersist(
                new Message.Appended(
                        replica.to(request.head().from()), match, request.stampNanos()));
    }

    private void acknowledgeSnapshot(long to, long match) {
        replica.sendAfterPersist(
                new Message.Appended(replica.to(to), match, Message.Pulse.NONE.stampNanos()));
    }
}
