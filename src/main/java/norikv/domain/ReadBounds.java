package norikv.domain;

/// How fresh a read must be at least, whatever its [Consistency]. A replica that is behind does not
/// answer: the read goes to the leader, or is refused.
///
/// @param minVersion a place of the key's shard that the read must not be before;
///     [Version#NONE]: any
/// @param maxStalenessMillis how long ago a write that the read does not see may have been
///     acknowledged at most, by the clocks of the nodes; [#ANY_AGE]: as long as it will
public record ReadBounds(Version minVersion, long maxStalenessMillis) {
    /// A read may be of any age.
    public static final long ANY_AGE = Long.MAX_VALUE;

    /// Nothing is asked for.
    public static final ReadBounds NONE = new ReadBounds(Version.NONE, ANY_AGE);

    public ReadBounds {
        if (maxStalenessMillis < 0) {
            throw NoriException.invalid(
                    "max_staleness: 0 ms or more, got " + maxStalenessMillis);
        }
    }

    public boolean isNone() {
        return minVersion.equals(Version.NONE) && maxStalenessMillis == ANY_AGE;
    }

    /// {@return whether a state of this age is fresh enough}
    public boolean allow(Age age) {
        return age.applied().compareTo(minVersion) >= 0
                && age.behindMillis() <= maxStalenessMillis;
    }
}
