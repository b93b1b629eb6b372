package norikv.work;

/// One bounded piece of the work of something that runs by itself.
@FunctionalInterface
public interface Step {
    /// What [#runOnce(long)] returns when only a wake-up can bring new work.
    long UNTIL_WOKEN = Long.MAX_VALUE;

    /// Does a bounded amount of work and never waits (a disk call is work, not waiting).
    ///
    /// **Errors.** What is thrown here stops the loop and goes to the fatal-fault handler.
    ///
    /// @param nowNanos the monotonic time of this step
    /// @return when to run again at the latest, in monotonic nanoseconds: `nowNanos` or less when
    ///     work is left, [#UNTIL_WOKEN] when none is
    long runOnce(long nowNanos);
}
