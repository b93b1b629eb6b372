package norikv.lsm;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import norikv.sstable.TableFacts;

/// Says what to merge next. Pure: the same situation gives the same plan.
///
/// **Sizes.** The last level is as large as it is; each level above it is meant to be smaller by
/// one factor, between half of [LsmOptions.Levels#ratio] and that, so that the first one of them,
/// the base, is some [LsmOptions.Levels#baseBytes]. Levels above the base stay empty, and while the
/// last level is less than a ratio larger than the base would be, there is no other: a step that
/// makes everything larger by two or three costs more writing than it saves.
///
/// **Order.** What costs nothing comes first, then the level that is fullest beyond what the one
/// below it can take, then what dead tablets, tombstones and expired values hold. Of a level the
/// table goes down that weighs least on the next level for what it brings.
///
/// **Level 0** goes down column by column ([YoungTables]). While flushes come fast a column waits
/// until it is twice as deep: what is overwritten meanwhile never meets the base level, and that is
/// written half as often.
///
/// **Source.** Dynamic targets: Dong et al., "Optimizing Space Amplification in RocksDB", CIDR
/// 2017; scores weighed by the next level's: Pebble's `compaction_picker.go`.
final class CompactionPolicy {
    private static final int LAST = Levels.COUNT - 1;

    /// A table is rewritten when one part in this many of it belongs to dead tablets.
    private static final int DEAD_PART = 3;

    /// A table is rewritten when one entry in this many hides something or has expired.
    private static final int GARBAGE_PART = 4;

    /// How many times garbage counts when the table is chosen that goes down.
    private static final double GARBAGE_WEIGHT = 2;

    /// The most that one table may overlap of the level below it, in tables: what a later merge of
    /// it costs.
    static final int GRANDPARENTS_MAX = 10;

    /// The most that further upper tables are added to a plan that they do not widen, in tables.
    private static final int WIDENED_TABLES_MAX = 25;

    /// How much deeper than its trigger level 0 gets before it is merged within itself.
    private static final int DEPTH_SLACK = 2;

    private static final int STACK_TABLES_MIN = 4;

    private final LsmOptions.Levels options;
    private final long tableBytes;
    private final int compressedFrom;

    CompactionPolicy(LsmOptions options) {
        this.options = options.levels();
        this.tableBytes = options.tables().tableBytes();
        this.compressedFrom = options.tables().compressedFrom();
    }

    /// Which of the little garbage that is not worth it is to be removed too.
    enum Sweep {
        NONE,
        /// That of all levels below level 0.
        SETTLED,
        /// That of level 0 as well: the disk is short of room.
        ALL
    }

    /// What a plan is made from.
    ///
    /// @param quiet whether no flush has come for a while
    /// @param oldestSnapshotNanos see [Snapshots#oldestNanos]
    record Situation(
            Levels levels,
            TabletMap tablets,
            Running running,
            boolean quiet,
            Sweep sweep,
            long oldestSnapshotNanos,
            long nowNanos) {
        long deadBytes(LiveTable table) {
            return table.deadBytes(tablets);
        }

        /// {@return about how many entries of the table have expired, by the log time in tables}
        ///
        /// As if they expired one after the other, evenly.
        double expired(LiveTable table) {
            TableFacts facts = table.facts();
            if (facts.expiring() == 0) {
                return 0;
            }
            long first = facts.minExpiryMillis();
            double passed = logTimeMillis(facts) - first + 1.0;
            double part = passed / (facts.maxExpiryMillis() - first + 1.0);
            return facts.expiring() * Math.clamp(part, 0, 1);
        }

        private long logTimeMillis(TableFacts facts) {
            return facts.tablets().stream()
                    .mapToInt(share -> tablets.slotOf(share.tablet()))
                    .filter(slot -> slot >= 0)
                    .mapToLong(slot -> tablets.at(slot).durable().logTimeMillis())
                    .max()
                    .orElse(0);
        }
    }

    /// {@return the most urgent plan that is in nobody's way, if anything is to be done}
    Optional<Plan> next(Situation now) {
        Optional<Plan> plan = wholeTablesOfTheDead(now);
        if (plan.isEmpty()) {
            plan = mostOverfull(now);
        }
        if (plan.isEmpty()) {
            plan = partlyDead(now);
        }
        if (plan.isEmpty()) {
            plan = withGarbage(now, 1.0 / GARBAGE_PART);
        }
        return plan.isEmpty() && now.sweep() != Sweep.NONE
                ? withGarbage(now, Double.MIN_VALUE)
                : plan;
    }

