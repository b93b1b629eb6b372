package norikv.raft;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import norikv.bytes.Bytes;
import norikv.domain.Version;
import org.junit.jupiter.api.Test;

/// An idle core allocates nothing, a busy one no more than what it hands out.
///
/// What it hands out is measured as well, by making the same objects beside: so nothing here knows
/// how large an object is.
final class RaftAllocationTest {
    private static final Version START = new Version(1, 1);
    private static final int OPERATIONS = 20_000;
    private static final int ROUNDS = 8;

    /// Beyond what is handed out, a write: rings and lists that grow now and then.
    private static final int GROWTH_BYTES_MAX = 8;

    private final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    private final List<Bytes> command = List.of(Bytes.wrap(new byte[128]));
    private final Object[] kept = new Object[16];
    private Now now = new Now(0, 0);

    @Test
    void anIdleCoreAllocatesNothing() {
        Host leader = leader();
        Host follower = new Host(2);
        double each =
                bytesOf(
                        () -> {
                            leader.raft.tick(now);
                            follower.raft.tick(now);
                            boolean busy = leader.raft.hasReady() || follower.raft.hasReady();
                            kept[0] = busy ? leader : follower;
                        });
        assertEquals(0.0, each, 0.01);
        assertEquals(follower, kept[0]);
    }

    @Test
    void aLeaderAllocatesWhatItHandsOut() {
        Host leader = leader();
        long before = leader.log.last;
        double each =
                bytesOf(
                        () -> {
                            leader.raft.propose(now, command);
                            leader.work();
                            answerAppends(leader);
                        });
        assertEquals(before + (long) ROUNDS * OPERATIONS, leader.log.last);
        assertEquals(leader.log.last, leader.applied);

        double handedOut =
                bytesOf(
                        () -> {
                            Entry entry = entry(2);
                            kept[0] = new HardState(2, 1, 2);
                            kept[1] = new Proposed.Accepted(new Version(2, 2));
                            kept[2] = List.of(entry);
                            for (int to = 2; to <= 3; to++) {
                                kept[2 * to] = append(leader.head, entry);
                                kept[2 * to + 1] = new Message.Commit(leader.head, 2);
                                kept[to + 6] = new Message.Appended(answering(leader.head), 2, 0);
                            }
                        });
        assertTrue(each <= handedOut + GROWTH_BYTES_MAX, each + " for " + handedOut);
    }

    @Test
    void aFollowerAllocatesWhatItHandsOut() {
        Host follower = new Host(2);
        var head = new Message.Head(1, 1, 2, 2);
        double each =
                bytesOf(
                        () -> {
                            long last = follower.log.last;
                            long term = last == START.index() ? START.term() : 2;
                            var prev = new Version(term, last);
                            List<Entry> entries = List.of(entry(last + 1));
                            var append = new Message.AppendRequest(head, prev, last, 0, entries);
                            follower.raft.step(now, append);
                            follower.work();
                            follower.raft.step(now, new Message.Commit(head, last + 1));
                            follower.work();
                        });
        assertEquals(START.index() + (long) ROUNDS * OPERATIONS, follower.applied);

        double handedOut =
                bytesOf(
                        () -> {
                            kept[0] = append(head, entry(2));
                            kept[1] = new Message.Commit(head, 2);
                            kept[2] = new HardState(2, 1, 2);
                            kept[3] = new Message.Appended(head, 2, 0);
                            kept[4] = List.of(command);
                        });
        assertTrue(each <= handedOut + GROWTH_BYTES_MAX, each + " for " + handedOut);
    }

    private double bytesOf(Runnable operation) {
        long least = Long.MAX_VALUE;
        for (int round = 0; round < ROUNDS; round++) {
            long before = threads.getCurrentThreadAllocatedBytes();
            for (int i = 0; i < OPERATIONS; i++) {
                operation.run();
            }
            least = Math.min(least, threads.getCurrentThreadAllocatedBytes() - before);
        }
        return (double) least / OPERATIONS;
    }

    private Entry entry(long index) {
        return new Entry(new Version(2, index), 0, Entry.Kind.COMMAND, command.getFirst());
    }

