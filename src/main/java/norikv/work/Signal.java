package norikv.work;

/// A one-shot flag that threads can wait for. Made by [Loops#signal()], because under a seeded
/// driver the waiter runs other loops meanwhile.
public interface Signal {
    /// Sets the flag and lets every waiter go. Calling it again does nothing. **Threads.** Any.
    void raise();

    boolean isRaised();

    /// Waits until the flag is set or the monotonic clock reaches `deadlineNanos`. Interrupts do
    /// not end the wait; the thread's interrupt status is kept.
    ///
    /// @return whether the flag is set
    boolean await(long deadlineNanos);
}
