package norikv.sim;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.Consumer;
import norikv.raft.Status;

/// A hash of everything that happens, and on wish a line for each.
///
/// A line of an event: seconds, machine, group, what, about what. A line of a state, after `=`:
/// part, term, commit, applied, durable and last index.
final class Trace {
    /// A trace that only counts and hashes.
    static Trace quiet() {
        return new Trace(_ -> {}, false);
    }

    private final Consumer<String> lines;
    private final boolean isLoud;
    private long hash = 17;
    private Happening now;
    private long nowNanos;

    Trace(Consumer<String> lines, boolean isLoud) {
        this.lines = lines;
        this.isLoud = isLoud;
    }

    /// {@return a trace that keeps the last `count` lines of each group in `kept`}
    static Trace keeping(Deque<String> kept, int group, int count) {
        return new Trace(
                line -> {
                    if (!isOf(line, group)) {
                        return;
                    }
                    if (kept.size() == count) {
                        kept.removeFirst();
                    }
                    kept.addLast(line);
                },
                true);
    }

    private static boolean isOf(String line, int group) {
        return group == 0 || line.contains(" g%d ".formatted(group)) || line.contains(" g0 ");
    }

    static Deque<String> newLines() {
        return new ArrayDeque<>();
    }

    long hash() {
        return hash;
    }

    /// {@return about which group the last event was}
    int lastGroup() {
        return now == null ? 0 : now.group();
    }

    void event(long nanos, Happening happening) {
        now = happening;
        nowNanos = nanos;
        hash = Dice.mix(hash + nanos);
        hash =
                Dice.mix(
                        hash
                                + happening.what().hashCode() * 961L
                                + happening.machine() * 31L
                                + happening.group());
        if (isLoud) {
            lines.accept(
                    "%12.6f n%d g%d %s %s"
                            .formatted(
                                    nanos / 1e9,
                                    happening.machine(),
                                    happening.group(),
                                    happening.what(),
                                    happening.about()));
        }
    }

    void state(int machine, Status s) {
        hash = Dice.mix(hash + s.term() * 31 + s.commit());
        hash = Dice.mix(hash + s.last().index() * 31 + s.applied() + s.part().ordinal());
        if (isLoud) {
            lines.accept(
                    "%12.6f n%d g%d = %s t%d v%d c%d a%d d%d l%s %s"
                            .formatted(
                                    nowNanos / 1e9,
                                    machine,
                                    s.group(),
                                    s.part(),
                                    s.term(),
                                    s.vote(),
                                    s.commit(),
                                    s.applied(),
                                    s.durable(),
                                    s.last(),
                                    s.configuration()));
        }
    }
}
