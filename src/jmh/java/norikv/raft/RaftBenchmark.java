package norikv.raft;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import norikv.bytes.Bytes;
import norikv.domain.Version;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/// What the core itself costs: a write on the side of the leader, on that of a follower, and a pass
/// over idle groups.
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class RaftBenchmark {
    private static final Version START = new Version(1, 1);
    private static final int GROUPS = 1024;

    private final List<Bytes> command = List.of(Bytes.wrap(new byte[128]));
    private final long[] deadlines = new long[GROUPS];
    private final Raft[] groups = new Raft[GROUPS];
    private Host leader;
    private Host follower;
    private Now now = new Now(0, 0);

    /// Replica 1 of 1, 2 and 3 leads; the other two exist only in what it hears.
    @Setup
    public void aLeaderOfThree() {
        leader = new Host(1);
        while (!leader.raft.isLeader()) {
            now = new Now(Math.max(now.nanos(), leader.raft.deadlineNanos()), 0);
            leader.raft.tick(now);
            leader.work();
            while (answerVotes()) {}
        }
        answerAppends();
    }

    /// Replica 2 of another such group, which 1 leads.
    @Setup
    public void aFollowerOfThree() {
        follower = new Host(2);
    }

    /// Followers that have nothing to do, and their deadlines in one dense array.
    @Setup
    public void idleGroups() {
        for (int i = 0; i < GROUPS; i++) {
            groups[i] = new Host(2).raft;
            deadlines[i] = Long.MAX_VALUE;
        }
    }

    /// Proposed, sent to two, forced, acknowledged by both, committed, applied, and the news sent.
    @Benchmark
    public long leadOneEntry() {
        leader.raft.propose(now, command);
        leader.work();
        answerAppends();
        return leader.log.last;
    }

    /// Received, appended, forced, acknowledged, then committed and applied; and two messages made
    /// as the leader makes them.
    @Benchmark
    public long followOneEntry() {
        long last = follower.log.last;
        var prev = new Version(last == START.index() ? START.term() : 2, last);
        var head = new Message.Head(1, 1, 2, 2);
        var entry =
                new Entry(new Version(2, last + 1), 0, Entry.Kind.COMMAND, command.getFirst());
        follower.raft.step(
                now, new Message.AppendRequest(head, prev, last, 0, List.of(entry)));
        follower.work();
        follower.raft.step(now, new Message.Commit(head, last + 1));
        follower.work();
        return follower.log.last;
    }

    /// What a worker pays for groups that have nothing to do.
    @Benchmark
    public int scanIdleDeadlines() {
        int due = 0;
        for (long deadline : deadlines) {
            due += deadline <= now.nanos() ? 1 : 0;
        }
        return due;
    }

    /// What it would pay without the array.
    @Benchmark
    public boolean tickIdleGroups() {
        boolean ready = false;
        for (Raft group : groups) {
            group.tick(now);
            ready |= group.hasReady();
        }
        return ready;
    }

    /// {@return whether votes were asked for}
    private boolean answerVotes() {
        boolean asked = false;
        List<Message> sent = leader.takeSent();
        for (Message m : sent) {
            if (m instanceof Message.VoteRequest(var head, var ballot, _)) {
                leader.raft.step(now, new Message.VoteReply(answering(head), ballot, true));
                leader.work();
                asked = true;
            }
        }
        return asked && !leader.raft.isLeader();
    }

    private void answerAppends() {
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

    private static Message.Head answering(Message.Head head) {
        return new Message.Head(head.group(), head.to(), head.from(), head.term());
    }

    private final class Host {
        final Ring log = new Ring();
        final Ready ready = new Ready();
        final Raft raft;
        private List<Message> sent = new ArrayList<>();
        private List<Message> taken = new ArrayList<>();

        Host(long id) {
            var all = Configuration.of(Members.of(1, 2, 3), Members.NONE);
            var random = new SplittableRandom(id);
            var virgin = Recovered.virgin(START, all);
            raft = Raft.start(RaftOptions.defaults(), 1, id, virgin, log, random, now);
        }

        void work() {
            while (raft.hasReady()) {
                raft.drainReady(ready);
                send(ready.sendNow());
                List<Entry> entries = ready.entries();
                for (int i = 0; i < entries.size(); i++) {
                    log.append(entries.get(i));
                }
                send(ready.sendAfterPersist());
                if (ready.hasRecord()) {
                    raft.persisted(now, ready.record());
                }
                if (!ready.committed().isEmpty()) {
                    raft.applied(now, ready.committed().getLast().index());
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
        private final Entry[] entries = new Entry[256];
        private long last = START.index();

        void append(Entry entry) {
            last = entry.index();
            entries[(int) (last & 255)] = entry;
        }

        @Override
        public long firstIndex() {
            return Math.max(START.index() + 1, last - 128);
        }

        @Override
        public long lastIndex() {
            return last;
        }

        @Override
        public long term(long index) {
            return index == START.index() ? START.term() : entries[(int) (index & 255)].term();
        }

        @Override
        public long logTimeMillis(long index) {
            return index == START.index() ? 0 : entries[(int) (index & 255)].logTimeMillis();
        }

        @Override
        public List<Entry> read(long from, long to, int bytesMax) {
            List<Entry> found = new ArrayList<>();
            for (long index = from; index < to; index++) {
                found.add(entries[(int) (index & 255)]);
            }
            return found;
        }
    }
}
