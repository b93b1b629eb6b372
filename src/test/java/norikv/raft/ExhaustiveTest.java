package norikv.raft;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.LongStream;
import norikv.bytes.Bytes;
import org.junit.jupiter.api.Test;

/// Every order of a few steps from a fresh group, none left out: who wakes up, which link delivers,
/// who crashes. `-Ddepth=N` looks further.
final class ExhaustiveTest {
    private static final long MILLI = 1_000_000;

    @Test
    void twoReplicasInEveryOrderOfEightSteps() {
        assertTrue(explore(2, Integer.getInteger("depth", 8), false) > 0, "never a leader");
    }

    @Test
    void twoReplicasThatCrashInEveryOrderOfSixSteps() {
        assertTrue(explore(2, Integer.getInteger("depth", 6), true) > 0, "never a leader");
    }

    @Test
    void threeReplicasInEveryOrderOfSixSteps() {
        assertTrue(explore(3, Integer.getInteger("depth", 6), false) > 0, "never a leader");
    }

    /// Counts through all vectors of choices like an odometer, and replays each from the start.
    ///
    /// @return how many of them elected a leader
    private static long explore(int replicas, int depth, boolean crashes) {
        int[] choices = new int[depth];
        long elected = 0;
        while (true) {
            Tiny tiny = new Tiny(replicas, crashes);
            int[] widths = new int[depth];
            for (int step = 0; step < depth; step++) {
                widths[step] = tiny.width();
                tiny.step(choices[step]);
            }
            elected += tiny.oracle.elections > 0 ? 1 : 0;
            int last = depth - 1;
            while (last >= 0 && choices[last] + 1 >= widths[last]) {
                choices[last] = 0;
                last--;
            }
            if (last < 0) {
                return elected;
            }
            choices[last]++;
        }
    }

    /// A group whose disks and state machines never wait, and whose network is choices.
    private static final class Tiny {
        final Oracle oracle = new Oracle();
        private final Map<Long, SimNode> nodes = new TreeMap<>();
        private final Map<String, Deque<Message>> links = new LinkedHashMap<>();
        private final boolean crashes;
        private long nowMillis = 10_000;

        Tiny(int replicas, boolean crashes) {
            this.crashes = crashes;
            Members all = Members.of(LongStream.rangeClosed(1, replicas).toArray());
            var first = Configuration.of(all, Members.NONE);
            for (long id = 1; id <= replicas; id++) {
                var options = RaftOptions.defaults();
                nodes.put(id, new SimNode(id, options, first, this::send, () -> 0L));
            }
            nodes.values().forEach(node -> node.start(now()));
            nodes.values().forEach(this::settle);
        }

        int width() {
            int nodesThatMay = crashes ? 2 * nodes.size() : nodes.size();
            return nodesThatMay + links.size();
        }

        void step(int choice) {
            int count = nodes.size();
            if (choice < count) {
                wake(nodes.get(choice + 1L));
            } else if (choice < count + links.size()) {
                deliver(choice - count);
            } else {
                restart(nodes.get(choice - count - links.size() + 1L));
            }
        }

        private void wake(SimNode node) {
            long deadline = node.raft.deadlineNanos();
            nowMillis = Math.max(nowMillis, Math.ceilDiv(deadline, MILLI));
            node.raft.tick(now());
            node.raft.propose(now(), List.of(Bytes.utf8("at " + nowMillis)));
            settle(node);
        }

        private void deliver(int position) {
            String link = links.keySet().stream().skip(position).findFirst().orElseThrow();
            for (Message message : links.remove(link)) {
                SimNode to = nodes.get(message.head().to());
                to.raft.step(now(), message);
                settle(to);
            }
        }

        private void restart(SimNode node) {
            node.crash();
            oracle.crashed(node);
            node.start(now());
            settle(node);
        }

        private void settle(SimNode node) {
            do {
                node.drain();
                oracle.look(node, nodes);
                while (!node.pending.isEmpty()) {
                    node.persist(now());
                }
                if (!node.toApply.isEmpty()) {
                    node.apply(now(), entry -> oracle.applied(node, entry));
                    oracle.appliedAll(node);
                }
            } while (node.raft.hasReady());
        }

        private void send(Message message) {
            oracle.sent(nodes.get(message.head().from()), message);
            String link = message.head().from() + ">" + message.head().to();
            links.computeIfAbsent(link, _ -> new ArrayDeque<>()).add(message);
        }

        private Now now() {
            return new Now(nowMillis * MILLI, nowMillis);
        }
    }
}
