package norikv.lsm;

import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/// Sizes from small to absurd, so that every boundary is met within a few hundred operations: some
/// chosen by hand, the others drawn by their number. A table of 1 KiB is one of a single key.
///
/// The memory is bounded so that no write is refused: that has a test of its own.
final class OptionSets {
    private static final int KIB = 1 << 10;
    private static final int COUNT = 33;

    private OptionSets() {}

    static List<LsmOptions> all() {
        return IntStream.range(0, COUNT).mapToObj(OptionSets::numbered).toList();
    }

    /// {@return the options of a number, from 0; there is no greatest}
    static LsmOptions numbered(int number) {
        List<LsmOptions> chosen = chosen();
        return number < chosen.size()
                ? chosen.get(number)
                : drawn(new SplittableRandom(number));
    }

    private static List<LsmOptions> chosen() {
        return List.of(
                small(),
                small().withBands(1).withBlockBytes(1).withFilterBitsPerKey(0),
                absurd(),
                absurd().withBands(1).withLevels(new LsmOptions.Levels(2, 5, KIB, 2)),
                absurd().withBands(16).withPace(new LsmOptions.Pace(1, 1, KIB)),
                small().withLevels(new LsmOptions.Levels(1, 2, 64 * KIB, 10)),
                small().withMemtableBytes(64 * KIB).withTableBytes(KIB),
                absurd()
                        .withBands(1024)
                        .withTableBytes(KIB)
                        .withLevels(new LsmOptions.Levels(1, 2, KIB, 2)),
                LsmOptions.defaults().withMemtableBytes(4 << 20),
                absurd().withLevels(new LsmOptions.Levels(1, 3, 6, 4 * KIB, 2)).withJobs(many()),
                small().withTableBytes(2 * KIB).withJobs(many()));
    }

    /// Several loops, each on a piece of a plan or on a plan of its own.
    private static LsmOptions.Jobs many() {
        return new LsmOptions.Jobs(4, 3, KIB, KIB, 1);
    }

    /// For runs that are to come to the disk often and to find little there: opening a table is
    /// what costs.
    static List<LsmOptions> forCrashes() {
        LsmOptions some =
                small().withMemory(new LsmOptions.Memory(2 * KIB, 8 * KIB, 1 << 30, true));
        return List.of(
                some.withTableBytes(16 * KIB)
                        .withBlockBytes(1)
                        .withLevels(new LsmOptions.Levels(1, 4, 4 * KIB, 4))
                        .withPace(new LsmOptions.Pace(7, 1, KIB)),
                some.withTableBytes(6 * KIB)
                        .withBands(1)
                        .withLevels(new LsmOptions.Levels(2, 5, 16 * KIB, 4))
                        .withPace(new LsmOptions.Pace(1, 1, KIB)),
                some.withTableBytes(64 * KIB)
                        .withBands(16)
                        .withLevels(new LsmOptions.Levels(3, 6, 64 * KIB, 10))
                        .withPace(new LsmOptions.Pace(50, 1, 8 * KIB)),
                some.withTableBytes(4 * KIB)
                        .withLevels(new LsmOptions.Levels(2, 4, 4 * KIB, 2))
                        .withJobs(many()),
                absurd());
    }

    private static LsmOptions small() {
        return LsmOptions.defaults()
                .withBands(3)
                .withMemory(new LsmOptions.Memory(8 * KIB, 32 * KIB, 1 << 30, true))
                .withTableBytes(8 * KIB)
                .withBlockBytes(256)
                .withLevels(new LsmOptions.Levels(4, 12, 16 * KIB, 4))
                .withPace(new LsmOptions.Pace(16, 10, 4 * KIB));
    }

    private static LsmOptions absurd() {
        return small()
                .withMemory(new LsmOptions.Memory(2 * KIB, 8 * KIB, 1 << 30, true))
                .withTableBytes(6 * KIB)
                .withBlockBytes(1)
                .withLevels(new LsmOptions.Levels(1, 4, KIB, 2))
                .withPace(new LsmOptions.Pace(7, 1, KIB));
    }

    private static LsmOptions drawn(SplittableRandom random) {
        int memtable = one(random, 2 * KIB, 3 * KIB, 5 * KIB, 16 * KIB, 64 * KIB);
        int young = one(random, 1, 1, 2, 3, 6);
        return LsmOptions.defaults()
                .withBands(one(random, 1, 1, 2, 7, 16, 64))
                .withMemory(new LsmOptions.Memory(memtable, 4L * memtable, 1 << 30, true))
                .withTableBytes(one(random, KIB, KIB, 4 * KIB, 32 * KIB))
                .withBlockBytes(one(random, 1, 1, 64, 512, 4 * KIB, 32 * KIB))
                .withFilterBitsPerKey(one(random, 0, 1, 10, 20))
                .withLevels(
                        new LsmOptions.Levels(
                                young,
                                young + one(random, 1, 3, 20),
                                one(random, KIB, 4 * KIB, 64 * KIB),
                                one(random, 2, 2, 3, 10)))
                .withPace(
                        new LsmOptions.Pace(
                                one(random, 1, 3, 50, 2048),
                                one(random, 1, 1000),
                                one(random, KIB, 8 * KIB)))
                .withScrub(
                        new LsmOptions.Scrub(
                                one(random, 0, 4 * KIB, 64 * KIB, 1 << 30),
                                one(random, 1000, 86_400_000)))
                .withResidency(
                        new LsmOptions.Residency(
                                one(random, 0, 3 * KIB, 20 * KIB, 1 << 30),
                                one(random, 0, 4 * KIB, 16 * KIB, 1 << 20)))
                .withJobs(
                        new LsmOptions.Jobs(
                                one(random, 1, 1, 2, 5),
                                one(random, 1, 2, 4),
                                one(random, 1, KIB, 16 * KIB),
                                one(random, 1, KIB, 1 << 20),
                                one(random, 0, 1, 1000)))
                .withCompressionFrom(one(random, 0, 1, 6, 7, 7));
    }

    private static int one(SplittableRandom random, int... of) {
        return of[random.nextInt(of.length)];
    }
}