    private static Message append(Message.Head head, Entry entry) {
        return new Message.AppendRequest(head, new Version(2, 1), 1, 0, List.of(entry));
    }

    private static Message.Head answering(Message.Head head) {
        return new Message.Head(head.group(), head.to(), head.from(), head.term());
    }

    /// {@return replica 1 as the leader of 1, 2 and 3: the others exist only in what it hears}
    private Host leader() {
        Host leader = new Host(1);
        while (!leader.raft.isLeader()) {
            now = new Now(Math.max(now.nanos(), leader.raft.deadlineNanos()), 0);
            leader.raft.tick(now);
            leader.work();
            answerVotes(leader);
            answerVotes(leader);
        }
        answerAppends(leader);
        leader.head = new Message.Head(1, 1, 2, leader.raft.term());
        assertEquals(leader.log.last, leader.applied);
        return leader;
    }

    private void answerVotes(Host leader) {
        for (Message m : leader.takeSent()) {
            if (m instanceof Message.VoteRequest(var head, var ballot, _)) {
                leader.raft.step(now, new Message.VoteReply(answering(head), ballot, true));
                leader.work();
                if (leader.raft.isLeader()) {
                    return;
                }
            }
        }
    }

    private void answerAppends(Host leader) {
        List<Message> sent = leader.takeSent();
        for (int i = 0; i < sent.size(); i++) {
            if (sent.get(i) instanceof Message.AppendRequest append) {
                long match = append.prev().index() + append.entries().size();
                var head = answering(append.head());
                leader.raft.step(now, new Message.Appended(head, match, append.stampNanos()));
                leader.work();
            }
        }
    }

    private final class Host {
        final Ring log = new Ring();
        final Ready ready = new Ready();
        final Raft raft;
        Message.Head head;
        long applied;
        private List<Message> sent = new ArrayList<>();
        private List<Message> taken = new ArrayList<>();

        Host(long id) {
            var all = Configuration.of(Members.of(1, 2, 3), Members.NONE);
            var virgin = Recovered.virgin(START, all);
            var random = new SplittableRandom(id);
            raft = Raft.start(RaftOptions.defaults(), 1, id, virgin, log, random, now);
            work();
        }

        void work() {
            while (raft.hasReady()) {
                raft.drainReady(ready);
                send(ready.sendNow());
                for (int i = 0; i < ready.entries().size(); i++) {
                    log.append(ready.entries().get(i));
                }
                send(ready.sendAfterPersist());
                if (ready.hasRecord()) {
                    raft.persisted(now, ready.record());
                }
                if (!ready.committed().isEmpty()) {
                    applied = ready.committed().getLast().index();
                    raft.applied(now, applied);
                }
            }
        }

        /// {@return what was sent since the last call, until the next}
        List<Message> takeSent() {
            List<Message> batch = sent;
            sent = taken;
            taken = batch;
            sent.clear();
            return batch;
        }

        private void send(List<Message> messages) {
            for (int i = 0; i < messages.size(); i++) {
                sent.add(messages.get(i));
            }
        }
    }

    /// Keeps the last entries only: nobody is ever far behind here.
    private static final class Ring implements LogReader {
        private final Entry[] entries = new Entry[64];
        private long last = START.index();

        void append(Entry entry) {
            last = entry.index();
            entries[slot(last)] = entry;
        }

        @Override
        public long firstIndex() {
            return Math.max(START.index() + 1, last - 32);
        }

        @Override
        public long lastIndex() {
            return last;
        }

        @Override
        public long term(long index) {
            return index == START.index() ? START.term() : entries[slot(index)].term();
        }

        @Override
        public long logTimeMillis(long index) {
            return index == START.index() ? 0 : entries[slot(index)].logTimeMillis();
        }

        @Override
        public List<Entry> read(long from, long to, int bytesMax) {
            assertEquals(from + 1, to, "one at a time");
            return List.of(entries[slot(from)]);
        }

        private static int slot(long index) {
            return (int) (index & 63);
        }
    }
}
