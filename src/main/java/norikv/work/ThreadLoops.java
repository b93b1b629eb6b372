package norikv.work;

/// Drives with threads: what a node in production runs on.
///
/// It owns nothing by itself: whoever starts a loop or makes a pool stops it. All threads are
/// daemons and end by message; an interrupt means nothing to them and is cleared. **Threads.** Any.
public final class ThreadLoops implements Loops {
    private final FaultHandler faults;
    private final Clock clock = new SystemClock();

    /// @param faults hears of everything that a step or a task throws, errors included
    public ThreadLoops(FaultHandler faults) {
        this.faults = faults;
    }

    @Override
    public Clock clock() {
        return clock;
    }

    @Override
    public Loop start(String name, Step step) {
        var loop = new ThreadLoop(name, step, clock, faults);
        loop.start();
        return loop;
    }

    @Override
    public Pool pool(String name, int threads, int queueMax) {
        var pool = new ThreadPool(name, threads, queueMax, faults);
        pool.start();
        return pool;
    }

    @Override
    public void spawn(String name, Runnable task) {
        Thread.ofVirtual()
                .name(name)
                .uncaughtExceptionHandler((_, cause) -> faults.fatal(name + ": task", cause))
                .start(task);
    }

    @Override
    public Signal signal() {
        return new ThreadSignal(clock);
    }
}
