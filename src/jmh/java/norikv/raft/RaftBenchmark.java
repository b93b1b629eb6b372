package norikv.raft;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
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

/// What the core itself costs: a write through a group of three, and a pass over idle groups.
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
public class RaftBenchmark {
    private static final Version START = new Version(1, 1);
    private static final int GROUPS = 1024;

    private final Queue<Message> network = new ArrayDeque<>();
    private final List<Bytes> command = List.of(Bytes.wrap(new byte[128]));
    private final long[] deadlines = new long[GROUPS];
    private List<Host> hosts;
    private Now now;

    /// Three replicas of which the first leads.
    @Setup
    public void aGroupOfThreeWithALeader() {
        now = new Now(0, 0);
        hosts = List.of(new Host(1), new Host(2), new Host(3));
        while (!hosts.getFirst().raft.isLeader()) {
            now = new Now(hosts.getFirst().raft.deadlineNanos(), now.wallMillis());
            hosts.getFirst().raft.tick(now);
            hosts.forEach(Host::work);
            exchange();
        }
    }

    /// Deadlines of idle groups, in one dense array.
    @Setup
    public void idleGroups() {
        java.util.Arrays.fill(deadlines, Long.MAX_VALUE);
    }

    /// One entry of 128 bytes: proposed, sent to two, acknowledged by both, committed and told.
    @Benchmark
    public long writeOneEntryOnThreeReplicas() {
        Host leader = hosts.getFirst();
        leader.raft.propose(now, command);
        leader.work();
        exchange();
        return leader.log.last;
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

    private void exchange() {
        for (Message m = network.poll(); m != null; m = network.poll()) {
            Host to = hosts.get((int) m.head().to() - 1);
            to.raft.step(now, m);
            to.work();
        }
    }

    private final class Host {
        final Ring log = new Ring();
        final Ready ready = new Ready();
        final Raft raft;

        Host(long id) {
            var all = Configuration.of(Members.of(1, 2, 3), Members.NONE);
            var random = new SplittableRandom(id);
            var virgin = Recovered.virgin(START, all);
            raft = Raft.start(RaftOptions.defaults(), 1, id, virgin, log, random, now);
        }

        void work() {
            while (raft.hasReady()) {
                raft.drainReady(ready);
                network.addAll(ready.sendNow());
                ready.entries().forEach(log::append);
                network.addAll(ready.sendAfterPersist());
                if (ready.hasRecord()) {
                    raft.persisted(now, ready.record());
                }
                if (!ready.committed().isEmpty()) {
                    raft.applied(now, ready.committed().getLast().index());
                }
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
