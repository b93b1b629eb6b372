package norikv.host;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import norikv.port.ShardStore.Digest;

/// What digests of some replicas of one shard at one place come to.
///
/// A single pair that differs does not say which is wrong, and the leader is no judge: it may be
/// the wrong one. So what *more than half of all replicas* hold is right, and who said something
/// else has gone astray. Where no digest has such a majority nobody is stopped: it is said aloud
/// that some replica is wrong, for a person to find out which.
///
/// **Source.** etcd's compact hash check, which believes a quorum and alarms the members that
/// differ; CockroachDB's consistency checker, which stops the minority.
///
/// @param right what more than half of all replicas hold, if anything
/// @param strays who holds something else
/// @param isSplit whether some differ and nobody knows who is right
record Comparison(Optional<Digest> right, Set<Long> strays, boolean isSplit) {
    /// @param replicas how many the shard has in all
    static Comparison of(Map<Long, Digest> digests, int replicas) {
        var counts = new HashMap<Digest, Integer>();
        digests.values().forEach(digest -> counts.merge(digest, 1, Integer::sum));
        Optional<Digest> right =
                counts.keySet().stream().filter(d -> counts.get(d) > replicas / 2).findAny();
        var strays = new TreeSet<Long>();
        right.ifPresent(
                digest ->
                        digests.forEach(
                                (replica, theirs) -> {
                                    if (!theirs.equals(digest)) {
                                        strays.add(replica);
                                    }
                                }));
        return new Comparison(right, strays, right.isEmpty() && counts.size() > 1);
    }
}
