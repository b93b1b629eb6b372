package norikv.work;

/// The two times there are. Everything else gets them as values.
public interface Clock {
    /// {@return monotonic nanoseconds from an arbitrary origin; never goes back}
    long nanoTime();

    /// {@return milliseconds since 1970-01-01T00:00Z; may jump either way}
    long wallMillis();
}
