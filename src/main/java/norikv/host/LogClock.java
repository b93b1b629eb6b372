package norikv.host;

import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;

/// The log clock of one shard during one term of its leader: what its entries are stamped with.
///
/// It begins at the later of the last stamp and the wall clock, at any distance. From then on it
/// runs towards the wall clock, at no more than twice and no less than half the speed of the
/// monotonic clock, so that a wall clock that jumps neither lets everything expire at once nor
/// stops expiry. It never goes back: every reading is at least the greatest one before.
///
/// **Threads.** Any.
final class LogClock {
    /// How long one reading stays the ground for the next ones, microseconds.
    private static final long GROUND_MICROS_MAX = 10_000;

    private final AtomicReference<Ground> ground;
    private final AtomicLong latestMillis;

    /// @param lastMillis the last stamp of the log
    LogClock(long lastMillis, long nowNanos, long wallMillis) {
        long millis = Math.max(lastMillis, wallMillis);
        ground = new AtomicReference<>(new Ground(millis * 1_000, nowNanos));
        latestMillis = new AtomicLong(millis);
    }

    /// What time it was when.
    private record Ground(long micros, long atNanos) {}

    /// {@return what the clock shows now, milliseconds}
    long read(long nowNanos, long wallMillis) {
        Ground from = ground.get();
        long elapsed = Math.max(0, (nowNanos - from.atNanos) / 1_000);
        long micros =
                Math.clamp(
                        wallMillis * 1_000, from.micros + elapsed / 2, from.micros + 2 * elapsed);
        if (elapsed >= GROUND_MICROS_MAX) {
            // Whoever moves the ground at the same time moves it as well.
            ground.compareAndSet(from, new Ground(micros, nowNanos));
        }
        long millis = micros / 1_000;
        return Math.max(millis, latestMillis.accumulateAndGet(millis, Math::max));
    }
}
