package norikv.domain;

import java.util.List;
import java.util.Map;
import norikv.bytes.Bytes;

/// What a node answers. Expected answers are cases of their own; whatever went wrong is [Failed].
public sealed interface Reply {
    /// The write happened, at this place.
    record Written(Version at) implements Reply {}

    /// The delete happened, at this place; `existed` says whether there was a live value.
    record Deleted(boolean existed, Version at) implements Reply {}

    /// The key's live value.
    ///
    /// @param expiresAtMillis as in [Item]
    record Found(Bytes value, Version at, long expiresAtMillis) implements Reply {}

    /// The key has no live value.
    record Missing() implements Reply {}

    /// The precondition did not hold, nothing was written.
    ///
    /// @param actual the version that the key has, or [Version#NONE] if it has no live value
    record Mismatch(Version actual) implements Reply {}

    /// One answer for each operation of a batch, in its order. Operations that the bounds of a
    /// reply left no room for are [Failed] with [ErrorCode#NOT_EXECUTED].
    record Batched(List<Reply> replies) implements Reply {
        public Batched {
            replies = List.copyOf(replies);
        }
    }

    /// One page of a scan.
    ///
    /// @param items in the order asked for; empty for [Request.Projection#COUNT]
    /// @param count how many live keys this page covers
    /// @param cursor where to go on; empty when the range is exhausted
    record Page(List<Item> items, long count, Bytes cursor) implements Reply {
        public Page {
            items = List.copyOf(items);
        }
    }

    /// How the node is.
    ///
    /// @param facts identity and settings, such as `node_id`, in a fixed order
    /// @param checks readiness, each named
    /// @param counters numbers that only grow, by metric name
    record Status(Map<String, String> facts, List<Check> checks, Map<String, Long> counters)
            implements Reply {
        public Status {
            facts = java.util.Collections.unmodifiableMap(new java.util.LinkedHashMap<>(facts));
            checks = List.copyOf(checks);
            counters =
                    java.util.Collections.unmodifiableMap(new java.util.LinkedHashMap<>(counters));
        }

        public boolean isReady() {
            return checks.stream().allMatch(Check::ok);
        }
    }

    /// One named condition of readiness.
    record Check(String name, boolean ok, String detail) {}

    /// It went wrong; `code` says whether it may have happened and whether to try again.
    ///
    /// @param retryAfterMillis when to try again at the earliest; 0: no advice
    record Failed(ErrorCode code, String message, long retryAfterMillis) implements Reply {}
}
