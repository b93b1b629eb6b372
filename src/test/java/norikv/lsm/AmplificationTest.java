package norikv.lsm;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/// A long load of random overwrites writes no more, and leaves no more behind, than the shape of
/// the levels allows. Counted, not timed.
final class AmplificationTest {
    private static final int KIB = 1 << 10;
    private static final int KEYS = 4_000;
    private static final int PUTS = 30_000;
    private static final int RATIO = 4;
    private static final int YOUNG_TRIGGER = 2;
    private static final int MEMTABLE_BYTES = 32 * KIB;
    private static final int BASE_BYTES = 64 * KIB;

    @Test
    void overwritesCostWhatTheLevelsAllow() {
        var rig = new LsmRig(options()).withShards(1);
        var random = new SplittableRandom(Long.getLong("seed", 1));
        long userBytes = 0;
        for (int i = 0; i < PUTS; i++) {
            String key = "key%05d".formatted(random.nextInt(KEYS));
            String value = Long.toString(random.nextLong() >>> 1, 36).repeat(8);
            rig.put(0, key, value);
            userBytes += key.length() + value.length();
            if (i % 16 == 0) {
                rig.driver.runUntil(() -> rig.lsm.pressure() < 0.5, 100_000);
            }
        }
        rig.settle();
        long live = userBytes * KEYS / PUTS;
        // A table of level 0 for each one below the trigger, and a quarter of each level above the
        // last; block and filter overhead is a fifth at most.
        double above = (double) YOUNG_TRIGGER * MEMTABLE_BYTES / live;
        double spaceMax = 1.2 * (1.25 * (1 + 1.0 / (RATIO - 1)) + above);
        // A flush, a merge into the base with what overlaps there, and so for each level below,
        // where on average half of the ratio overlaps.
        double levels = 1 + Math.log((double) live / BASE_BYTES) / Math.log(RATIO);
        double intoBase = 1 + (double) BASE_BYTES * RATIO / (YOUNG_TRIGGER * MEMTABLE_BYTES);
        double writeMax = 1.2 * (1 + intoBase + levels * (RATIO / 2 + 1));
        double space = (double) bytes(rig.lsm.levels()) / live;
        double writes = (double) rig.disk.bytesWritten() / userBytes;
        rig.close();
        assertTrue(space <= spaceMax, () -> "space %.2f > %.2f".formatted(space, spaceMax));
        assertTrue(writes <= writeMax, () -> "writes %.2f > %.2f".formatted(writes, writeMax));
        assertTrue(space >= 1 && writes > 1, () -> "nothing: %.2f, %.2f".formatted(space, writes));
    }

    private static LsmOptions options() {
        return LsmRig.options(YOUNG_TRIGGER)
                .withMemory(new LsmOptions.Memory(MEMTABLE_BYTES, 1 << 20, 1 << 21, true))
                .withTableBytes(32 * KIB)
                .withBlockBytes(KIB)
                .withLevels(
                        new LsmOptions.Levels(
                                YOUNG_TRIGGER, YOUNG_TRIGGER + 10, BASE_BYTES, RATIO));
    }

    private static long bytes(Levels levels) {
        return levels.all().stream().mapToLong(LiveTable::bytes).sum();
    }
}
