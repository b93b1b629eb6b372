package norikv.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.SplittableRandom;
import norikv.bytes.Bytes;
import norikv.disk.SimDisk;
import norikv.domain.NoriException;
import norikv.port.ShardStore;
import norikv.raftlog.LogEntry;
import org.junit.jupiter.api.Test;

/// An install that is cut at any call to the disk, and again while the next opening ends what was
/// half done, leaves the shard as it was or as it was installed: its rows, its log and its place,
/// never a mix.
///
/// `-Dinstall.seeds=N` crashes N times at each call.
final class InstallCrashTest {
    private static final int SEEDS = Integer.getInteger("install.seeds", 1);
    private static final long LAST = 20;
    private static final long APPLIED = 12;

    /// Where a snapshot stands to the log of the receiver: entries 1 to 20, of which 12 are applied
    /// and durable in tables.
    private enum Case {
        /// Beyond all that the log has: nothing of it stays.
        BEYOND(50, 2, 2),
        /// Within the log, which has the same entry: what follows stays.
        WITHIN(16, 1, 1),
        /// Within the log, which has another entry there: nothing of it stays.
        CONFLICT(16, 2, 1);

        private final long index;
        private final long term;
        private final long ownTerm;

        Case(long index, long term, long ownTerm) {
            this.index = index;
            this.term = term;
            this.ownTerm = ownTerm;
        }

        boolean keepsTail() {
            return this == WITHIN;
        }
    }

    @Test
    void aCrashAtAnyCallLeavesTheOldStateOrTheNewOne() {
        int crashes = 0;
        int olds = 0;
        int news = 0;
        for (Case what : Case.values()) {
            InstallSim donor = donor(what);
            List<Bytes> chunks = donor.chunks();
            ShardStore.Digest digest = donor.digest();
            boolean wasCut = true;
            for (int call = 1; wasCut; call++) {
                for (int seed = 0; seed < SEEDS; seed++) {
                    var sim = receiver(what, seed);
                    sim.disk.crashAfter(call);
                    wasCut = !installs(sim, chunks);
                    if (wasCut) {
                        crashes++;
                        reopen(sim, new SplittableRandom(100L * call + seed));
                    }
                    boolean isNew = requireOldOrNew(sim, what, digest, what + " at call " + call);
                    assertTrue(isNew || wasCut, "installed and gone");
                    olds += isNew ? 0 : 1;
                    news += isNew ? 1 : 0;
                }
            }
        }
        assertTrue(crashes > 100 && olds > 50 && news > 10, crashes + " " + olds + " " + news);
    }

    private static InstallSim donor(Case what) {
        var sim = new InstallSim(5, 3);
        sim.open();
        sim.apply(InstallSim.SHARD, 1, what.index - 1, 1);
        sim.apply(InstallSim.SHARD, what.index, what.index, what.term);
        return sim;
    }

    private static InstallSim receiver(Case what, long seed) {
        var sim = new InstallSim(seed, 2);
        sim.open();
        sim.append(InstallSim.SHARD, 1, APPLIED, 1);
        sim.append(InstallSim.SHARD, APPLIED + 1, LAST, what.ownTerm);
        sim.append(InstallSim.OTHER, 1, 9, 1);
        sim.apply(InstallSim.SHARD, 1, APPLIED, 1);
        sim.apply(InstallSim.OTHER, 1, 9, 1);
        sim.flush();
        return sim;
    }

    /// {@return whether it went through}
    private static boolean installs(InstallSim sim, List<Bytes> chunks) {
        try {
            sim.install(chunks);
            boolean through = !sim.disk.hasCrashed();
            sim.disk.crashAfter(Long.MAX_VALUE / 2); // does nothing once it has crashed
            return through;
        } catch (RuntimeException | SimDisk.Crashed e) {
            if (!sim.isDown(e)) {
                throw e;
            }
            return false;
        }
    }

    /// Opens, perhaps after more crashes while opening.
    private static void reopen(InstallSim sim, SplittableRandom random) {
        sim.crash(random.nextLong());
        boolean isOpen = false;
        while (!isOpen) {
            if (random.nextInt(3) > 0) {
                sim.disk.crashAfter(1 + random.nextInt(25));
            }
            try {
                sim.open();
                sim.driver.runUntilIdle(100_000);
                isOpen = !sim.disk.hasCrashed();
            } catch (RuntimeException | SimDisk.Crashed e) {
                if (!sim.isDown(e)) {
                    throw e;
                }
            }
            if (!isOpen) {
                sim.crash(random.nextLong());
            }
        }
        sim.disk.crashAfter(Long.MAX_VALUE / 2);
    }

