package norikv.work;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.BooleanSupplier;

/// Drives loops, pools and spawned tasks of one or several nodes on the one thread that calls it,
/// in an order that a seed chooses, on a clock that moves only when nothing else can.
///
/// - It is itself the [Loops] of a node; [#node(String, FaultHandler)] gives those of another one.
/// - [#runUntil], [#runUntilIdle] and [#advance] let things happen. A loop may also be run before
///   its deadline and without a wake-up, as the contract of [Step] allows.
/// - Who waits for a signal runs others meanwhile. They are nested: a waiter, and the caller of
///   [#advance] too, goes on only when those it started have ended, even if its own deadline passes
///   before. So spawned tasks are to be short: one that waits for something that only an outer
///   waiter can do is stuck, and a wait that nothing can end says so. Beyond [#NESTED_MAX] waits,
///   spawned tasks are not started, as they are the ones that wait.
/// - [#trace()] is a hash of all choices: two runs with one seed that differ in it are a bug.
///
/// **Threads.** Only the one that made it; all else is refused.
public final class SeededLoops implements Loops {
    /// The most waits inside of one another.
    public static final int NESTED_MAX = 64;

    /// The most steps of one wait or one [#advance].
    public static final long STEPS_MAX = 20_000_000;

    /// The wall clock of a new driver: 2025-01-01T00:00Z.
    public static final long WALL_MILLIS_AT_START = 1_735_689_600_000L;

    private static final long NANOS_AT_START = 1_000_000_000L;
    private static final int CHOICES_SHOWN_MAX = 32;

    /// One in so many choices falls on a loop that has nothing to do.
    private static final int SPURIOUS_ONE_IN = 32;

    private final SplittableRandom random;
    private final Thread owner = Thread.currentThread();
    private final List<SeededNode> nodes = new ArrayList<>();
    private final SeededNode self;
    private final ArrayDeque<String> lastChoices = new ArrayDeque<>();
    private long nowNanos = NANOS_AT_START;
    private long stepNanosMax;
    private long trace;
    private long steps;
    private int nested;

    /// A driver whose own node fails the test when anything is thrown.
    public SeededLoops(long seed) {
        this(
                seed,
                (where, cause) -> {
                    throw new AssertionError("fatal fault: " + where, cause);
                });
    }

    /// @param faults hears of what is thrown in this driver's own node
    public SeededLoops(long seed, FaultHandler faults) {
        this.random = new SplittableRandom(seed);
        this.self = node("node", faults);
    }

    /// {@return the loops of one more node, driven by the same seed and clock}
    public SeededNode node(String name, FaultHandler faults) {
        var node = new SeededNode(this, name, faults);
        nodes.add(node);
        return node;
    }

    /// {@return this driver's own node: its wall clock, its life}
    public SeededNode self() {
        return self;
    }

    @Override
    public Clock clock() {
        return self.clock();
    }

    @Override
    public Loop start(String name, Step step) {
        return self.start(name, step);
    }

    @Override
    public Pool pool(String name, int threads, int queueMax) {
        return self.pool(name, threads, queueMax);
    }

    @Override
    public void spawn(String name, Runnable task) {
        self.spawn(name, task);
    }

    @Override
    public Signal signal() {
        return self.signal();
    }

    /// Runs until `done`, at most `stepsMax` steps.
    ///
    /// @return whether it is done; false also when nothing can happen any more
    public boolean runUntil(BooleanSupplier done, long stepsMax) {
        for (long i = 0; !done.getAsBoolean(); i++) {
            if (i == stepsMax || !step(Step.UNTIL_WOKEN)) {
                return false;
            }
        }
        return true;
    }

    /// Runs all that can run without time passing, at most `stepsMax` steps.
    ///
    /// @return whether nothing is left to run
    public boolean runUntilIdle(long stepsMax) {
        for (long i = 0; i < stepsMax; i++) {
            if (!runOne()) {
                return true;
            }
        }
        return false;
    }

