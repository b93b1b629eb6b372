package norikv.cli;

import norikv.domain.Consistency;
import norikv.domain.ErrorCode;
import norikv.domain.NoriException;
import norikv.domain.Reply;
import norikv.domain.Request;
import norikv.domain.ShardSet;

/// Scans of a benchmark that many nodes answer together: each is asked for the shards that it
/// leads, and a scan is done when every shard was answered for. Merging is left out: that is work
/// of clients.
///
/// **Threads.** Confined to one. **Limits.** One scan a slot, one part a node.
final class BenchScans {
    /// What came of a scan, or of one part of it.
    sealed interface State {
        /// Other parts are under way.
        record Waits() implements State {}

        /// All is there.
        record Done() implements State {}

        /// A node did not answer for all that it was asked for.
        record Failed(Reply.Failed why) implements State {}
    }

    private final int totalShards;
    private final Scan[] scans;

    /// One scan that is under way.
    private static final class Scan {
        int parts;
        ShardSet missing;

        /// Null while all is well.
        Reply.Failed failure;
    }

    BenchScans(int slots, int totalShards) {
        this.totalShards = totalShards;
        this.scans = new Scan[slots];
    }

    /// {@return whether `request` is for all nodes together}
    static boolean isShared(Request request, int nodes) {
        return nodes > 1
                && request instanceof Request.Scan scan
                && scan.consistency() != Consistency.STALE;
    }

    /// A scan was sent in so many parts.
    void begin(int slot, int parts) {
        scans[slot] = new Scan();
        scans[slot].parts = parts;
        scans[slot].missing = ShardSet.all(totalShards);
    }

    /// {@return what has become of the scan now that a part was answered}
    State take(int slot, Reply reply) {
        Scan scan = scans[slot];
        scan.parts--;
        if (reply instanceof Reply.PagePart part) {
            scan.missing = scan.missing.minus(part.shards());
        } else if (reply instanceof Reply.Failed failed) {
            scan.failure = failed;
        } else {
            throw NoriException.invalid("scan: a part of a page, got " + reply);
        }
        if (scan.parts > 0) {
            return new State.Waits();
        }
        if (scan.failure == null && !scan.missing.isEmpty()) {
            scan.failure = failure(scan.missing.size() + " shards are led elsewhere");
        }
        return scan.failure == null ? new State.Done() : new State.Failed(scan.failure);
    }

    private static Reply.Failed failure(String what) {
        return new Reply.Failed(ErrorCode.NOT_LEADER, "scan: " + what, 0);
    }
}
