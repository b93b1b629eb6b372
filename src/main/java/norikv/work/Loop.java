package norikv.work;

/// A [Step] that is being driven.
public interface Loop {
    /// Makes the step run once more, soon. Cheap when it runs already. **Threads.** Any.
    void wake();

    /// Lets the running step end and runs no other. Returns when it has ended; called from inside
    /// its own step it returns at once. Calling it again does nothing. **Threads.** Any.
    void stop();
}
