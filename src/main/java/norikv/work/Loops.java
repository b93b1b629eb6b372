package norikv.work;

/// Makes everything that runs or waits. `ThreadLoops` drives with threads; tests have a driver that
/// runs all loops of a node, or of a cluster, on one thread from one seed.
///
/// **Threads.** Any.
public interface Loops {
    Clock clock();

    /// Starts driving `step`, from now on until its loop is stopped, on a platform daemon thread of
    /// its own.
    ///
    /// @param name the thread's name: short, lower case, such as `wal`
    Loop start(String name, Step step);

    /// {@return a pool of `threads` platform threads whose queue holds at most `queueMax` tasks}
    Pool pool(String name, int threads, int queueMax);

    /// Runs `task`, which may block on sockets and signals, on a virtual thread of its own. What it
    /// throws goes to the fatal-fault handler.
    void spawn(String name, Runnable task);

    Signal signal();
}
