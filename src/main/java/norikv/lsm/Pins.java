package norikv.lsm;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/// The old places that somebody may still read at, tablet by tablet: what a flush or a compaction
/// must leave visible there.
///
/// Copied when a job begins, after it has loaded the places that all other readers see: a snapshot
/// that is registered later stands there or beyond, so it needs nothing that the job drops.
///
/// **Threads.** Immutable.
final class Pins {
    static final Pins NONE = new Pins(Map.of());

    private final Map<Integer, OfTablet> byTablet;

    private Pins(Map<Integer, OfTablet> byTablet) {
        this.byTablet = byTablet;
    }

    /// The places of one tablet, ascending.
    static final class OfTablet {
        static final OfTablet NONE = new OfTablet(new long[0], Long.MAX_VALUE);

        private final long[] indexes;
        private final long oldestLogTimeMillis;

        private OfTablet(long[] indexes, long oldestLogTimeMillis) {
            this.indexes = indexes;
            this.oldestLogTimeMillis = oldestLogTimeMillis;
        }

        /// {@return whether there is a place from `index` on and before `newer`: one that sees a
        /// version of that index, which one of index `newer` follows}
        boolean see(long index, long newer) {
            if (indexes.length == 0) {
                return false;
            }
            int at = Arrays.binarySearch(indexes, index);
            int first = at >= 0 ? at : -at - 1;
            return first < indexes.length && indexes[first] < newer;
        }

        /// {@return whether at each place a version of that index is seen or a newer one is}
        boolean areAllFrom(long index) {
            return indexes.length == 0 || indexes[0] >= index;
        }

        /// {@return whether what expires then has expired at each place} Log time never goes back
        /// from place to place, so the oldest decides.
        boolean areAllPast(long expiresAtMillis) {
            return oldestLogTimeMillis >= expiresAtMillis;
        }
    }

    /// {@return all places of `vectors`}
    static Pins of(List<AppliedVector> vectors) {
        if (vectors.isEmpty()) {
            return NONE;
        }
        Map<Integer, SortedMap<Long, Long>> places = new HashMap<>();
        var place = new AppliedReading();
        for (AppliedVector vector : vectors) {
            for (Tablet tablet : vector.tablets().all()) {
                vector.read(tablet.id(), place);
                places.computeIfAbsent(tablet.id(), _ -> new TreeMap<>())
                        .put(place.index, place.logTimeMillis);
            }
        }
        Map<Integer, OfTablet> byTablet = new HashMap<>();
        places.forEach(
                (tablet, of) -> {
                    long[] indexes = of.keySet().stream().mapToLong(Long::longValue).toArray();
                    byTablet.put(tablet, new OfTablet(indexes, of.firstEntry().getValue()));
                });
        return new Pins(byTablet);
    }

    OfTablet of(int tablet) {
        return byTablet.isEmpty()
                ? OfTablet.NONE
                : byTablet.getOrDefault(tablet, OfTablet.NONE);
    }
}
