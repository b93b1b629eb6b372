package norikv.raft;

import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import norikv.domain.Version;

/// Knows what happened everywhere, and says at once when it may not have.
final class Oracle {
    private final Map<Long, Long> leaderOf = new HashMap<>();
    private final Map<Version, Long> voteOf = new HashMap<>();
    private final Map<Version, Long> prefixOf = new HashMap<>();
    private final TreeMap<Long, Entry> committed = new TreeMap<>();
    private final Map<Long, Long> hashAt = new HashMap<>();
    private final Map<Long, TreeMap<Long, Entry>> shadows = new HashMap<>();
    private final Map<Long, Configuration> seen = new HashMap<>();
    private final Map<Long, long[]> latest = new HashMap<>();
    private long commit = 1;
    int elections;

    Oracle() {
        hashAt.put(1L, 0L);
    }

    /// {@return the greatest index that anybody may have seen as committed}
    long committed() {
        return commit;
    }

    long hashAt(long index) {
        return hashAt.get(index);
    }

    /// Looks at a node after each of its events.
    void look(SimNode node, Map<Long, SimNode> all) {
        shadow(node);
        Status status = node.raft.status();
        monotone(node, status);
        if (node.hard.vote() != HardState.NOBODY) {
            vote(node.hard.term(), node.id, node.hard.vote());
        }
        if (status.part() == Status.Part.LEADER) {
            electionSafety(node, status);
            commit(node, status, all);
        }
        for (Entry entry : node.ready.committed()) {
            Entry first = committed.putIfAbsent(entry.index(), entry);
            check(
                    first == null || first.equals(entry),
                    "two entries committed: " + first + " " + entry);
        }
        seen.put(node.id, status.configuration());
    }

    /// A message leaves a node: what it promises must be on its disk.
    void sent(SimNode node, Message message) {
        if (message instanceof Message.VoteReply reply
                && reply.granted()
                && reply.ballot() != Message.Ballot.PRE) {
            long term = reply.head().term();
            check(
                    node.hard.term() > term
                            || node.hard.term() == term && node.hard.vote() == reply.head().to(),
                    "vote sent before durable: " + reply + " " + node.hard);
            vote(term, node.id, reply.head().to());
        }
        if (message instanceof Message.Appended reply) {
            check(
                    node.disk.lastIndex() >= reply.match()
                            || node.hard.term() > reply.head().term(),
                    "acknowledged before durable: " + reply + " " + node.disk.lastIndex());
        }
    }

    void applied(SimNode node, Entry entry) {
        Entry first = committed.get(entry.index());
        check(first != null, "applied what was not committed: " + entry);
        check(first.equals(entry), "applied two entries at an index: " + first + " " + entry);
        long index = entry.index();
        long before = hashAt.getOrDefault(index - 1, Long.MIN_VALUE);
        check(before != Long.MIN_VALUE, "applied with a gap before " + entry);
        hashAt.putIfAbsent(index, SimNode.chain(before, entry));
    }

    /// After applying: the whole state is the one that everybody has there.
    void appliedAll(SimNode node) {
        long index = node.applied.at().index();
        check(
                hashAt.get(index) == node.appliedHash,
                "state of %d differs at %d".formatted(node.id, index));
    }

    void granted(long index, long committedAtCall) {
        check(
                index >= committedAtCall,
                "read index %d, but %d was committed".formatted(index, committedAtCall));
    }

    void lease(SimNode node, LeaseView view) {
        check(
                view.commit() >= committed(),
                "lease of %d knows %d, but %d is committed"
                        .formatted(node.id, view.commit(), committed()));
    }

    static void check(boolean holds, String otherwise) {
        if (!holds) {
            throw new AssertionError(otherwise);
        }
    }

    /// Log matching: an entry has one history.
    private void shadow(SimNode node) {
        TreeMap<Long, Entry> shadow = shadows.computeIfAbsent(node.id, _ -> new TreeMap<>());
        for (Entry entry : node.ready.entries()) {
            shadow.tailMap(entry.index(), true).clear();
            Entry before = shadow.get(entry.index() - 1);
            long prefix =
                    before == null ? hashAt(entry.index() - 1) : prefixOf.get(before.at());
            check(
                    before == null || before.logTimeMillis() <= entry.logTimeMillis(),
                    "log time went back: " + before + " " + entry);
            shadow.put(entry.index(), entry);
            long hash = SimNode.chain(prefix, entry);
            Long known = prefixOf.putIfAbsent(entry.at(), hash);
            check(known == null || known == hash, "two histories of " + entry.at());
        }
    }

    void crashed(SimNode node) {
        TreeMap<Long, Entry> shadow = new TreeMap<>();
        node.disk.entries().forEach(e -> shadow.put(e.index(), e));
        shadows.put(node.id, shadow);
        latest.remove(node.id);
    }

    void installed(SimNode node) {
        shadows.put(node.id, new TreeMap<>());
    }

    private void electionSafety(SimNode node, Status status) {
        Long other = leaderOf.putIfAbsent(status.term(), node.id);
        check(
                other == null || other == node.id,
                "two leaders of term %d: %d %d".formatted(status.term(), other, node.id));
        if (other == null) {
            elections++;
            vote(status.term(), node.id, node.id);
            check(
                    node.hard.term() == status.term() && node.hard.vote() == node.id,
                    "leads with a vote that is not durable: " + status + " " + node.hard);
            // Leader completeness: it has everything that was committed before.
            long last = committed();
            if (last > 1 && last >= node.disk.firstIndex()) {
                Entry mine = shadows.get(node.id).get(last);
                check(
                        mine != null && mine.at().equals(committed.get(last).at()),
                        "leader %d of term %d lacks committed %s, has %s"
                                .formatted(
                                        node.id, status.term(), committed.get(last).at(), mine));
            }
        }
    }

    private void vote(long term, long voter, long candidate) {
        Long before = voteOf.putIfAbsent(new Version(term, voter), candidate);
        check(
                before == null || before == candidate,
                "%d voted twice in term %d".formatted(voter, term));
    }

    private void monotone(SimNode node, Status status) {
        long[] before = latest.computeIfAbsent(node.id, _ -> new long[3]);
        long[] now = {status.term(), status.commit(), status.applied()};
        for (int i = 0; i < now.length; i++) {
            check(now[i] >= before[i], "went back: " + status);
        }
        check(status.applied() <= status.commit(), "applied uncommitted: " + status);
        check(status.commit() <= status.last().index(), "commit without log: " + status);
        System.arraycopy(now, 0, before, 0, now.length);
    }

    /// What a leader takes as committed is on the disks of a majority.
    private void commit(SimNode node, Status status, Map<Long, SimNode> all) {
        if (status.commit() > commit) {
            commit = status.commit();
            Entry entry = shadows.get(node.id).get(commit);
            committed.putIfAbsent(commit, entry);
            check(
                    durable(seen.get(node.id), entry, all)
                            || durable(status.configuration(), entry, all),
                    "committed without a durable majority: " + entry.at());
        }
    }

    private static boolean durable(
            Configuration configuration, Entry entry, Map<Long, SimNode> all) {
        return Quorum.agreed(
                        configuration,
                        id ->
                                all.containsKey(id) && all.get(id).disk.contains(entry.at())
                                        ? 1
                                        : 0)
                >= 1;
    }
}
