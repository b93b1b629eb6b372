package norikv.lsm;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/// The plans that are being carried out. No two share an input, nor write into the same stretch of
/// keys of one level.
///
/// **Threads.** Guarded by whoever plans. **Limits.** As many plans as there are compaction loops.
final class Running {
    private final List<Place> places = new ArrayList<>();
    private final Set<Long> busy = new HashSet<>();

    /// A plan and the bounds of its keys.
    private record Place(Plan plan, byte[] min, byte[] max) {
        boolean writes(int level) {
            return plan.outputLevel() == level && plan.kind() != Plan.Kind.DROP;
        }

        boolean overlaps(byte[] otherMin, byte[] otherMax) {
            return Arrays.compareUnsigned(min, otherMax) <= 0
                    && Arrays.compareUnsigned(otherMin, max) <= 0;
        }
    }

    /// Notes a plan that begins.
    void add(Plan plan) {
        assert allows(plan) : "two plans in each other's way: %s and %s".formatted(places, plan);
        places.add(new Place(plan, plan.minKey(), plan.maxKey()));
        plan.inputs().forEach(table -> busy.add(table.number()));
    }

    /// Forgets a plan that ended.
    void remove(Plan plan) {
        boolean was = places.removeIf(place -> place.plan() == plan);
        assert was : plan;
        plan.inputs().forEach(table -> busy.remove(table.number()));
    }

    int count() {
        return places.size();
    }

    boolean isBusy(LiveTable table) {
        return busy.contains(table.number());
    }

    /// {@return whether no plan may read the table: another one does, or it is damaged}
    boolean isTaken(LiveTable table) {
        return isBusy(table) || table.isQuarantined();
    }

    /// {@return whether a plan is in nobody's way}
    boolean allows(Plan plan) {
        return plan.kind() == Plan.Kind.DROP
                ? plan.inputs().stream().noneMatch(this::isBusy)
                : plan.inputs().stream().noneMatch(this::isTaken)
                        && isFree(plan.outputLevel(), plan.minKey(), plan.maxKey());
    }

    /// {@return whether nobody writes into that stretch of `level`} Into level 0 everybody may:
    /// there ages tell tables apart.
    private boolean isFree(int level, byte[] min, byte[] max) {
        return level == 0
                || places.stream().noneMatch(p -> p.writes(level) && p.overlaps(min, max));
    }

    /// {@return what plans that run take out of `level`, bytes}
    long leaving(int level) {
        long bytes = 0;
        for (Place place : places) {
            Plan plan = place.plan();
            if (plan.level() == level && plan.outputLevel() != level) {
                bytes += plan.upperBytes();
            }
        }
        return bytes;
    }
}
