package norikv.lsm;

import norikv.domain.Version;

/// Where a shard stands: every entry up to `at` is in it, and expiry is judged by `logTimeMillis`.
public record AppliedAt(Version at, long logTimeMillis) {
    /// A shard that nothing was applied to.
    public static final AppliedAt NOTHING = new AppliedAt(Version.NONE, 0);
}
