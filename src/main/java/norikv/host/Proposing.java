package norikv.host;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import norikv.bytes.Bytes;
import norikv.domain.NoriException;
import norikv.domain.Version;
import norikv.raft.Now;
import norikv.raft.Proposed;
import norikv.raft.Refusal;
import norikv.raftlog.RaftLog;

/// Gives the cores of one worker what is proposed, as far as the batch that gathers, the disk and
/// each group have room for it. What has none in the batch or the group waits, in its order; what
/// has none on the disk is refused, before any core knows of it.
///
/// **Threads.** The worker's, but for [#put]. **Limits.** [Mailbox] bounds what was not taken,
/// [#TAKEN_MAX] what was.
final class Proposing {
    /// How many that were taken may wait before no more are.
    static final int TAKEN_MAX = 4_096;

    private final RaftLog log;

    /// What is proposed to one group at once, but for one longer command, bytes.
    private final long bytesMax;

    private final Groups groups;
    private final Mailbox mailbox = new Mailbox();
    private final ArrayDeque<HostMessage> taken = new ArrayDeque<>();

    /// Those with something in their inbox.
    private final ArrayDeque<Replica> line = new ArrayDeque<>();

    private int takenCount;

    /// What was proposed since a batch was last given to the log, bytes.
    private long proposedBytes;

    private boolean isBlocked;

    /// What proposing does to groups.
    interface Groups {
        /// `replica` has something ready.
        void touch(Replica replica);

        /// An assertion failed in its core.
        void broke(Replica replica, AssertionError broken);
    }

    Proposing(RaftLog log, long bytesMax, Groups groups) {
        this.log = log;
        this.bytesMax = bytesMax;
        this.groups = groups;
    }

    /// **Threads.** Any.
    Mailbox.Put put(HostMessage.Propose message) {
        return mailbox.put(message);
    }

    void take() {
        if (takenCount >= TAKEN_MAX) {
            return;
        }
        mailbox.drainTo(taken);
        takenCount += taken.size();
        for (HostMessage message = taken.poll(); message != null; message = taken.poll()) {
            var propose = (HostMessage.Propose) message;
            if (propose.replica.inbox.isEmpty()) {
                line.addLast(propose.replica);
            }
            propose.replica.inbox.addLast(propose);
        }
    }

    /// Gives the cores what `gathering` has room for.
    void run(Now now, Flight gathering) {
        isBlocked = false;
        for (int left = line.size(); left > 0; left--) {
            Replica replica = line.removeFirst();
            if (!replica.isWell()) {
                refuse(replica, Refusals.unwell(replica));
            } else if (!replica.isSole || replica.core.isLeader()) {
                propose(replica, now, gathering);
            }
            if (!replica.inbox.isEmpty()) {
                line.addLast(replica);
            }
        }
    }

    /// {@return whether something waits only for the gathering batch to leave}
    boolean isBlocked() {
        return isBlocked;
    }

    /// The batch that gathered was given to the log.
    void batchLeft() {
        proposedBytes = 0;
    }

    /// {@return whether the disk has room for so much more than what was proposed}
    boolean hasRoom(long bytes) {
        return log.hasRoom(proposedBytes + bytes);
    }

    boolean isIdle() {
        return takenCount == 0 && mailbox.isEmpty();
    }

    /// Refuses what waits for `replica`.
    void refuse(Replica replica, NoriException reason) {
        takenCount -= replica.inbox.size();
        replica.inbox.forEach(message -> message.proposal.refused(reason));
        replica.inbox.clear();
    }

    /// Refuses everything, now and later.
    void close(List<Replica> replicas) {
        mailbox.close(new HostMessage.Closed(), taken);
        for (HostMessage message = taken.poll(); message != null; message = taken.poll()) {
            ((HostMessage.Propose) message).proposal.refused(Refusals.closed());
        }
        replicas.forEach(replica -> refuse(replica, Refusals.closed()));
    }

    private void propose(Replica replica, Now now, Flight gathering) {
        List<HostMessage.Propose> some = new ArrayList<>();
        List<Bytes> commands = new ArrayList<>();
        long bytes = 0;
        long unrecorded = replica.core.unrecordedBytes();
        long entries = replica.core.unrecordedEntries();
        for (HostMessage.Propose next : replica.inbox) {
            long longer = bytes + next.weight();
            if (!some.isEmpty() && longer > bytesMax) {
                break;
            }
            if (!gathering.fits(unrecorded + longer, entries + some.size() + 1)) {
                isBlocked = true;
                break;
            }
            bytes = longer;
            some.add(next);
            commands.add(next.proposal.command());
        }
        if (some.isEmpty()) {
            return;
        }
        some.forEach(_ -> replica.inbox.removeFirst());
        takenCount -= some.size();
        if (hasRoom(bytes)) {
            proposedBytes += bytes;
            conclude(replica, some, offer(replica, now, commands), now);
        } else {
            some.forEach(message -> message.proposal.refused(Refusals.noSpace()));
        }
    }

    private void conclude(
            Replica replica, List<HostMessage.Propose> some, Proposed proposed, Now now) {
        switch (proposed) {
            case Proposed.Accepted(Version first) -> {
                for (int i = 0; i < some.size(); i++) {
                    var place = new Version(first.term(), first.index() + i);
                    some.get(i).proposal.appended(place);
                }
                groups.touch(replica);
            }
            case Proposed.Refused(var why) when why == Refusal.TOO_MANY_UNCOMMITTED -> {
                // They wait until some of the others are committed.
                some.reversed().forEach(replica.inbox::addFirst);
                takenCount += some.size();
            }
            case Proposed.Refused(var why) -> {
                NoriException reason = Refusals.of(why, replica, now);
                some.forEach(message -> message.proposal.refused(reason));
            }
        }
    }

    private Proposed offer(Replica replica, Now now, List<Bytes> commands) {
        try {
            return replica.core.propose(now, commands);
        } catch (AssertionError broken) {
            groups.broke(replica, broken);
            return new Proposed.Refused(Refusal.NOT_LEADER);
        }
    }
}
