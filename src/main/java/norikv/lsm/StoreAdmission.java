package norikv.lsm;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.DoubleSupplier;
import norikv.domain.ErrorCode;
import norikv.domain.NoriException;
import norikv.work.Loops;

/// Lets writes of a [Store] in as fast as the engine can digest them: freely below pressure 0.5,
/// ever slower above, not at all from 1 on.
///
/// Between, writes share a rate that falls smoothly: [#RATE] bytes a second half-way, without bound
/// towards 0.5, zero towards 1. A write pays for its bytes by waiting, up to [#PAUSE_NANOS_MAX] at
/// a time; small debts are added up, because short waits take longer than they should.
///
/// **Threads.** Any.
final class StoreAdmission {
    static final double AT_EASE = 0.5;

    /// What all writers together may write half-way between ease and standstill, bytes a second.
    static final double RATE = 32 << 20;

    /// The longest pause of one write below pressure 1.
    static final long PAUSE_NANOS_MAX = 20_000_000;

    /// Debts below this are remembered, not paid.
    private static final long PAUSE_NANOS_MIN = 500_000;

    /// How often who waits for the pressure to fall below 1 looks again.
    private static final long LOOK_NANOS = 1_000_000;

    private static final long RETRY_AFTER_MILLIS = 100;
    private static final double NANOS = 1e9;

    private final Loops loops;
    private final long stallNanosMax;
    private final DoubleSupplier pressure;
    private final Runnable relieve;

    /// Nanoseconds of pause that were run up and not waited for.
    private final AtomicLong debtNanos = new AtomicLong();

    /// @param relieve asks for memtables to be written out, also the one that is written to: one
    ///     great value may fill all the memory there is meant to be
    StoreAdmission(
            Loops loops, StoreOptions options, DoubleSupplier pressure, Runnable relieve) {
        this.loops = loops;
        this.stallNanosMax = TimeUnit.MILLISECONDS.toNanos(options.stallMillisMax());
        this.pressure = pressure;
        this.relieve = relieve;
    }

    /// {@return until when a write that begins now may wait for room}
    long deadlineNanos() {
        return loops.clock().nanoTime() + stallNanosMax;
    }

    /// Waits until a write of `bytes` bytes may go on.
    ///
    /// **Errors.** [NoriException.Overloaded] when it may not in time.
    void admit(int bytes) {
        double now = pressure.getAsDouble();
        if (now > AT_EASE) {
            slow(bytes, now);
        }
    }

    private void slow(int bytes, double first) {
        double now = first >= 1 ? awaitRoom() : first;
        if (now > AT_EASE) {
            long pause = pauseNanos(bytes, now);
            long owed = debtNanos.addAndGet(pause);
            if (owed >= PAUSE_NANOS_MIN && debtNanos.compareAndSet(owed, 0)) {
                pause(Math.min(owed, PAUSE_NANOS_MAX));
            }
        }
    }

    /// {@return what a write of `bytes` bytes is to wait at this pressure below 1}
    static long pauseNanos(int bytes, double pressure) {
        double part = (pressure - AT_EASE) / (1 - AT_EASE);
        double rate = RATE * (1 - part) / part;
        return (long) Math.min(PAUSE_NANOS_MAX, bytes * NANOS / rate);
    }

    /// Waits until the pressure is below 1.
    ///
    /// @return the pressure
    private double awaitRoom() {
        long deadline = deadlineNanos();
        double now = pressure.getAsDouble();
        relieve.run();
        while (now >= 1) {
            if (loops.clock().nanoTime() >= deadline) {
                throw new NoriException.Overloaded(
                        ErrorCode.WRITE_STALL,
                        "store: write pressure below 1, got %.2f".formatted(now),
                        RETRY_AFTER_MILLIS);
            }
            pause(LOOK_NANOS);
            now = pressure.getAsDouble();
        }
        return now;
    }

    private void pause(long nanos) {
        loops.signal().await(loops.clock().nanoTime() + nanos);
    }
}
