package norikv.lsm;

import norikv.domain.Version;

/// What a reader loaded from an [AppliedCell]: the three numbers belong together.
///
/// Open, so that a test can let things happen right after a place was loaded: what a reader does
/// before and after that is the order that everything rests on.
///
/// **Threads.** Confined to one.
class AppliedReading {
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
