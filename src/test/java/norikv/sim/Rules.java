package norikv.sim;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import norikv.domain.Version;
import norikv.raft.Configuration;
import norikv.raft.Entry;
import norikv.raft.HardState;
import norikv.raft.Message;
import norikv.raft.Ready;
import norikv.raft.SnapshotMeta;
import norikv.raft.Status;

/// Looks at a replica whenever it was drained, before anything that it wants is done, and checks
/// what must hold then. The host tells what becomes durable, what leaves and what is applied.
///
/// The names are those of the invariants in the literature of the project: I1 election safety, I2
/// leader append-only, I3 log matching, I4 leader completeness, I5 state machine safety, I6 what is
/// committed is durable, I7 one vote a term, I8 nothing goes back, I9 a match is durable, I10 no
/// committed entry is cut off, I14 snapshots; the others stand in [MemberRules], [LeaseRules],
/// [ClientRules].
final class Rules {
    private final Map<Integer, Truth> truths = new TreeMap<>();
    private final Map<Version, Witness> witnesses = new TreeMap<>();
    private final MemberRules members = new MemberRules();
    long commits;
    long installs;

    void add(Truth truth) {
        truths.put(truth.group, truth);
    }

    Truth truth(int group) {
        return truths.get(group);
    }

    MemberRules members() {
        return members;
    }

    /// {@return what is known of replica `id`, from its first moment on}
    Witness witness(int group, long id) {
        return witnesses.computeIfAbsent(
                new Version(group, id), _ -> new Witness(group, id));
    }

    /// A replica was drained.
    void drained(Witness w, Status status, Ready ready) {
        Truth truth = truth(w.group);
        nothingGoesBack(w, status);
        termsAreMade(truth, status, ready);
        if (!ready.entries().isEmpty()) {
            leaderOnlyAppends(w, status, ready.entries());
            logsMatch(truth, w, ready.entries());
        }
        if (status.part() == Status.Part.LEADER) {
            if (w.leaderTerm != status.term()) {
                electionIsSafe(truth, w, status);
                w.leaderTerm = status.term();
            }
            if (isInStep(w, status)) {
                leaderIsComplete(truth, w, status);
                matchIsDurable(w, status);
            }
            committedIsDurable(truth, w, status);
        } else {
            if (w.leaderTerm == status.term()) {
                // A leader that is no voter any more commits that, and leaves, in one go.
                committedIsDurable(truth, w, status);
                members.goodbye(w, status, ready, id -> witness(w.group, id).known);
            }
            w.leaderTerm = 0;
        }
        committedIsTheSame(truth, w, status);
        members.oneAtATime(truth, w);
        if (status.configurationIndex() != w.configurationIndex) {
            members.inEffect(truth, w, status);
            w.configurationIndex = status.configurationIndex();
        }
        BoundRules.core(status);
    }

    /// {@return whether the image of a log in memory is the log in memory} While too many records
    /// are on their way the core hands over nothing, and what it took since is not seen here.
    private static boolean isInStep(Witness w, Status s) {
        return w.memory.last() == s.last().index()
                && w.memory.term(w.memory.last()) == s.last().term();
    }

    /// I8: term, commit and applied never shrink, and are in order.
    private static void nothingGoesBack(Witness w, Status s) {
        boolean holds =
                s.term() >= w.term
                        && s.term() >= w.hard.term()
                        && s.commit() >= w.commit
                        && s.applied() >= w.applied
                        && s.applied() <= s.commit()
                        && s.commit() <= s.last().index();
        Violation.check(
                holds,
                "I8",
                "replica %d had term %d commit %d applied %d, now %s",
                w.id,
                w.term,
                w.commit,
                w.applied,
                s);
        w.term = s.term();
        w.commit = s.commit();
        w.known = Math.max(w.known, s.commit());
        w.applied = s.applied();
    }

    /// I8: nobody enters a term but who asks for votes in it, or hears of one who did.
    private static void termsAreMade(Truth truth, Status s, Ready ready) {
        if (s.vote() == s.self()) {
            truth.termMade = Math.max(truth.termMade, s.term());
        }
        for (Message message : ready.sendNow()) {
            if (message instanceof Message.VoteRequest request
                    && request.ballot() != Message.Ballot.PRE) {
                truth.termMade = Math.max(truth.termMade, request.head().term());
            }
        }
        Violation.check(
                s.term() <= truth.termMade,
                "I8",
                "replica %d is in term %d, nobody asked for votes behind %d",
                s.self(),
                s.term(),
                truth.termMade);
    }

    /// I2: who leads replaces nothing in its log.
    private static void leaderOnlyAppends(Witness w, Status s, List<Entry> entries) {
        boolean led = s.part() == Status.Part.LEADER && w.leaderTerm == s.term();
        Violation.check(
                !led || entries.getFirst().index() == w.memory.last() + 1,
                "I2",
                "leader %d of term %d writes %s behind %d",
                w.id,
                s.term(),
                entries.getFirst().at(),
                w.memory.last());
    }

