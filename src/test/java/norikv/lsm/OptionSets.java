package norikv.lsm;

import java.util.List;

/// Sizes from small to absurd, so that every boundary is met within a few hundred operations. A
/// table of 1 KiB is one of a single key.
final class OptionSets {
    private static final int KIB = 1 << 10;

    private OptionSets() {}

    static List<LsmOptions> all() {
        return List.of(
                small(),
                small().withBands(1).withBlockBytes(1).withFilterBitsPerKey(0),
                absurd(),
                absurd().withBands(1).withLevels(new LsmOptions.Levels(2, 5, KIB, 2)),
                absurd().withBands(16).withPace(new LsmOptions.Pace(1, 1, KIB)),
                small().withLevels(new LsmOptions.Levels(1, 2, 64 * KIB, 10)),
                small().withMemtableBytes(64 * KIB).withTableBytes(KIB));
    }

    private static LsmOptions small() {
        return LsmOptions.defaults()
                .withBands(3)
                .withMemtableBytes(8 * KIB)
                .withTableBytes(8 * KIB)
                .withBlockBytes(256)
                .withLevels(new LsmOptions.Levels(4, 12, 16 * KIB, 4))
                .withPace(new LsmOptions.Pace(16, 10, 4 * KIB))
                .withPoisonedMemory();
    }

    /// The memory is bounded so that no write is refused: that has a test of its own.
    private static LsmOptions absurd() {
        return small()
                .withMemory(new LsmOptions.Memory(2 * KIB, 8 * KIB, 1 << 30, true))
                .withTableBytes(6 * KIB)
                .withBlockBytes(1)
                .withLevels(new LsmOptions.Levels(1, 4, KIB, 2))
                .withPace(new LsmOptions.Pace(7, 1, KIB));
    }
}
