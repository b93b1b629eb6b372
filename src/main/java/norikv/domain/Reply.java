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
    /// @param age of a stale read, else [Age#NONE]
    record Found(Bytes value, Version at, long expiresAtMillis, Age age) implements Reply {
        public Found(Bytes value, Version at, long expiresAtMillis) {
            this(value, at, expiresAtMillis, Age.NONE);
        }
    }

    /// The key has no live value.
    ///
    /// @param age of a stale read, else [Age#NONE]
    record Missing(Age age) implements Reply {
        public Missing() {
            this(Age.NONE);
        }
    }

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
    /// @param behindMillis of a stale page, as in [Age], of the shard that is behind most; else 0
    record Page(List<Item> items, long count, Bytes cursor, long behindMillis)
            implements Reply {
        public Page {
            items = List.copyOf(items);
        }

        /// A page that is not stale.
        public Page(List<Item> items, long count, Bytes cursor) {
            this(items, count, cursor, 0);
        }
    }

    /// One page of a scan of some shards: of each of them all live keys between where the page
    /// began and where its cursor goes on. Of other shards it says nothing.
    ///
    /// @param shards those that the page is of: all that were asked for, or fewer; none of the
    ///     others was read
    record PagePart(ShardSet shards, Page page) implements Reply {}

    /// What a node says of itself and its cluster: the answer to a [Request.Admin].
    sealed interface Admin extends Reply {}

    /// Who is in the cluster and who leads what, as far as one node knows.
    ///
    /// @param members by number, from 1 on
    /// @param seats by shard
    record Topology(List<Member> members, List<Seat> seats) implements Admin {
        public Topology {
            members = List.copyOf(members);
            seats = List.copyOf(seats);
        }
    }

    /// A node of the cluster.
    ///
    /// @param address `host:port` for clients; empty if it is not known
    record Member(String name, String address) {}

    /// Who holds a shard.
    ///
    /// @param leader the number of the node that leads it; 0: not known to who was asked
    /// @param term of that leader; 0: not known
    /// @param holders numbers of the nodes with a replica, first the one that should lead
    record Seat(int leader, long term, List<Integer> holders) {
        public Seat {
            holders = List.copyOf(holders);
        }
    }

    /// What a replica is at the moment.
    enum Role {
        FOLLOWER,
        CANDIDATE,
        LEADER,
        /// It waits for all of the shard as another replica has it.
        REBUILDING,
        /// It takes no part in its group: something that must hold did not.
        STOPPED,
        /// It holds something else than most others, serves nobody, and waits for all of the shard
        /// as another replica has it.
        DIVERGED
    }

    /// Where a replica stands.
    ///
    /// @param leader the name of the node that leads; empty: not known to this one
    /// @param firstIndex of the oldest entry in its log
    /// @param last the newest entry in its log
    /// @param commit up to where entries are known to be committed
    /// @param applied the place that reads see
    /// @param logTimeMillis the time of that place
    /// @param logBytes what its entries take in the log
    record Replica(
            Role role,
            String leader,
            long term,
            long firstIndex,
            Version last,
            long commit,
            Version applied,
            long logTimeMillis,
            long logBytes)
            implements Admin {
        public Replica withLogBytes(long bytes) {
            return new Replica(
                    role, leader, term, firstIndex, last, commit, applied, logTimeMillis, bytes);
        }
    }

    /// Who leads a shard.
    ///
    /// @param leader the name of the node; empty: not known to who was asked
    /// @param term the newest that who was asked has heard of
    record Led(String leader, long term) implements Admin {}

    /// What the rows of a shard hash to at one place of its log: the same on every replica.
    ///
    /// @param rows how many there are, of all spaces
    record Hashed(Version at, long logTimeMillis, long rows, long hash) implements Admin {}

    /// How the node is.
    ///
    /// @param facts identity and settings, such as `node_id`, in a fixed order
    /// @param checks readiness, each named
    /// @param counters numbers that only grow, by metric name
    record Status(Map<String, String> facts, List<Check> checks, Map<String, Long> counters)
            implements Admin {
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
    /// @param leader the name of the node to ask instead; empty if none is known
    record Failed(ErrorCode code, String message, long retryAfterMillis, String leader)
            implements Reply {
        public Failed(ErrorCode code, String message, long retryAfterMillis) {
            this(code, message, retryAfterMillis, "");
        }
    }
}
