package norikv.server;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import norikv.bytes.Bytes;
import norikv.domain.NodeId;
import norikv.domain.Version;
import norikv.host.PeerFrames;
import norikv.raft.Entry;
import norikv.raft.Message;

/// Holds what the replicas of a cluster say to each other, in all their lives, against what must be
/// true of Raft however links and disks behave. Names as in `norikv.sim.Rules`.
///
/// The maps are asked for one key; where one is walked, the order decides nothing.
final class PeerWitness {
    /// Somebody, or something, of one group at one number.
    private record In(long group, long number, long who) {}

    /// A committed entry, and the first leader that was heard to say so.
    private record Committed(Version at, long byTerm) {}

    /// An entry as a leader sent it, with the term of the one before.
    private record Sent(long termBefore, Entry entry) {}

    private final Map<In, Long> leaders = new HashMap<>();
    private final Map<In, Long> votes = new HashMap<>();
    private final Map<In, Sent> entries = new HashMap<>();
    private int hostEntries;

    /// What is committed, by group and index.
    private final Map<Long, TreeMap<Long, Committed>> committed = new HashMap<>();

    /// How much of the log a replica has said is durable at it, by group and replica and the term
    /// in which it said so.
    private final Map<In, TreeMap<Long, Long>> promised = new HashMap<>();

    /// The last term in which a replica promised something in a life that is over, by group and
    /// replica.
    private final Map<In, Long> termsBefore = new HashMap<>();

    /// The same of lives that go on, by node.
    private final Map<NodeId, Map<In, Long>> termsNow = new HashMap<>();

    int hostEntries() {
        return hostEntries;
    }

    /// A frame leaves, whether it arrives or not.
    void sent(NodeId node, Bytes frame) {
        for (Message message : PeerFrames.decode(frame)) {
            remembers(node, message);
            switch (message) {
                case Message.AppendRequest append -> appends(append);
                case Message.FromLeader order -> leads(order.head());
                case Message.VoteReply reply -> votes(reply);
                case Message.VoteRequest request -> asks(request);
                case Message.Appended reply -> promises(reply);
                case Message.AppendRejected reply -> lacks(reply);
                case Message.HeartbeatReply _ -> {}
            }
        }
    }

    /// I1: who speaks as a leader is the only one of its term. I7: it has voted for itself, and
    /// cannot forget that. Who only asks for votes can: nobody but itself could use them.
    private void leads(Message.Head head) {
        voted(head, head.from(), head.from());
        Long other = leaders.putIfAbsent(new In(head.group(), head.term(), 0), head.from());
        check(other == null || other == head.from(), "I1", "led by " + other + " as well", head);
    }

    /// I7: one vote a term, for ever.
    private void votes(Message.VoteReply reply) {
        Message.Head head = reply.head();
        if (reply.granted() && reply.ballot() != Message.Ballot.PRE) {
            voted(head, head.from(), head.to());
        }
    }

    private void voted(Message.Head head, long voter, long candidate) {
        Long other =
                votes.putIfAbsent(new In(head.group(), head.term(), voter), candidate);
        check(other == null || other == candidate, "I7", voter + " voted for " + other, head);
    }

    /// A life of `node` is over: it knows what was durable, and that is what it promised at least.
    void ended(NodeId node) {
        Map<In, Long> terms = termsNow.remove(node);
        if (terms != null) {
            terms.forEach((who, term) -> termsBefore.merge(who, term, Math::max));
        }
    }

    /// I8: who voted in a term, or acknowledged in it, is in no earlier one in a later life. In the
    /// same life older messages to others may leave behind it.
    private void remembers(NodeId node, Message message) {
        Message.Head head = message.head();
        boolean isTrial =
                message instanceof Message.VoteRequest request
                        && request.ballot() == Message.Ballot.PRE;
        long term = isTrial ? head.term() - 1 : head.term();
        long before = termsBefore.getOrDefault(who(head), 0L);
        check(term >= before, "I8", "was in term " + before, message);
        boolean isPromise =
                message instanceof Message.Appended
                        || message instanceof Message.VoteReply reply
                                && reply.granted()
                                && reply.ballot() != Message.Ballot.PRE;
        if (isPromise) {
            termsNow.computeIfAbsent(node, _ -> new HashMap<>())
                    .merge(who(head), term, Math::max);
        }
    }

    /// I9: what was acknowledged to the leader of a term is there as long as the term lasts, also
    /// in a later life.
    private void lacks(Message.AppendRejected reply) {
        Long match = promised(reply.head()).get(reply.head().term());
        check(match == null || reply.hint().index() >= match, "I9", "had up to " + match, reply);
    }

    private static In who(Message.Head head) {
        return new In(head.group(), 0, head.from());
    }

    /// I6: what a replica acknowledged and what is committed it still has, in any later life.
    private void asks(Message.VoteRequest request) {
        Message.Head head = request.head();
        promised(head).forEach((term, match) -> hasKept(request, term, match));
    }

    /// What was committed in `term` or before every leader of that term had, and who acknowledged
    /// `match` to it has.
    private void hasKept(Message.VoteRequest request, long term, long match) {
        var all = committed(request.head().group());
        var known = all.floorEntry(match);
        while (known != null && known.getValue().byTerm() > term) {
            known = all.lowerEntry(known.getKey());
        }
        check(
                known == null || request.last().compareTo(known.getValue().at()) >= 0,
                "I6",
                "acknowledged and committed was " + known,
                request);
    }

    private void promises(Message.Appended reply) {
        promised(reply.head()).merge(reply.head().term(), reply.match(), Math::max);
    }

    private TreeMap<Long, Long> promised(Message.Head head) {
        return promised.computeIfAbsent(who(head), _ -> new TreeMap<>());
    }

    /// I3: an entry is known by its place, and so is the one before it. I5: there is one committed
    /// entry at an index.
    private void appends(Message.AppendRequest append) {
        Message.Head head = append.head();
        leads(head);
        long before = append.prev().term();
        List<Entry> sent = append.entries();
        for (int i = 0; i < sent.size(); i++) {
            Entry entry = sent.get(i);
            var now = new Sent(before, entry);
            Sent known =
                    entries.putIfAbsent(
                            new In(head.group(), entry.term(), entry.index()), now);
            hostEntries += known == null && entry.kind() == Entry.Kind.HOST ? 1 : 0;
            check(known == null || known.equals(now), "I3", "was " + known + ", is " + now, head);
            if (entry.index() <= append.commit()) {
                Committed other =
                        committed(head.group())
                                .putIfAbsent(
                                        entry.index(), new Committed(entry.at(), head.term()));
                check(
                        other == null || other.at().equals(entry.at()),
                        "I5",
                        "committed was " + other,
                        entry.at());
            }
            before = entry.term();
        }
    }

    private TreeMap<Long, Committed> committed(long group) {
        return committed.computeIfAbsent(group, _ -> new TreeMap<>());
    }

    private static void check(boolean holds, String invariant, String otherwise, Object what) {
        if (!holds) {
            throw new AssertionError(invariant + ": " + otherwise + ": " + what);
        }
    }
}
