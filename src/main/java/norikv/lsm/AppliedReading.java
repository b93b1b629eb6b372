package norikv.lsm;

import norikv.domain.Version;

/// What a reader loaded from an [AppliedCell]: the three numbers belong together.
///
/// **Threads.** Confined to one.
final class AppliedReading {
    long index;
    long term;
    long logTimeMillis;

    AppliedAt toPlace() {
        return new AppliedAt(new Version(term, index), logTimeMillis);
    }

    void set(long newIndex, long newTerm, long newLogTimeMillis) {
        index = newIndex;
        term = newTerm;
        logTimeMillis = newLogTimeMillis;
    }
}