    /// {@return whether some table has garbage that only a sweep would remove}
    static boolean wantsSweep(Situation now) {
        for (int level = 1; level < Levels.COUNT; level++) {
            for (LiveTable table : now.levels().level(level)) {
                if (garbageShare(now, table) > 0) {
                    return true;
                }
            }
        }
        return false;
    }

    /// {@return the next step of bringing all there is into one level, if there is more than one}
    /// Nothing else may run.
    Optional<Plan> nextToOneLevel(Situation now) {
        assert now.running().count() == 0 : "beside others";
        int upper = firstWithTables(now.levels(), 0);
        int lower = Math.min(firstWithTables(now.levels(), upper + 1), LAST);
        if (upper >= LAST) {
            return Optional.empty();
        }
        List<LiveTable> tables = now.levels().level(upper);
        return tables.stream().anyMatch(now.running()::isTaken)
                ? Optional.empty()
                : down(now, upper, lower, tables);
    }

    private static int firstWithTables(Levels levels, int from) {
        int level = from;
        while (level < Levels.COUNT && levels.level(level).isEmpty()) {
            level++;
        }
        return level;
    }

    /// {@return a plan to take out tables of which nothing is of use to anybody}
    static Optional<Plan> wholeTablesOfTheDead(Situation now) {
        for (int level = 0; level < Levels.COUNT; level++) {
            List<LiveTable> dead =
                    now.levels().level(level).stream()
                            .filter(t -> now.deadBytes(t) == t.facts().rawBytes())
                            .filter(t -> !now.running().isBusy(t))
                            .toList();
            if (!dead.isEmpty()) {
                return Optional.of(
                        new Plan(
                                Plan.Kind.DROP, Plan.Why.DEAD, level, level, dead, List.of()));
            }
        }
        return Optional.empty();
    }

    private Optional<Plan> mostOverfull(Situation now) {
        double[] scores = scores(now);
        List<Integer> full =
                IntStream.range(0, LAST)
                        .boxed()
                        .filter(level -> scores[level] >= 1)
                        .sorted(Comparator.comparingDouble(level -> -weighed(scores, now, level)))
                        .toList();
        for (int level : full) {
            Optional<Plan> plan = level == 0 ? mergeYoung(now) : pushDown(now, level);
            if (plan.isPresent()) {
                return plan;
            }
        }
        return Optional.empty();
    }

    /// {@return how full each level is; from 1 on it should shrink}
    double[] scores(Situation now) {
        Levels levels = now.levels();
        long[] targets = targets(levels);
        double[] scores = new double[Levels.COUNT];
        scores[0] = youngScore(now);
        for (int level = 1; level < LAST; level++) {
            long bytes = levels.bytes(level) - now.running().leaving(level);
            scores[level] = (double) bytes / targets[level];
        }
        return scores;
    }

    /// Level 0 is full when a part of it is deep, and also when many flushes lie side by side.
    private double youngScore(Situation now) {
        YoungTables young = now.levels().young();
        return (double) Math.max(young.depth(), young.runs()) / youngTrigger(now);
    }

    private int youngTrigger(Situation now) {
        if (now.sweep() == Sweep.ALL
                && now.levels().level(0).stream().anyMatch(t -> garbageShare(now, t) > 0)) {
            return 1;
        }
        return now.quiet() ? options.youngTrigger() : options.youngBusyTrigger();
    }

    /// The score of a level, less if the level that it goes to is overfull itself: that one goes
    /// first then.
    private double weighed(double[] scores, Situation now, int level) {
        int below = level == 0 ? baseLevel(now.levels()) : level + 1;
        return scores[level] / Math.max(1, scores[below]);
    }

    /// {@return how large each level is meant to be; 1 above the base level}
    long[] targets(Levels levels) {
        long[] targets = new long[Levels.COUNT];
        Arrays.fill(targets, 1);
        long largest = largest(levels);
        int steps = steps(largest);
        double size = Math.max(1, largest);
        double factor = factor(largest, steps);
        for (int level = LAST; level >= LAST - steps; level--) {
            targets[level] = Math.max(1, (long) size);
            size /= factor;
        }
        return targets;
    }

