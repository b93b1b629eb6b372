package norikv.work;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/// A bounded queue and the platform threads that empty it. One lock guards queue and flag.
final class ThreadPool implements Pool {
    private final int queueMax;
    private final String name;
    private final FaultHandler faults;
    private final List<Thread> threads = new ArrayList<>();
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final ArrayDeque<Runnable> queue = new ArrayDeque<>();
    private boolean stopping;

    ThreadPool(String name, int threadCount, int queueMax, FaultHandler faults) {
        if (threadCount < 1 || queueMax < 1) {
            throw new IllegalArgumentException(
                    "pool %s: at least one thread and one place, got %d and %d"
                            .formatted(name, threadCount, queueMax));
        }
        this.name = name;
        this.queueMax = queueMax;
        this.faults = faults;
        for (int i = 0; i < threadCount; i++) {
            threads.add(
                    Thread.ofPlatform()
                            .daemon()
                            .name(name + "-" + i)
                            .inheritInheritableThreadLocals(false)
                            .uncaughtExceptionHandler((_, cause) -> fault(cause))
                            .unstarted(this::work));
        }
    }

    void start() {
        threads.forEach(Thread::start);
    }

    @Override
    public boolean offer(Runnable task) {
        lock.lock();
        try {
            if (stopping || queue.size() == queueMax) {
                return false;
            }
            queue.add(task);
            changed.signal();
            return true;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void stop() {
        lock.lock();
        try {
            stopping = true;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
        for (Thread thread : threads) {
            if (thread != Thread.currentThread()) {
                Joining.join(thread);
            }
        }
    }

    private void work() {
        for (var task = next(); task.isPresent(); task = next()) {
            // Only the task before can have left one; it would close the files of this one.
            Thread.interrupted();
            try {
                task.get().run();
            } catch (RuntimeException | Error e) {
                fault(e);
            }
        }
    }

    /// {@return the next task, or nothing when the pool is stopped and all is done}
    private Optional<Runnable> next() {
        lock.lock();
        try {
            while (queue.isEmpty() && !stopping) {
                changed.awaitUninterruptibly();
            }
            return Optional.ofNullable(queue.poll());
        } finally {
            lock.unlock();
        }
    }

    private void fault(Throwable cause) {
        faults.fatal(name + ": task", cause);
    }
}
