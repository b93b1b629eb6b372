package norikv.lsm;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/// Operations on the engine as a whole: its loops, its end and its beginning.
final class LifeOperations {
    private static final long FLUSH_NANOS_MAX = 60_000_000_000L;

    static final List<Operations.Kind> KINDS =
            List.of(
                    new Operations.Kind(Run.class, 150, r -> new Run(r.nextInt(1, 60))),
                    new Operations.Kind(Pass.class, 10, r -> new Pass(r.nextInt(20_000_000))),
                    new Operations.Kind(RequestFlush.class, 12, _ -> new RequestFlush()),
                    new Operations.Kind(Flush.class, 6, _ -> new Flush()),
                    new Operations.Kind(CompactAll.class, 2, _ -> new CompactAll()),
                    new Operations.Kind(Checkpoint.class, 4, _ -> new Checkpoint()),
                    new Operations.Kind(Rest.class, 4, _ -> new Rest()),
                    new Operations.Kind(Reopen.class, 3, r -> new Reopen(r.nextBoolean())),
                    new Operations.Kind(Crash.class, 8, LifeOperations::crash));

    private LifeOperations() {}

    /// Lets flush, compaction and janitor go on for some steps.
    record Run(int steps) implements Operation {
        @Override
        public String run(World world) {
            world.driver().runUntil(() -> false, steps);
            return "ran";
        }
    }

    /// Lets time pass.
    record Pass(int nanos) implements Operation {
        @Override
        public String run(World world) {
            world.driver().advance(nanos);
            return "passed";
        }
    }

    /// Asks for a flush.
    record RequestFlush() implements Operation {
        @Override
        public String run(World world) {
            world.lsm().requestFlush();
            return "requested";
        }
    }

    /// Waits for a flush.
    record Flush() implements Operation {
        @Override
        public String run(World world) {
            boolean done = world.lsm().flush(world.driver().nowNanos() + FLUSH_NANOS_MAX);
            assertTrue(done || world.engine().disk().hasCrashed(), "flush did not end");
            return "flushed";
        }
    }

    /// Brings all into one level.
    record CompactAll() implements Operation {
        @Override
        public String run(World world) {
            new Flush().run(world);
            boolean done = world.lsm().compactAll(world.driver().nowNanos() + FLUSH_NANOS_MAX);
            if (!world.engine().disk().hasCrashed()) {
                assertTrue(done, "merging all did not end");
                Levels levels = world.lsm().levels();
                long used =
                        IntStream.range(0, Levels.COUNT)
                                .filter(level -> !levels.level(level).isEmpty())
                                .count();
                assertTrue(used <= 1, () -> "levels in use: " + used);
            }
            return "merged";
        }
    }

    /// Makes a copy by links, opens it, and compares it.
    record Checkpoint() implements Operation {
        @Override
        public String run(World world) {
            world.engine().checkCheckpoint("copy");
            return "copied";
        }
    }

    /// Lets all loops do all that they have to, and looks at what is left.
    record Rest() implements Operation {
        @Override
        public String run(World world) {
            world.letGoOfAll();
            world.engine().checkAtRest();
            return "rested";
        }
    }

    /// Closes and opens again.
    record Reopen(boolean flushed) implements Operation {
        @Override
        public String run(World world) {
            if (flushed) {
                new Flush().run(world);
            }
            world.reopen();
            return "reopened";
        }
    }

    /// Lets the next step end with a crash.
    ///
    /// @param changes how many changing calls the disk still sees in it; if there are fewer the
    ///     loops go on for a while
    /// @param again how often the start after it crashes too
    record Crash(int changes, int again, long seed) implements Operation {
        @Override
        public String run(World world) {
            world.announce(this);
            return "announced";
        }
    }

    private static Operation crash(SplittableRandom random) {
        int changes = random.nextInt(2) == 0 ? random.nextInt(1, 12) : random.nextInt(1, 80);
        int again = random.nextInt(2) == 0 ? random.nextInt(1, 4) : 0;
        return new Crash(changes, again, random.nextLong());
    }
}
