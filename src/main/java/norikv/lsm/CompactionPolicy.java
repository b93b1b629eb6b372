package norikv.lsm;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import norikv.bytes.Bytes;

/// Says what to merge next. Pure: the same levels give the same plan.
///
/// Level 0 goes to the base level as a whole. Levels below are meant to be
/// [LsmOptions.Levels#ratio] times larger each, counted upwards from what the largest really holds,
/// so that most data is in the last one; the first level that this makes larger than
/// [LsmOptions.Levels#baseBytes] is not, is the base, and levels above it stay empty. **Source.**
/// Dynamic level targets: Dong et al., "Optimizing Space Amplification in RocksDB", CIDR 2017.
final class CompactionPolicy {
    private static final int LAST = Levels.COUNT - 1;

    /// A table is rewritten when one part in this many of it belongs to dead tablets.
    private static final int DEAD_PART = 3;

    private final LsmOptions.Levels options;

    CompactionPolicy(LsmOptions.Levels options) {
        this.options = options;
    }

    /// {@return the most urgent plan, if anything is to be done}
    Optional<Plan> next(Levels levels, TabletMap tablets) {
        Optional<Plan> plan = wholeTablesOfTheDead(levels, tablets);
        if (plan.isEmpty()) {
            plan = mostOverfull(levels, tablets);
        }
        return plan.isPresent() ? plan : partlyDead(levels, tablets);
    }

    private static Optional<Plan> wholeTablesOfTheDead(Levels levels, TabletMap tablets) {
        for (int level = 0; level < Levels.COUNT; level++) {
            for (LiveTable table : levels.level(level)) {
                if (table.deadBytes(tablets) == table.facts().rawBytes()) {
                    return Optional.of(new Plan(Plan.Kind.DROP, level, level, List.of(table)));
                }
            }
        }
        return Optional.empty();
    }

    private static Optional<Plan> partlyDead(Levels levels, TabletMap tablets) {
        for (int level = 1; level < Levels.COUNT; level++) {
            for (LiveTable table : levels.level(level)) {
                long raw = table.facts().rawBytes();
                if (!table.isQuarantined() && table.deadBytes(tablets) * DEAD_PART >= raw) {
                    return Optional.of(new Plan(Plan.Kind.MERGE, level, level, List.of(table)));
                }
            }
        }
        return Optional.empty();
    }

    private Optional<Plan> mostOverfull(Levels levels, TabletMap tablets) {
        long[] targets = targets(levels);
        List<Integer> full = new ArrayList<>();
        for (int level = 0; level < LAST; level++) {
            if (score(levels, targets, level) >= 1) {
                full.add(level);
            }
        }
        full.sort(Comparator.comparingDouble(level -> -score(levels, targets, level)));
        for (int level : full) {
            Optional<Plan> plan =
                    level == 0 ? mergeYoung(levels, tablets) : pushDown(levels, level, tablets);
            if (plan.isPresent()) {
                return plan;
            }
        }
        return Optional.empty();
    }

    /// How full a level is; from 1 on it should shrink.
    private double score(Levels levels, long[] targets, int level) {
        return level == 0
                ? (double) levels.level(0).size() / options.youngTrigger()
                : (double) levels.bytes(level) / targets[level];
    }

    /// {@return how large each level is meant to be; 1 above the base level}
    long[] targets(Levels levels) {
        long[] targets = new long[Levels.COUNT];
        Arrays.fill(targets, 1);
        long size = largest(levels);
        for (int level = LAST; level >= 1; level--) {
            targets[level] = Math.max(1, size);
            if (size <= options.baseBytes()) {
                break;
            }
            size /= options.ratio();
        }
        return targets;
    }

    private static long largest(Levels levels) {
        long largest = 0;
        for (int level = 1; level < Levels.COUNT; level++) {
            largest = Math.max(largest, levels.bytes(level));
        }
        return largest;
    }

    /// {@return the level that level 0 is merged into: the first that the targets use, or one above
    /// that still holds something}
    int baseLevel(Levels levels) {
        long size = largest(levels);
        int base = LAST;
        while (base > 1 && size > options.baseBytes()) {
            size /= options.ratio();
            base--;
        }
        for (int level = 1; level < base; level++) {
            if (!levels.level(level).isEmpty()) {
                return level;
            }
        }
        return base;
    }

    /// All of level 0, from the oldest on; a damaged table keeps what is newer where it is.
    private Optional<Plan> mergeYoung(Levels levels, TabletMap tablets) {
        List<LiveTable> oldestFirst = new ArrayList<>();
        for (LiveTable table : levels.level(0).reversed()) {
            if (table.isQuarantined()) {
                break;
            }
            oldestFirst.add(table);
        }
        return oldestFirst.isEmpty()
                ? Optional.empty()
                : plan(levels, 0, baseLevel(levels), oldestFirst.reversed(), tablets);
    }

    /// The table that overlaps least with the next level, for its size.
    private static Optional<Plan> pushDown(Levels levels, int level, TabletMap tablets) {
        return levels.level(level).stream()
                .filter(table -> !table.isQuarantined())
                .sorted(Comparator.comparingDouble(table -> overlapRatio(levels, level, table)))
                .flatMap(table -> plan(levels, level, level + 1, List.of(table), tablets).stream())
                .findFirst();
    }

    private static double overlapRatio(Levels levels, int level, LiveTable table) {
        long overlap =
                levels
                        .overlapping(level + 1, table.facts().minKey(), table.facts().maxKey())
                        .stream()
                        .mapToLong(LiveTable::bytes)
                        .sum();
        return (double) overlap / table.bytes();
    }

    private static Optional<Plan> plan(
            Levels levels, int level, int outputLevel, List<LiveTable> upper, TabletMap tablets) {
        Bytes min = upper.stream().map(t -> t.facts().minKey()).min(Bytes::compareTo).orElseThrow();
        Bytes max = upper.stream().map(t -> t.facts().maxKey()).max(Bytes::compareTo).orElseThrow();
        List<LiveTable> lower = levels.overlapping(outputLevel, min, max);
        if (lower.stream().anyMatch(LiveTable::isQuarantined)) {
            return Optional.empty();
        }
        LiveTable first = upper.getFirst();
        boolean isMove =
                upper.size() == 1
                        && lower.isEmpty()
                        && first.facts().deletes() == 0
                        && first.deadBytes(tablets) == 0;
        List<LiveTable> inputs = new ArrayList<>(upper);
        inputs.addAll(lower);
        var kind = isMove ? Plan.Kind.MOVE : Plan.Kind.MERGE;
        return Optional.of(new Plan(kind, level, outputLevel, List.copyOf(inputs)));
    }
}
