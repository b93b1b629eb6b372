package norikv.client;

import java.time.Duration;
import norikv.bytes.Bytes;
import norikv.domain.Consistency;
import norikv.domain.ReadBounds;
import norikv.domain.Request;
import norikv.domain.Version;

/// How one read is done. Complete in itself: begin with [#defaults()], or with
/// [ClientOptions#toGet()] to keep what the client was opened with.
///
/// @param deadline how long it may take in all
/// @param bounds how fresh it must be at least, whatever the consistency
public record GetOptions(Consistency consistency, Duration deadline, ReadBounds bounds) {
    public GetOptions {
        ClientOptions.checkDeadline("deadline", deadline);
    }

    /// A read without bounds.
    public GetOptions(Consistency consistency, Duration deadline) {
        this(consistency, deadline, ReadBounds.NONE);
    }

    /// {@return linearizable, 5 s}
    public static GetOptions defaults() {
        return ClientOptions.defaults().toGet();
    }

    public GetOptions withConsistency(Consistency level) {
        return new GetOptions(level, deadline, bounds);
    }

    public GetOptions withDeadline(Duration limit) {
        return new GetOptions(consistency, limit, bounds);
    }

    /// {@return these, and the read sees `least` of the key's shard, which a write returned, and
    /// all before it}
    ///
    /// A replica that has not applied it does not answer: the leader does. A version that the
    /// leader does not have either is refused as an argument.
    public GetOptions withMinVersion(Version least) {
        return new GetOptions(
                consistency, deadline, new ReadBounds(least, bounds.maxStalenessMillis()));
    }

    /// {@return these, and a stale read sees all that was acknowledged longer ago than `most`}
    ///
    /// Judged by the clocks of the nodes, and exact as far as they agree. A replica that cannot be
    /// sure does not answer: the leader does, or the read fails.
    public GetOptions withMaxStaleness(Duration most) {
        return new GetOptions(
                consistency, deadline, new ReadBounds(bounds.minVersion(), most.toMillis()));
    }

    Request.Get request(Bytes key) {
        return new Request.Get(key, consistency, bounds);
    }
}
