package norikv.host;

import java.lang.System.Logger.Level;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReferenceArray;

/// How far the wall clocks of the nodes are from each other: each frame between them says what its
/// sender's shows.
///
/// A leader's clock decides when values expire and how long outcomes are remembered. So a node
/// whose clock is far from the median of those it hears from leads nothing that somebody else can
/// lead. The time that a frame was on its way counts as an offset; it is far below what matters.
///
/// **Threads.** Those of the links tell, any asks.
final class WallClocks {
    /// From how far off the median on a clock is not to be led by, milliseconds.
    static final long OFF_MILLIS_MAX = 5_000;

    /// Up to how far off the median leadership is handed to a node. Less than [#OFF_MILLIS_MAX],
    /// because two nodes see one clock differently by the time that frames take: with a single
    /// limit they would hand leadership to and fro while a clock drifts across it.
    static final long FIT_MILLIS_MAX = 4_000;

    /// How long what a node said counts.
    static final long HEARD_NANOS_MAX = TimeUnit.SECONDS.toNanos(10);

    /// How far another clock is ahead of this node's, and when that was heard.
    private record Heard(long offsetMillis, long atNanos) {}

    private final int self;
    private final int nodes;

    /// By number of the node; null before it was heard.
    private final AtomicReferenceArray<Heard> heard;

    private volatile boolean wasOff;

    /// @param self the number of this node
    /// @param nodes how many there are in the cluster
    WallClocks(int self, int nodes) {
        this.self = self;
        this.nodes = nodes;
        this.heard = new AtomicReferenceArray<>(nodes + 1);
    }

    /// Node `number` showed `itsMillis` when this one showed `ownMillis`.
    void heard(int number, long itsMillis, long ownMillis, long nowNanos) {
        heard.set(number, new Heard(itsMillis - ownMillis, nowNanos));
    }

    /// {@return whether the clock of node `number` is too far from the median}
    boolean isOff(long number, long nowNanos) {
        boolean isOff = Math.abs(offMillis((int) number, nowNanos)) > OFF_MILLIS_MAX;
        if (number == self && isOff != wasOff) {
            wasOff = isOff;
            Host.LOG.log(
                    isOff ? Level.ERROR : Level.INFO,
                    "The wall clock of this node is %s from the others'. off_ms=%d"
                            .formatted(
                                    isOff ? "far" : "no longer far",
                                    offMillis(self, nowNanos)));
        }
        return isOff;
    }

    /// {@return whether leadership may be handed to node `number`}
    boolean isFit(long number, long nowNanos) {
        return Math.abs(offMillis((int) number, nowNanos)) <= FIT_MILLIS_MAX;
    }

    /// {@return how far the clock of this node is ahead of the median, milliseconds}
    long offMillis(long nowNanos) {
        return offMillis(self, nowNanos);
    }

    /// {@return how far the clock of node `number` is ahead of the median, milliseconds} 0 while
    /// fewer than a majority of the nodes were heard lately, or it was not: nobody can tell then.
    private long offMillis(int number, long nowNanos) {
        long[] offsets = new long[nodes];
        int count = 0;
        offsets[count++] = 0; // its own
        long asked = 0;
        for (int node = 1; node <= nodes; node++) {
            Heard of = heard.get(node);
            if (of != null && nowNanos - of.atNanos <= HEARD_NANOS_MAX) {
                offsets[count++] = of.offsetMillis;
                asked = node == number ? of.offsetMillis : asked;
            } else if (node == number && node != self) {
                return 0;
            }
        }
        // Two of three that differ do not tell which of them is wrong.
        return count <= nodes / 2 || count == 2 ? 0 : asked - median(offsets, count);
    }

    /// {@return the one in the middle; of two the one nearer to this node's own}
    private static long median(long[] offsets, int count) {
        Arrays.sort(offsets, 0, count);
        long lower = offsets[(count - 1) / 2];
        long upper = offsets[count / 2];
        return Math.abs(lower) <= Math.abs(upper) ? lower : upper;
    }
}
