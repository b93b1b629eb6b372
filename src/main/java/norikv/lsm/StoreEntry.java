package norikv.lsm;

import norikv.domain.Version;

/// What precedes the operations of one commit in the log of a [Store].
///
/// @param version its place: the index of each commit is one more than that of the one before
/// @param logTimeMillis when it was, by the wall clock, but never before an earlier one
/// @param operations how many follow
record StoreEntry(Version version, long logTimeMillis, int operations) {
    /// `u64 index | u64 log time | u32 operations`.
    static final int HEAD_BYTES = 20;

    /// Nothing is elected here: one term for all.
    static final long TERM = 1;

    long index() {
        return version.index();
    }
}
