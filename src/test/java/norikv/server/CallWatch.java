package norikv.server;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import norikv.domain.Reply;
import norikv.port.KeyValue;
import norikv.work.SeededLoops;

/// R2: who asks a node that lives is answered, once, and no later than his deadline and a little.
///
/// A node that was stopped has as long as that from when it goes on.
final class CallWatch {
    /// How much later an answer may come: deadlines are looked at every 20 ms, by the service and
    /// by the host.
    private static final long LATE_NANOS_MAX = 50_000_000;

    private final SeededLoops driver;
    private final List<Asked> open = new ArrayList<>();

    private static final class Asked {
        final ClusterSim.Member member;
        final int life;
        final long dueNanos;
        final Object what;
        boolean isAnswered;

        Asked(ClusterSim.Member member, long dueNanos, Object what) {
            this.member = member;
            this.life = member.life;
            this.dueNanos = dueNanos;
            this.what = what;
        }

        boolean isOver() {
            return isAnswered || member.stack == null || member.life != life;
        }

        boolean isLate(long nowNanos) {
            return nowNanos > Math.max(dueNanos, member.resumedNanos) + LATE_NANOS_MAX;
        }

        @Override
        public String toString() {
            return "R2: %s at %s, due at %d".formatted(what, member.id, dueNanos);
        }
    }

    CallWatch(SeededLoops driver) {
        this.driver = driver;
    }

    /// {@return what `member` is to answer `what` with, in this life of it}
    ///
    /// @param then hears of the answer
    KeyValue.Answer asked(
            ClusterSim.Member member, long deadlineNanos, Object what, Consumer<Reply> then) {
        // A call may come after its deadline.
        long due = Math.max(deadlineNanos, driver.nowNanos());
        var asked = new Asked(member, due, what);
        open.add(asked);
        return reply -> {
            if (member.life == asked.life) {
                assertTrue(!asked.isAnswered, () -> asked + " was answered twice");
                assertTrue(!asked.isLate(driver.nowNanos()), () -> asked + " was answered late");
                asked.isAnswered = true;
                then.accept(reply);
            }
        };
    }

    /// Looks whether somebody waits who should not.
    void check() {
        open.removeIf(Asked::isOver);
        for (Asked asked : open) {
            boolean isLate = asked.member.isUp() && asked.isLate(driver.nowNanos());
            assertTrue(!isLate, () -> asked + " was not answered");
        }
    }
}