    /// I3, I10: an entry has one history, and a committed one is never replaced.
    private void logsMatch(Truth truth, Witness w, List<Entry> entries) {
        LogImage log = w.memory;
        long first = entries.getFirst().index();
        for (long i = first; i <= Math.min(log.last(), truth.committed.last()); i++) {
            Violation.check(
                    log.hash(i) != truth.committed.hash(i),
                    "I10",
                    "replica %d replaces committed entry %d.%d by %s",
                    w.id,
                    log.term(i),
                    i,
                    entries.getFirst().at());
        }
        for (Entry entry : entries) {
            Violation.check(
                    entry.index() <= log.last() + 1,
                    "I3",
                    "replica %d has a gap between %d and %s",
                    w.id,
                    log.last(),
                    entry.at());
            long hash = Table.link(log.hash(entry.index() - 1), entry);
            Long known = truth.prefixOfEntry.putIfAbsent(entry.at(), hash);
            Violation.check(
                    known == null || known == hash,
                    "I3",
                    "two histories of entry %s, one at replica %d",
                    entry.at(),
                    w.id);
            log.put(entry.index(), entry.term(), hash);
            w.changes.tailSet(entry.index()).clear();
            if (entry.kind() == Entry.Kind.CONFIGURATION) {
                w.changes.add(entry.index());
                Configuration says = Configuration.decode(entry.command());
                truth.changes.put(entry.at(), says);
                truth.proposed
                        .computeIfAbsent(entry.index(), _ -> new ArrayList<>())
                        .add(says);
            }
        }
    }

    /// I1, I7: the only leader of its term, by a vote that it cannot forget.
    private void electionIsSafe(Truth truth, Witness w, Status s) {
        Long other = truth.leaderOfTerm.putIfAbsent(s.term(), w.id);
        Violation.check(
                other == null || other == w.id,
                "I1",
                "two leaders of term %d: %d and %d",
                s.term(),
                other,
                w.id);
        truth.elections++;
        members.mayLead(truth, w, s);
        voted(truth, s.term(), w.id, w.id);
        Violation.check(
                w.hard.term() == s.term() && w.hard.vote() == w.id,
                "I7",
                "%d leads term %d, durable is %s",
                w.id,
                s.term(),
                w.hard);
    }

    /// I4: it has everything that leaders of earlier terms have committed.
    private static void leaderIsComplete(Truth truth, Witness w, Status s) {
        if (w.completeTerm == s.term()) {
            return;
        }
        w.completeTerm = s.term();
        for (long index : truth.commitByTerm.headMap(s.term()).values()) {
            Violation.check(
                    w.memory.hash(index) == truth.committed.hash(index)
                            || index < w.memory.base(),
                    "I4",
                    "leader %d of term %d lacks committed entry %d.%d",
                    w.id,
                    s.term(),
                    truth.committed.term(index),
                    index);
        }
    }

    /// I7: at most one candidate a voter and term, for ever.
    private static void voted(Truth truth, long term, long voter, long candidate) {
        Long before = truth.candidateOfVoter.putIfAbsent(new Version(term, voter), candidate);
        Violation.check(
                before == null || before == candidate,
                "I7",
                "%d voted in term %d for %d and for %d",
                voter,
                term,
                before,
                candidate);
    }

    /// I9: what a leader counts for a follower is durable there, and is the leader's.
    private void matchIsDurable(Witness w, Status s) {
        for (Status.FollowerStatus follower : s.followers()) {
            Witness f = witness(w.group, follower.id());
            boolean isSame =
                    follower.match() == 0
                            || f.hard.term() > s.term()
                            || f.durable.hash(follower.match())
                                    == w.memory.hash(follower.match())
                            || follower.match() < w.memory.base()
                            || follower.match() < f.durable.base();
            Violation.check(
                    isSame,
                    "I9",
                    "leader %d counts %d at %d, whose log ends at %d in term %d",
                    w.id,
                    follower.match(),
                    follower.id(),
                    f.durable.last(),
                    f.hard.term());
        }
    }

    /// I6: what a leader takes as committed is on the disks of a majority. Its own disk, and even
    /// its own hand-over to the disk, may be behind.
    private void committedIsDurable(Truth truth, Witness w, Status s) {
        long commit = s.commit();
        if (commit <= truth.committed.last()) {
            return;
        }
        Violation.check(
                !isInStep(w, s) || w.memory.term(commit) == s.term(),
                "I4",
                "leader %d of term %d commits %d.%d by counting",
                w.id,
                s.term(),
                w.memory.term(commit),
                commit);
        commits += commit - truth.committed.last();
        var before = truth.configurations.getOrDefault(w.configurationIndex, s.configuration());
        Witness holder =
                durableHolder(w, commit, s.configuration())
                        .or(() -> durableHolder(w, commit, before))
                        .orElseThrow(
                                () ->
                                        new Violation(
                                                "I6",
                                                "no majority has what %d commits durably: %s"
                                                        .formatted(w.id, s)));
        Violation.check(
                !isInStep(w, s) || w.memory.hash(commit) == holder.durable.hash(commit),
                "I6",
                "leader %d commits %d.%d, a majority has another entry there",
                w.id,
                w.memory.term(commit),
                commit);
        LogImage log = holder.durable;
        for (long i = truth.committed.last() + 1; i <= commit; i++) {
            truth.committed.put(i, log.term(i), log.hash(i));
        }
        truth.commitByTerm.put(s.term(), commit);
    }

