package norikv.kv;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import norikv.work.Clock;
import norikv.work.Loop;
import norikv.work.Loops;
import norikv.work.Pool;
import norikv.work.Signal;
import norikv.work.Step;

/// Loops and pools that run only when the test says so, and a clock that it sets.
///
/// **Threads.** One.
final class FakeLoops implements Loops {
    long nanos = 1_000_000_000L;
    long wallMillis = 1_700_000_000_000L;
    final Map<String, Step> steps = new TreeMap<>();
    final List<FakePool> pools = new ArrayList<>();

    @Override
    public Clock clock() {
        return new Clock() {
            @Override
            public long nanoTime() {
                return nanos;
            }

            @Override
            public long wallMillis() {
                return wallMillis;
            }
        };
    }

    void passMillis(long millis) {
        nanos += millis * 1_000_000;
        wallMillis += millis;
    }

    void runLoops() {
        steps.values().forEach(step -> step.runOnce(nanos));
    }

    /// Runs what waits in the pools, and what that brings.
    void runPools() {
        while (pools.stream().anyMatch(FakePool::runOne)) {
            // until nobody has anything
        }
    }

    @Override
    public Loop start(String name, Step step) {
        steps.put(name, step);
        return new Loop() {
            @Override
            public void wake() {}

            @Override
            public void stop() {
                steps.remove(name);
            }
        };
    }

    @Override
    public Pool pool(String name, int threads, int queueMax) {
        var pool = new FakePool(queueMax);
        pools.add(pool);
        return pool;
    }

    @Override
    public void spawn(String name, Runnable task) {
        throw new UnsupportedOperationException(name);
    }

    @Override
    public Signal signal() {
        throw new UnsupportedOperationException("signal");
    }

    /// Tasks in the order they came.
    static final class FakePool implements Pool {
        private final ArrayDeque<Runnable> tasks = new ArrayDeque<>();
        private final int queueMax;
        private boolean stopped;

        FakePool(int queueMax) {
            this.queueMax = queueMax;
        }

        @Override
        public boolean offer(Runnable task) {
            return !stopped && tasks.size() < queueMax && tasks.add(task);
        }

        boolean runOne() {
            Runnable task = tasks.poll();
            if (task != null) {
                task.run();
            }
            return task != null;
        }

        @Override
        public void stop() {
            stopped = true;
            while (runOne()) {
                // what was queued is run
            }
        }
    }
}
