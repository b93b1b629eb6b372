package norikv.host;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import norikv.bytes.Bytes;
import norikv.disk.SimDisk;
import norikv.domain.ShardId;
import norikv.domain.Version;
import norikv.port.Applier.Committed;
import org.junit.jupiter.api.Test;

/// Lives of the host that end at any call of the disk, recovery included: `-Dcrash.seeds=` says how
/// many.
final class HostCrashTest {
    private static final int SEEDS = Integer.getInteger("crash.seeds", 25);
    private static final int LIVES = 5;

    /// Everything acknowledged is there after every crash, at its place; what was refused never is;
    /// of the rest each is there whole or not at all; places are given once and only grow.
    @Test
    void whatWasAcknowledgedSurvivesEveryCrash() {
        Seeds.each(SEEDS, seed -> new Lives(seed).run());
    }

    private static final class Lives {
        private final Random random;
        private final HostRig rig;
        private final List<Asked> all = new ArrayList<>();

        /// What was seen at a place, in any life.
        private final Map<String, Bytes> seen = new HashMap<>();

        private int asked;

        Lives(long seed) {
            random = new Random(seed);
            rig = new HostRig(seed);
            rig.options = rig.options.withWorkers(1 + random.nextInt(3));
        }

        void run() {
            for (int life = 0; life < LIVES; life++) {
                rig.disk.crashAfter(rig.disk.changes() + 1 + random.nextInt(120));
                try {
                    live();
                } catch (SimDisk.Crashed _) {
                    // as it was meant to
                }
                rig.crash(random.nextLong());
            }
            rig.start().recovered();
            rig.settle();
            check();
        }

        private void live() {
            rig.start();
            for (int step = 0; step < 80 && !rig.disk.hasCrashed(); step++) {
                switch (random.nextInt(6)) {
                    case 0 -> rig.loops.advance(random.nextInt(50_000_000));
                    case 1 -> rig.settle();
                    case 2 -> flush();
                    case 3 -> rig.loops.runUntilIdle(random.nextInt(20));
                    default -> propose();
                }
                if (rig.host.isRecovered()) {
                    check();
                }
            }
        }

        private void propose() {
            for (int i = random.nextInt(6); i >= 0; i--) {
                String command = "c" + asked++ + "x".repeat(random.nextInt(3_000));
                all.add(rig.propose(random.nextInt(HostRig.SHARDS), command));
            }
        }

        private void flush() {
            rig.flush();
        }

        private void check() {
            Set<Bytes> present = new HashSet<>();
            for (int number = 0; number < HostRig.SHARDS; number++) {
                var shard = new ShardId(number);
                Version before = Version.NONE;
                for (Committed entry : rig.places.of(shard)) {
                    assertTrue(entry.at().compareTo(before) > 0);
                    before = entry.at();
                    String place = shard + "@" + entry.at();
                    Bytes other = seen.putIfAbsent(place, entry.command());
                    assertTrue(other == null || other.equals(entry.command()), place);
                    if (!entry.command().isEmpty()) {
                        assertTrue(present.add(entry.command()), "applied twice: " + place);
                    }
                }
            }
            for (Asked one : all) {
                if (one.fate == Asked.Fate.APPLIED) {
                    Version at = rig.places.version(one.shard, one.at.index());
                    assertEquals(one.at, at);
                    assertEquals(one.command, seen.get(one.shard + "@" + at));
                }
                if (one.fate == Asked.Fate.REFUSED) {
                    assertTrue(!present.contains(one.command), "refused, and yet there");
                }
                assertNotEquals(Asked.Fate.LOST, one.fate);
            }
        }
    }
}
