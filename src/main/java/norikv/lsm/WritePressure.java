package norikv.lsm;

/// How hard writing is, as one number: 0 at ease, from 0.5 on writers are to be slowed, at 1 they
/// are refused. It is that of the scarcest of four things, each rising without a step:
///
/// - memory: 0 while two memtables are in use, 1 at the budget;
/// - depth of level 0: 0 at the busy trigger, 1 at [LsmOptions.Levels#youngMax];
/// - debt of compaction: 0 at half of [#debtBytesMax()], 1 at that;
/// - the log that is behind the tables: 0 at half of its bound, 1 at that.
///
/// **The log apart.** Who applies what is committed already must not heed the log's part: only
/// applying and flushing make that log shorter. So [#ofStorage] is for whoever applies, [#of] for
/// whoever admits. **Threads.** Immutable.
final class WritePressure {
    /// How many times the base level compaction may owe.
    private static final long DEBT_BASES = 64;

    /// Less debt than this is none, however small the levels are.
    private static final long DEBT_BYTES_MAX_MIN = 1L << 30;

    private final LsmOptions options;

    WritePressure(LsmOptions options) {
        this.options = options;
    }

    /// What pressure comes from.
    ///
    /// @param memtableBytes of all memtables, written to or frozen
    /// @param youngDepth of level 0
    /// @param debtBytes that compaction has to read and write
    record Load(long memtableBytes, int youngDepth, long debtBytes) {}

    /// {@return the pressure of memory, level 0 and debt}
    double ofStorage(Load load) {
        LsmOptions.Memory memory = options.memory();
        LsmOptions.Levels levels = options.levels();
        double ofMemory =
                part(load.memtableBytes(), 2L * memory.memtableBytes(), memory.budgetBytes());
        double ofYoung =
                part(load.youngDepth(), levels.youngBusyTrigger(), levels.youngMax());
        double ofDebt = part(load.debtBytes(), debtBytesMax() / 2, debtBytesMax());
        return Math.max(ofMemory, Math.max(ofYoung, ofDebt));
    }

    /// {@return the pressure of all there is}
    ///
    /// @param logBytes what of the log is not in tables yet
    /// @param logBytesMax what may be; from 2
    double of(Load load, long logBytes, long logBytesMax) {
        return Math.max(ofStorage(load), part(logBytes, logBytesMax / 2, logBytesMax));
    }

    /// {@return the debt at which the pressure is 1}
    long debtBytesMax() {
        return Math.max(DEBT_BYTES_MAX_MIN, DEBT_BASES * options.levels().baseBytes());
    }

    /// How far a value is on the way from ease to the most there may be; more than 1 beyond.
    private static double part(double value, double atEase, double max) {
        return Math.max(0, (value - atEase) / (max - atEase));
    }
}
