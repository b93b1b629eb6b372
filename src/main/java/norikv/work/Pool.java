package norikv.work;

/// A fixed number of platform threads for work that may wait for the disk. Nobody interrupts them:
/// one interrupt would close a file channel for everybody.
public interface Pool {
    /// Queues `task`. What it throws goes to the fatal-fault handler.
    ///
    /// @return false when the queue is full or the pool is stopped: the task will not run
    boolean offer(Runnable task);

    /// Runs what is queued, takes nothing more, and returns when all is done.
    void stop();
}
