package norikv.raft;

import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;
import java.util.SplittableRandom;
import java.util.stream.LongStream;
import norikv.bytes.Bytes;
import norikv.domain.Version;

/// A counter on three replicas: everything a host must do, with a queue for the network and lists
/// for the disks. The package page shows its heart.
final class CounterExample {
    private final Queue<Message> network = new ArrayDeque<>();
    private final List<Replicated> replicas =
            LongStream.of(1, 2, 3).mapToObj(Replicated::new).toList();
    private Now now = new Now(0, 0);

    /// One replica: a core, its log, and the state machine.
    private final class Replicated {
        final MemoryLog log = new MemoryLog(new Version(1, 1));
        final Ready ready = new Ready();
        final Raft raft;
        long value;

        Replicated(long id) {
            var all = Configuration.of(Members.of(1, 2, 3), Members.NONE);
            var virgin = Recovered.virgin(new Version(1, 1), all);
            var random = new SplittableRandom(id);
            raft = Raft.start(RaftOptions.defaults(), 1, id, virgin, log, random, new Now(0, 0));
        }

        void work() {
            raft.tick(now);
            while (raft.hasReady()) {
                raft.drainReady(ready);
                network.addAll(ready.sendNow());
                log.append(ready.entries());
                network.addAll(ready.sendAfterPersist());
                if (ready.hasRecord()) {
                    raft.persisted(now, ready.record());
                }
                for (Entry entry : ready.committed()) {
                    value += entry.command().length();
                    raft.applied(now, entry.index());
                }
            }
        }
    }

    /// Adds `amount` on whoever leads.
    void add(int amount) {
        var command = List.of(Bytes.wrap(new byte[amount]));
        replicas.forEach(replica -> replica.raft.propose(now, command));
    }

    /// Lets `millis` pass.
    void pass(long millis) {
        for (long end = now.wallMillis() + millis; now.wallMillis() < end; ) {
            now = new Now(now.nanos() + 1_000_000, now.wallMillis() + 1);
            replicas.forEach(Replicated::work);
            for (Message m = network.poll(); m != null; m = network.poll()) {
                replicas.get((int) m.head().to() - 1).raft.step(now, m);
            }
        }
    }

    List<Long> values() {
        return replicas.stream().map(replica -> replica.value).toList();
    }
}