    /// {@return the level that level 0 is merged into: the first that the targets use, or one above
    /// that still holds something}
    int baseLevel(Levels levels) {
        int base = LAST - steps(largest(levels));
        for (int level = 1; level < base; level++) {
            if (levels.bytes(level) > 0) {
                return level;
            }
        }
        return base;
    }

    /// How many levels there are to be between level 0 and the last.
    private int steps(long largest) {
        int steps = 0;
        double reach = (double) options.baseBytes() * options.ratio();
        while (largest > reach && steps < LAST - 1) {
            reach *= options.ratio();
            steps++;
        }
        return steps;
    }

    private double factor(long largest, int steps) {
        double whole = (double) largest / options.baseBytes();
        double even = steps == 0 ? 1 : Math.pow(whole, 1.0 / (steps + 1));
        return Math.clamp(even, Math.max(2, options.ratio() / 2.0), options.ratio());
    }

    private static long largest(Levels levels) {
        long largest = 0;
        for (int level = 1; level < Levels.COUNT; level++) {
            largest = Math.max(largest, levels.bytes(level));
        }
        return largest;
    }

    /// {@return what compactions would have to read and write until no level is overfull, bytes}
    long debtBytes(Levels levels) {
        long[] targets = targets(levels);
        int base = baseLevel(levels);
        double debt = 0;
        double coming = 0;
        if (levels.young().depth() >= options.youngTrigger()) {
            coming = levels.bytes(0);
            debt += coming + levels.bytes(base);
        }
        for (int level = base; level < LAST; level++) {
            double size = levels.bytes(level) + coming;
            coming = Math.max(0, size - targets[level]);
            debt += coming * (1 + levels.bytes(level + 1) / Math.max(1, size));
        }
        return (long) debt;
    }

    private Optional<Plan> mergeYoung(Situation now) {
        YoungTables young = now.levels().young();
        Predicate<LiveTable> taken = now.running()::isTaken;
        YoungTables.Column column =
                young.depth() < youngTrigger(now) ? young.all(taken) : young.column(taken);
        if (column.depth() == young.depth() || column.depth() >= youngTrigger(now)) {
            Optional<Plan> plan = down(now, 0, baseLevel(now.levels()), column.tables());
            if (plan.isPresent()) {
                return plan;
            }
        }
        if (young.depth() < options.youngBusyTrigger() + DEPTH_SLACK) {
            return Optional.empty();
        }
        long bytesMax = WIDENED_TABLES_MAX * tableBytes;
        List<LiveTable> stack =
                young.stack(STACK_TABLES_MIN, bytesMax, taken);
        if (!stack.isEmpty()) {
            return allowed(now, Plan.Kind.MERGE, Plan.Why.DEPTH, 0, 0, stack, List.of());
        }
        // No column is deep by itself and no stack is cheap: all that can go down does, or level 0
        // would stay as deep as it is and refuse writes for good.
        List<LiveTable> all = young.all(taken).tables();
        return all.isEmpty() ? Optional.empty() : down(now, 0, baseLevel(now.levels()), all);
    }

    private Optional<Plan> pushDown(Situation now, int level) {
        return now.levels().level(level).stream()
                .filter(table -> !now.running().isTaken(table))
                .sorted(Comparator.comparingDouble(table -> weight(now, level, table)))
                .flatMap(table -> down(now, level, level + 1, List.of(table)).stream())
                .findFirst();
    }

    /// What a table costs the next level, for what it brings there or leaves behind.
    private static double weight(Situation now, int level, LiveTable table) {
        long overlap = now.levels().overlapBytes(level + 1, table.minKey(), table.maxKey());
        double useless = garbageShare(now, table) + deadShare(now, table);
        return overlap / (table.bytes() * (1 + GARBAGE_WEIGHT * useless));
    }

    private static double deadShare(Situation now, LiveTable table) {
        return (double) now.deadBytes(table) / table.facts().rawBytes();
    }

    /// About which part of a table's entries are tombstones or have expired.
    private static double garbageShare(Situation now, LiveTable table) {
        return (table.facts().deletes() + now.expired(table)) / table.facts().entries();
    }

