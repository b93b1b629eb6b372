package norikv.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import norikv.bytes.Bytes;
import norikv.client.SimScan;
import norikv.domain.Consistency;
import norikv.domain.Item;
import norikv.domain.Precondition;
import norikv.domain.Reply;
import norikv.domain.Request;
import norikv.port.KeyValue;
import org.junit.jupiter.api.Test;

/// The client's scan over clusters of the production host, log and storage, while nodes crash, are
/// cut off and stopped, and leaders change. `-Dscan.seeds=` says how many worlds, `-Dseed=` replays
/// one.
final class ClusterScanTest {
    private static final int SEEDS = Integer.getInteger("scan.seeds", 6);
    private static final int SECONDS = 15;

    @Test
    void aScanSeesWhatWasAcknowledgedBeforeItWhoeverLeads() {
        long first = Long.getLong("seed", 1);
        long last = Long.getLong("seed") == null ? SEEDS : first;
        int scans = 0;
        int resumed = 0;
        for (long seed = first; seed <= last; seed++) {
            try {
                var scanned = new Scanned(seed);
                scanned.run();
                scans += scanned.scans;
                resumed += scanned.resumed;
            } catch (AssertionError | RuntimeException e) {
                throw new AssertionError("replay with -Dseed=" + seed + ": " + e, e);
            }
        }
        assertTrue(scans >= SEEDS && resumed > 0 || first == last, "scans: " + scans);
    }

    /// Keys whose values count up, and scans of them.
    private static final class Scanned implements SimScan.Cluster {
        private static final int KEYS = 30;
        private static final long DEADLINE_NANOS = 5_000_000_000L;

        private final ClusterSim world;
        private final int[] issued = new int[KEYS];
        private final int[] acknowledged = new int[KEYS];
        private final long[] busyUntilNanos = new long[KEYS];
        private int[] before = new int[KEYS];
        private Consistency consistency = Consistency.LINEARIZABLE;
        private boolean reverse;

        private Optional<SimScan> scan = Optional.empty();
        private int scans;
        private int resumed;

        Scanned(long seed) {
            world = new ClusterSim(seed);
        }

        void run() {
            world.start();
            world.meanwhile = this::step;
            world.run(SECONDS);
            world.heal();
            // After healing a scan must come to its end.
            int done = scans;
            for (int i = 0; i < 3_000 && scans < done + 2; i++) {
                world.driver.advance(20_000_000);
                step();
            }
            assertTrue(scans >= done + 2, "a scan ends after healing");
        }

        private void step() {
            for (int i = world.random.nextInt(3); i > 0; i--) {
                write(world.random.nextInt(KEYS));
            }
            if (scan.isEmpty()) {
                begin();
            } else if (scan.get().step()) {
                check(scan.get());
                scan = Optional.empty();
            }
        }

        private void write(int number) {
            long now = world.driver.nowNanos();
            if (busyUntilNanos[number] > now) {
                return;
            }
            Optional<ClusterSim.Member> target = world.target(keyOf(number));
            if (target.isEmpty()) {
                return;
            }
            busyUntilNanos[number] = now + 2 * DEADLINE_NANOS;
            int value = ++issued[number];
            var put =
                    new Request.Put(
                            keyOf(number),
                            Bytes.utf8(Integer.toString(value)),
                            Request.Put.NO_TTL,
                            Precondition.NONE);
            submit(
                    target.get(),
                    put,
                    now + DEADLINE_NANOS,
                    reply -> {
                        if (value == issued[number]) {
                            busyUntilNanos[number] = 0;
                        }
                        if (reply instanceof Reply.Written) {
                            acknowledged[number] = Math.max(acknowledged[number], value);
                        }
                    });
        }

        private void begin() {
            consistency =
                    switch (world.random.nextInt(4)) {
                        case 0 -> Consistency.LEASE;
                        case 1 -> Consistency.STALE;
                        default -> Consistency.LINEARIZABLE;
                    };
            reverse = world.random.nextBoolean();
            before = acknowledged.clone();
            scan = Optional.of(new SimScan(this, world.random, consistency, reverse));
        }

        private void check(SimScan over) {
            scans++;
            resumed += over.resumed;
            List<Bytes> keys = over.keys();
            List<Bytes> inOrder = new ArrayList<>(new TreeSet<>(keys));
            assertEquals(reverse ? inOrder.reversed() : inOrder, keys, "each once, in order");
            int[] found = new int[KEYS];
            for (Item item : over.items) {
                int number = Integer.parseInt(item.key().toUtf8().substring(1));
                found[number] = Integer.parseInt(item.value().toUtf8());
            }
            for (int i = 0; i < KEYS; i++) {
                int least = consistency == Consistency.STALE ? 0 : before[i];
                String what =
                        "%s scan: c%02d: %d to %d, got %d"
                                .formatted(consistency, i, least, issued[i], found[i]);
                assertTrue(found[i] >= least && found[i] <= issued[i], what);
            }
        }

        private static Bytes keyOf(int number) {
            return Bytes.utf8("c%02d".formatted(number));
        }

        @Override
        public int nodes() {
            return world.members.size();
        }

        @Override
        public int shards() {
            return world.options.sharding().totalShards();
        }

        @Override
        public long nowNanos() {
            return world.driver.nowNanos();
        }

        @Override
        public void ask(int node, Request request, long deadlineNanos, KeyValue.Answer answer) {
            submit(world.members.get(node), request, deadlineNanos, answer);
        }

        /// Who is down, or goes down, says nothing.
        private void submit(
                ClusterSim.Member member,
                Request request,
                long deadlineNanos,
                KeyValue.Answer answer) {
            if (!member.isUp()) {
                return;
            }
            world.ask(member, request, deadlineNanos, answer::reply);
        }
    }
}
