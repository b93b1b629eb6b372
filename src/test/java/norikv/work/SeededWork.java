package norikv.work;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/// Something that a [SeededLoops] may run next.
sealed interface SeededWork {
    /// {@return the node's name and its own}
    String name();

    boolean isReady(long nowNanos);

    /// {@return whether it may be run although it is not ready}
    default boolean isIdle() {
        return false;
    }

    /// {@return whether it may wait for a signal}
    default boolean mayWait() {
        return false;
    }

    /// {@return when it becomes ready by itself}
    default long deadline() {
        return Step.UNTIL_WOKEN;
    }

    void run(long nowNanos, SplittableRandom random);

    /// A step that is driven.
    final class OfLoop implements SeededWork, Loop {
        private final SeededNode node;
        private final String name;
        private final Step step;
        private long deadline = Long.MIN_VALUE;
        private boolean running;

        OfLoop(SeededNode node, String name, Step step) {
            this.node = node;
            this.name = name;
            this.step = step;
        }

        @Override
        public String name() {
            return node.name() + "/" + name;
        }

        @Override
        public boolean isReady(long nowNanos) {
            return !running && deadline <= nowNanos;
        }

        @Override
        public boolean isIdle() {
            return !running;
        }

        @Override
        public long deadline() {
            return running ? Step.UNTIL_WOKEN : deadline;
        }

        @Override
        public void run(long nowNanos, SplittableRandom random) {
            running = true;
            deadline = Step.UNTIL_WOKEN;
            boolean ended = node.guard(name + ": step", () -> runOnce(nowNanos));
            running = false;
            if (!ended) {
                node.remove(this);
            }
        }

        private void runOnce(long nowNanos) {
            long next = step.runOnce(nowNanos);
            // A wake-up that came during the step stands.
            deadline = Math.min(deadline, next);
        }

        @Override
        public void wake() {
            node.requireOwner();
            deadline = Long.MIN_VALUE;
        }

        @Override
        public void stop() {
            node.requireOwner();
            node.remove(this);
        }
    }

    /// A queue of tasks.
    final class OfPool implements SeededWork, Pool {
        private final SeededNode node;
        private final String name;
        private final int threads;
        private final int queueMax;
        private final List<Runnable> queue = new ArrayList<>();
        private int running;
        private boolean stopped;

        OfPool(SeededNode node, String name, int threads, int queueMax) {
            this.node = node;
            this.name = name;
            this.threads = threads;
            this.queueMax = queueMax;
        }

        @Override
        public String name() {
            return node.name() + "/" + name;
        }

        @Override
        public boolean isReady(long nowNanos) {
            return !queue.isEmpty() && running < threads;
        }

        @Override
        public void run(long nowNanos, SplittableRandom random) {
            // Threads take tasks in order but may overtake each other at once.
            int among = Math.min(threads - running, queue.size());
            runTask(queue.remove(random.nextInt(among)));
        }

        @Override
        public boolean offer(Runnable task) {
            node.requireOwner();
            if (stopped || !node.isAlive() || queue.size() == queueMax) {
                return false;
            }
            queue.add(task);
            return true;
        }

        @Override
        public void stop() {
            node.requireOwner();
            stopped = true;
            while (!queue.isEmpty() && node.isAlive()) {
                runTask(queue.removeFirst());
            }
            node.remove(this);
        }

        private void runTask(Runnable task) {
            running++;
            node.guard(name + ": task", task);
            running--;
        }
    }

    /// A task that runs once.
    record OfTask(SeededNode node, String taskName, Runnable task) implements SeededWork {
        @Override
        public String name() {
            return node.name() + "/" + taskName;
        }

        @Override
        public boolean isReady(long nowNanos) {
            return true;
        }

        @Override
        public boolean mayWait() {
            return true;
        }

        @Override
        public void run(long nowNanos, SplittableRandom random) {
            node.remove(this);
            node.guard(taskName + ": task", task);
        }
    }
}
