package norikv.lsm;

import norikv.sstable.Hit;

/// What a lookup found, and the scratch it needs: made once, used for many lookups.
///
/// **Threads.** Confined to one. **Limits.** Keeps a buffer as long as the longest value it met.
public final class GetResult {
    /// What became of the lookup.
    public enum Outcome {
        /// The newest visible version is a value. It may be expired: whoever asks judges.
        FOUND,
        /// There is no value.
        ABSENT,
        /// Memory alone cannot tell.
        COLD
    }

    private static final int VALUE_BYTES_INITIAL = 256;

    private static final int KEY_BYTES_INITIAL = 64;

    /// The internal key that is looked for.
    byte[] key = new byte[KEY_BYTES_INITIAL];
    final AppliedReading applied;
    final Hit hit = new Hit();

    private final boolean valuesAreGivenAway;
    private Outcome outcome = Outcome.ABSENT;
    private byte[] value = new byte[0];
    private int valueLength;
    private long index;
    private long term;
    private long expiresAtMillis;

    GetResult(boolean valuesAreGivenAway, AppliedReading applied) {
        this.valuesAreGivenAway = valuesAreGivenAway;
        this.applied = applied;
    }

    /// A result whose value lies in a buffer that the next lookup overwrites: nothing is allocated.
    public GetResult() {
        this(false, new AppliedReading());
    }

    /// {@return a result whose value is a fresh array each time, exactly as long as the value}
    public static GetResult givingValuesAway() {
        return new GetResult(true, new AppliedReading());
    }

    public Outcome outcome() {
        return outcome;
    }

    /// {@return the array with the value in its first [#valueLength()] bytes, if one was found}
    public byte[] value() {
        return value;
    }

    public int valueLength() {
        return valueLength;
    }

    /// {@return the index of the version found}
    public long index() {
        return index;
    }

    /// {@return the Raft term of the version found}
    public long term() {
        return term;
    }

    /// {@return when the value expires, log time in milliseconds; 0 if it does not}
    public long expiresAtMillis() {
        return expiresAtMillis;
    }

    /// {@return the index up to which the state that was read had been applied}
    public long appliedIndex() {
        return applied.index;
    }

    /// {@return the log time of that state, which expiry is judged by}
    public long appliedLogTimeMillis() {
        return applied.logTimeMillis;
    }

    void setAbsent() {
        outcome = Outcome.ABSENT;
        valueLength = 0;
    }

    void setCold() {
        outcome = Outcome.COLD;
        valueLength = 0;
    }

    void setFound(long newIndex, long newTerm, long newExpiresAtMillis) {
        outcome = Outcome.FOUND;
        index = newIndex;
        term = newTerm;
        expiresAtMillis = newExpiresAtMillis;
    }

    /// {@return [#key], long enough for a user key of `length` bytes}
    byte[] keyOf(int length) {
        int needed = InternalKey.HEAD_BYTES + length;
        if (key.length < needed) {
            key = new byte[Math.max(needed, 2 * key.length)];
        }
        return key;
    }

    /// {@return an array to copy a value of `length` bytes into}
    byte[] valueOf(int length) {
        if (valuesAreGivenAway) {
            value = new byte[length];
        } else if (value.length < length) {
            value = new byte[Math.max(VALUE_BYTES_INITIAL, Integer.highestOneBit(length - 1) * 2)];
        }
        valueLength = length;
        return value;
    }
}