    /// Lets `nanos` pass, and whatever falls due meanwhile happen.
    public void advance(long nanos) {
        long end = nowNanos + nanos;
        for (long i = 0; nowNanos < end; i++) {
            requireBound(i);
            step(end);
        }
        if (stepNanosMax == 0) {
            // What is due at the very end; where steps take time there is always more.
            requireBound(runUntilIdle(STEPS_MAX) ? 0 : STEPS_MAX);
        }
    }

    /// Moves the clock only, as a call does that is slow.
    public void pass(long nanos) {
        nowNanos += nanos;
    }

    /// Lets every step take up to `nanosMax`, so that time passes for those who wait for it even
    /// where somebody always has work. At first steps take no time.
    public void stepsTake(long nanosMax) {
        stepNanosMax = nanosMax;
    }

    /// Lets the wall clock of this driver's own node jump.
    public void jumpWallMillis(long millis) {
        self.jumpWallMillis(millis);
    }

    public long nowNanos() {
        return nowNanos;
    }

    /// {@return how many steps and tasks were run}
    public long steps() {
        return steps;
    }

    /// {@return a hash of what was run, when and in which order}
    public long trace() {
        return trace;
    }

    /// {@return what was run last, for the message of a failed test}
    public String describe() {
        return "now_ns=%d steps=%d last=%s".formatted(nowNanos, steps, lastChoices);
    }

    /// Waits for `signal` while others run.
    boolean await(SeededSignal signal, long deadlineNanos) {
        requireOwner();
        for (long i = 0; ; i++) {
            signal.node().requireAlive();
            if (signal.isRaised()) {
                return true;
            }
            if (nowNanos >= deadlineNanos) {
                return false;
            }
            requireBound(i);
            nested++;
            try {
                if (!step(deadlineNanos)) {
                    throw new AssertionError("nothing can end this wait: " + describe());
                }
            } finally {
                nested--;
            }
        }
    }

    void requireOwner() {
        if (Thread.currentThread() != owner) {
            throw new IllegalStateException(
                    "the thread that made the driver, got " + Thread.currentThread());
        }
    }

    /// Runs one thing, or else lets time pass up to `limit`.
    ///
    /// @return false when nothing can happen any more
    private boolean step(long limit) {
        if (runOne()) {
            return true;
        }
        long next = limit;
        for (SeededNode node : nodes) {
            next = Math.min(next, node.nextDeadline());
        }
        if (next == Step.UNTIL_WOKEN) {
            return false;
        }
        nowNanos = Math.max(nowNanos, next);
        return true;
    }

    private boolean runOne() {
        requireOwner();
        List<SeededWork> ready = new ArrayList<>();
        List<SeededWork> idle = new ArrayList<>();
        for (SeededNode node : nodes) {
            for (SeededWork work : node.works()) {
                boolean may = nested < NESTED_MAX || !work.mayWait();
                if (may && work.isReady(nowNanos)) {
                    ready.add(work);
                } else if (may && work.isIdle()) {
                    idle.add(work);
                }
            }
        }
        if (ready.isEmpty()) {
            return false;
        }
        boolean spurious = !idle.isEmpty() && random.nextInt(SPURIOUS_ONE_IN) == 0;
        List<SeededWork> among = spurious ? idle : ready;
        SeededWork chosen = among.get(random.nextInt(among.size()));
        note(chosen);
        nowNanos += stepNanosMax == 0 ? 0 : random.nextLong(stepNanosMax + 1);
        chosen.run(nowNanos, random);
        return true;
    }

    private void note(SeededWork chosen) {
        steps++;
        trace = (trace ^ chosen.name().hashCode()) * 0x9E3779B97F4A7C15L + nowNanos;
        if (lastChoices.size() == CHOICES_SHOWN_MAX) {
            lastChoices.removeFirst();
        }
        lastChoices.addLast(chosen.name());
    }

    private void requireBound(long stepsDone) {
        if (stepsDone >= STEPS_MAX) {
            throw new AssertionError("no end after " + STEPS_MAX + " steps: " + describe());
        }
    }
}