    /// {@return one of a majority of `configuration` that have the same entry at `index`, durably}
    private Optional<Witness> durableHolder(
            Witness w, long index, Configuration configuration) {
        var all = configuration.all();
        for (int i = 0; i < all.count(); i++) {
            Witness holder = witness(w.group, all.id(i));
            long hash = holder.durable.hash(index);
            boolean isHeld =
                    index <= holder.durable.last()
                            && index >= holder.durable.base()
                            && Majority.decides(
                                    configuration,
                                    id -> witness(w.group, id).durable.hash(index) == hash);
            if (isHeld) {
                return Optional.of(holder);
            }
        }
        return Optional.empty();
    }

    /// I5: nobody takes anything else as committed.
    private static void committedIsTheSame(Truth truth, Witness w, Status s) {
        long commit = s.commit();
        boolean holds =
                commit <= truth.committed.last()
                        && (commit < w.memory.base()
                                || !isInStep(w, s)
                                || commit < truth.committed.base()
                                || w.memory.hash(commit) == truth.committed.hash(commit));
        Violation.check(
                holds,
                "I5",
                "replica %d in term %d takes %d.%d as committed; committed is %d up to %d",
                w.id,
                s.term(),
                w.memory.term(commit),
                commit,
                truth.committed.term(commit),
                truth.committed.last());
    }

    /// A record became durable.
    void durable(Witness w, HardState hard, List<Entry> entries) {
        w.hard = hard;
        w.onTheirWay.removeFirst();
        for (Entry entry : entries) {
            Long hash = truth(w.group).prefixOfEntry.get(entry.at());
            w.durable.put(entry.index(), entry.term(), hash);
        }
        if (hard.vote() != HardState.NOBODY) {
            voted(truth(w.group), hard.term(), w.id, hard.vote());
        }
    }

    /// I7, I15: what a message promises is on the disk, and its sender exists.
    void sent(Message message) {
        Message.Head head = message.head();
        Witness w = witness((int) head.group(), head.from());
        Violation.check(!w.isGone, "I15", "sent by a replica that was destroyed: %s", message);
        if (message instanceof Message.VoteReply reply
                && reply.granted()
                && reply.ballot() != Message.Ballot.PRE) {
            boolean isDurable =
                    w.hard.term() > head.term()
                            || w.hard.term() == head.term() && w.hard.vote() == head.to();
            Violation.check(isDurable, "I7", "sent before it is durable: %s %s", reply, w.hard);
            voted(truth(w.group), head.term(), w.id, head.to());
        }
        if (message instanceof Message.Appended reply) {
            boolean isDurable =
                    w.durable.last() >= reply.match() || w.hard.term() > head.term();
            Violation.check(
                    isDurable, "I7", "sent before it is durable: %s %d", reply, w.durable.last());
        }
    }

    /// I5: after an entry the state is the one that everybody has there.
    void applied(Witness w, Entry entry, Table table, Table.Result result) {
        Truth truth = truth(w.group);
        long index = entry.index();
        Violation.check(
                truth.committed.term(index) == entry.term(),
                "I5",
                "replica %d applies %s, committed is term %d",
                w.id,
                entry.at(),
                truth.committed.term(index));
        if (index == truth.appliedIndex() + 1) {
            truth.appliedFirst(entry, table, result);
        }
        sameState("I5", truth, w, table);
    }

    private static void sameState(String rule, Truth truth, Witness w, Table table) {
        long index = table.index();
        boolean holds =
                index <= truth.appliedIndex()
                        && truth.chainAt(index) == table.chain()
                        && truth.digestAt(index) == table.digest();
        Violation.check(
                holds, rule, "the state of %d at %d is not that of others", w.id, index);
    }

    /// I14: an installed snapshot is the state at its index, and the log goes on right behind it.
    void installed(Witness w, SnapshotMeta meta, Table table, long firstIndex) {
        Truth truth = truth(w.group);
        installs++;
        sameState("I14", truth, w, table);
        Violation.check(
                meta.at().index() == table.index() && firstIndex <= table.index() + 1,
                "I14",
                "replica %d installed %s, log begins at %d",
                w.id,
                meta.at(),
                firstIndex);
        long hash = truth.committed.hash(meta.at().index());
        w.memory.startBehind(meta.at().index(), meta.at().term(), hash);
    }

    /// The log says, durably, that it begins behind a snapshot.
    void restored(Witness w, SnapshotMeta meta) {
        long hash = truth(w.group).committed.hash(meta.at().index());
        w.durable.startBehind(meta.at().index(), meta.at().term(), hash);
    }

    /// {@return the term of the entry at `index` of a replica's log in memory}
    long termBehind(Witness w, long index) {
        return w.memory.term(index);
    }

    /// I15: nothing of this replica is left, and nothing may come from it any more.
    void destroyed(int group, long id) {
        witness(group, id).isGone = true;
        truth(group).tombstones.add(id);
    }
}
