package norikv.lsm;

/// What a reader loaded from an [AppliedCell]: the three numbers belong together.
///
/// **Threads.** Confined to one.
final class AppliedReading {
    long index;
    long term;
    long logTimeMillis;

    void set(long newIndex, long newTerm, long newLogTimeMillis) {
        index = newIndex;
        term = newTerm;
        logTimeMillis = newLogTimeMillis;
    }
}
