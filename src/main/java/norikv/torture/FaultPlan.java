package norikv.torture;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import norikv.domain.NoriException;

/// Which faults befall a cluster, and when. Drawn from a seed alone, so that a run can be done
/// again.
///
/// One fault follows the other with rest between; now and then one of a node and one of the links
/// come together. The run ends with rest. **Limits.** [#FAULTS_MAX].
public final class FaultPlan {
    /// The most faults of a run.
    static final int FAULTS_MAX = 100_000;

    private static final long FIRST_MILLIS = 2_000;
    private static final long REST_MILLIS_MIN = 1_500;
    private static final long REST_MILLIS_MAX = 3_500;
    private static final long LAST_REST_MILLIS = 2_000;

    /// How long a kill is left alone at least: by then others lead what its node led.
    private static final long KILL_MILLIS_MIN = 3_001;

    private static final int PAIR_PERCENT = 30;

    private FaultPlan() {}

    /// {@return the faults of a run of `millis`, in the order of their begin}
    ///
    /// @param nodes how many nodes the cluster has
    /// @param kinds which faults there are; none: a run in peace
    public static List<Fault> draw(long seed, int nodes, long millis, List<Fault.Kind> kinds) {
        if (nodes < 1) {
            throw NoriException.invalid("nodes: at least 1, got " + nodes);
        }
        var random = new SplittableRandom(seed);
        List<Fault> plan = new ArrayList<>();
        long end = millis - LAST_REST_MILLIS;
        long at = FIRST_MILLIS;
        while (!kinds.isEmpty() && plan.size() < FAULTS_MAX) {
            Fault fault = fault(random, at, nodes, kinds);
            if (fault.endMillis() > end) {
                return List.copyOf(plan);
            }
            plan.add(fault);
            Fault other = fault(random, at + random.nextLong(500), nodes, kinds);
            boolean both =
                    random.nextInt(100) < PAIR_PERCENT
                            && other.kind().isOfLinks() != fault.kind().isOfLinks()
                            && other.endMillis() <= end;
            if (both) {
                plan.add(other);
            }
            long over = both ? Math.max(fault.endMillis(), other.endMillis()) : fault.endMillis();
            if (fault.kind() == Fault.Kind.KILL) {
                over = Math.max(over, at + KILL_MILLIS_MIN);
            }
            at = over + random.nextLong(REST_MILLIS_MIN, REST_MILLIS_MAX);
        }
        return List.copyOf(plan);
    }

    private static Fault fault(
            SplittableRandom random, long at, int nodes, List<Fault.Kind> kinds) {
        Fault.Kind kind = kinds.get(random.nextInt(kinds.size()));
        int one = random.nextInt(nodes);
        long delay = random.nextLong(20, 300);
        return switch (kind) {
            case KILL -> new Fault(at, random.nextLong(200, 3_000), kind, one, 0);
            case AWAY -> new Fault(at, random.nextLong(10_000, 20_000), kind, one, 0);
            case KILL_ALL -> new Fault(at, random.nextLong(100, 1_000), kind, Fault.ALL, 0);
            case RESTART -> new Fault(at, nodes * 3_000L, kind, Fault.ALL, 0);
            case PAUSE -> new Fault(at, random.nextLong(300, 5_000), kind, one, 0);
            case PARTITION, MUTE -> new Fault(at, random.nextLong(500, 6_000), kind, one, 0);
            case SLOW -> new Fault(at, random.nextLong(1_000, 6_000), kind, one, delay);
            case DISK_FULL -> new Fault(at, random.nextLong(1_000, 5_000), kind, one, 0);
        };
    }
}