    private Optional<Plan> down(
            Situation now, int level, int outputLevel, List<LiveTable> tables) {
        List<LiveTable> upper = tables;
        List<LiveTable> lower = below(now, outputLevel, upper);
        if (level > 0 && !lower.isEmpty()) {
            List<LiveTable> wider = now.levels().overlapping(level, min(lower), max(lower));
            if (wider.size() > upper.size()
                    && bytes(wider) + bytes(lower) <= WIDENED_TABLES_MAX * tableBytes
                    && wider.stream().noneMatch(now.running()::isTaken)
                    && below(now, outputLevel, wider).equals(lower)) {
                upper = wider;
            }
        }
        var kind = lower.isEmpty() && canMove(now, outputLevel, upper) ? Plan.Kind.MOVE : null;
        return allowed(
                now,
                kind == null ? Plan.Kind.MERGE : kind,
                Plan.Why.SIZE,
                level,
                outputLevel,
                upper,
                lower);
    }

    private static List<LiveTable> below(Situation now, int level, List<LiveTable> upper) {
        return now.levels().overlapping(level, min(upper), max(upper));
    }

    /// Whether tables that meet nothing where they go are as good there as they are: in no other's
    /// way, nothing in them to leave out or to compress, and none that a later merge would have to
    /// pay dear for.
    private boolean canMove(Situation now, int outputLevel, List<LiveTable> upper) {
        List<LiveTable> byKey = new ArrayList<>(upper);
        byKey.sort(Comparator.comparing(LiveTable::minKey, Arrays::compareUnsigned));
        for (int i = 0; i < byKey.size(); i++) {
            LiveTable table = byKey.get(i);
            if (outputLevel >= compressedFrom && !table.table().isCompressed()
                    || table.facts().deletes() > 0
                    || now.deadBytes(table) > 0
                    || now.expired(table) > 0) {
                return false;
            }
            if (i > 0 && Arrays.compareUnsigned(byKey.get(i - 1).maxKey(), table.minKey()) >= 0) {
                return false;
            }
            if (outputLevel < LAST
                    && now.levels().overlapBytes(outputLevel + 1, table.minKey(), table.maxKey())
                            > GRANDPARENTS_MAX * Math.max(tableBytes, table.bytes())) {
                return false;
            }
        }
        return true;
    }

    private static Optional<Plan> partlyDead(Situation now) {
        for (int level = 1; level < Levels.COUNT; level++) {
            for (LiveTable table : now.levels().level(level)) {
                if (now.deadBytes(table) * DEAD_PART >= table.facts().rawBytes()) {
                    Optional<Plan> plan = inPlace(now, Plan.Why.DEAD, level, table);
                    if (plan.isPresent()) {
                        return plan;
                    }
                }
            }
        }
        return Optional.empty();
    }

    /// Tombstones have to go down as far as there is something they hide, and vanish there.
    private Optional<Plan> withGarbage(Situation now, double shareMin) {
        for (int level = 1; level < Levels.COUNT; level++) {
            for (LiveTable table : now.levels().level(level)) {
                if (garbageShare(now, table) >= shareMin
                        && table.rest().isOver(now.nowNanos(), now.oldestSnapshotNanos())) {
                    Optional<Plan> plan =
                            hidesSomething(now, level, table)
                                    ? down(now, level, level + 1, List.of(table))
                                    : inPlace(now, Plan.Why.GARBAGE, level, table);
                    if (plan.isPresent()) {
                        return plan;
                    }
                }
            }
        }
        return Optional.empty();
    }

    private static boolean hidesSomething(Situation now, int level, LiveTable table) {
        return IntStream.range(level + 1, Levels.COUNT)
                .anyMatch(
                        below ->
                                now.levels().overlapBytes(below, table.minKey(), table.maxKey())
                                        > 0);
    }

    private static Optional<Plan> inPlace(
            Situation now, Plan.Why why, int level, LiveTable table) {
        return allowed(
                now, Plan.Kind.MERGE, why, level, level, List.of(table), List.of());
    }

    private static Optional<Plan> allowed(
            Situation now,
            Plan.Kind kind,
            Plan.Why why,
            int level,
            int outputLevel,
            List<LiveTable> upper,
            List<LiveTable> lower) {
        var plan = new Plan(kind, why, level, outputLevel, upper, lower);
        return now.running().allows(plan) ? Optional.of(plan) : Optional.empty();
    }

    private static byte[] min(List<LiveTable> tables) {
        return tables.stream().map(LiveTable::minKey).reduce(YoungTables::lesser).orElseThrow();
    }

    private static byte[] max(List<LiveTable> tables) {
        return tables.stream().map(LiveTable::maxKey).reduce(YoungTables::greater).orElseThrow();
    }

    private static long bytes(List<LiveTable> tables) {
        return tables.stream().mapToLong(LiveTable::bytes).sum();
    }
}
