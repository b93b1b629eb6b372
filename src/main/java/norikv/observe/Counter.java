package norikv.observe;

/// A number that only grows. **Threads.** Any, without contention.
public interface Counter {
    void add(long count);

    default void increment() {
        add(1);
    }
}