    /// {@return whether it is the new state}
    private static boolean requireOldOrNew(
            InstallSim sim, Case what, ShardStore.Digest digest, String run) {
        sim.requireSettled();
        assertEquals(InstallSim.model(9), sim.rows(InstallSim.OTHER), run);
        long applied = sim.lsm.applied(InstallSim.SHARD).at().index();
        boolean isNew = applied == what.index;
        assertEquals(isNew ? what.index : APPLIED, applied, run);
        assertEquals(InstallSim.model(applied), sim.rows(InstallSim.SHARD), run);
        long last = isNew && !what.keepsTail() ? what.index : LAST;
        assertEquals(last, sim.log.lastIndex(InstallSim.GROUP), run);
        assertEquals(
                isNew ? what.term : what.ownTerm,
                sim.log.term(InstallSim.GROUP, Math.min(last, what.index)),
                run);
        List<Long> indexes =
                sim.log.entries(InstallSim.GROUP, applied + 1, Long.MAX_VALUE).stream()
                        .map(LogEntry::index)
                        .toList();
        assertEquals(last - applied, indexes.size(), run);
        if (isNew) {
            assertEquals(digest, sim.digest(), run);
        }
        // And life goes on.
        sim.append(InstallSim.SHARD, last + 1, last + 3, 9);
        sim.apply(InstallSim.SHARD, applied + 1, last + 3, 9);
        sim.flush();
        assertEquals(InstallSim.model(last + 3), sim.rows(InstallSim.SHARD), run);
        return isNew;
    }

    /// A damaged shard is rebuilt at a place that it had passed: its log brings the rest.
    @Test
    void aRebuildThatIsCutAtAnyCallLeavesTheDamageOrTheCure() {
        long index = 8;
        var donor = new InstallSim(5, 3);
        donor.open();
        donor.apply(InstallSim.SHARD, 1, index, 1);
        List<Bytes> chunks = donor.chunks();
        int cures = 0;
        boolean wasCut = true;
        for (int call = 1; wasCut; call++) {
            InstallSim sim = damaged(call);
            sim.disk.crashAfter(call);
            wasCut = !installs(sim, chunks);
            if (wasCut) {
                reopen(sim, new SplittableRandom(call));
            }
            String run = "call " + call;
            sim.requireSettled();
            if (sim.lsm.applied(InstallSim.SHARD).at().index() == APPLIED) {
                assertTrue(sim.meetsDamage(), run);
                sim.install(chunks);
            } else {
                cures++;
            }
            assertEquals(index, sim.lsm.applied(InstallSim.SHARD).at().index(), run);
            assertEquals(InstallSim.model(index), sim.rows(InstallSim.SHARD), run);
            assertEquals(donor.digest(), sim.digest(), run);
            assertEquals(
                    LAST - index,
                    sim.log.entries(InstallSim.GROUP, index + 1, Long.MAX_VALUE).size(),
                    run);
            sim.apply(InstallSim.SHARD, index + 1, LAST, 1);
            sim.flush();
            assertEquals(InstallSim.model(LAST), sim.rows(InstallSim.SHARD), run);
            assertEquals(InstallSim.model(9), sim.rows(InstallSim.OTHER), run);
        }
        assertTrue(cures > 1, "cures " + cures);
    }

    private static InstallSim damaged(long seed) {
        var sim = new InstallSim(seed, 2);
        sim.open();
        sim.append(InstallSim.SHARD, 1, LAST, 1);
        sim.append(InstallSim.OTHER, 1, 9, 1);
        sim.apply(InstallSim.SHARD, 1, APPLIED, 1);
        sim.flush();
        sim.damageTables();
        sim.apply(InstallSim.OTHER, 1, 9, 1);
        sim.flush();
        sim.crash(seed);
        sim.open();
        assertTrue(sim.meetsDamage(), "damaged");
        return sim;
    }

    @Test
    void aSnapshotThatIsNotNewerIsForgottenAndTheLogGoesOn() {
        var sim = receiver(Case.BEYOND, 1);
        var donor = new InstallSim(5, 3);
        donor.open();
        donor.apply(InstallSim.SHARD, 1, APPLIED, 1);
        List<Bytes> chunks = donor.chunks();
        assertThrows(NoriException.Malformed.class, () -> sim.install(chunks));
        sim.requireSettled();
        sim.append(InstallSim.SHARD, LAST + 1, LAST + 1, 9);
        assertEquals(InstallSim.model(APPLIED), sim.rows(InstallSim.SHARD));
    }
}
