package norikv.lsm;

import norikv.domain.NoriException;

/// How a [Store] is laid out, bounded and paced: all of it in one record.
///
/// @param engine the sizes of memtables, tables and levels; a store has one band in any case
/// @param log the log in front of them
/// @param stallMillisMax how long a write waits for room before it is [NoriException.Overloaded];
///     0 (never wait) to 3 600 000; 10 000 by default
/// @param closeMillisMax how long closing may spend on writing memtables out, which only makes the
///     next opening shorter; 0 to 3 600 000; 30 000 by default
public record StoreOptions(LsmOptions engine, Log log, long stallMillisMax, long closeMillisMax) {
    private static final long MILLIS_MAX = 3_600_000;
    private static final int MIB = 1 << 20;

    public StoreOptions {
        check("stall ms", stallMillisMax, 0, MILLIS_MAX);
        check("close ms", closeMillisMax, 0, MILLIS_MAX);
    }

    /// The log of a store.
    ///
    /// @param enabled whether there is one; without it a write is durable when a flush is, a crash
    ///     loses what came since, and [Store#sync()] flushes; true by default
    /// @param segmentBytes the size of a file of it; a multiple of 4096, 64 KiB to 2 GiB; 32 MiB by
    ///     default. The longest batch is a little less than half of it, and never above 4 MiB
    /// @param bytesMax how much of it is kept before memtables are flushed early; twice as much
    ///     means pressure 1; at least two segments, at most 1 TiB; 256 MiB by default
    /// @param lagMillis how long a write that nobody waits for may stay in memory before it is on
    ///     its way to the disk; 1 to 60 000; 10 by default
    public record Log(boolean enabled, long segmentBytes, long bytesMax, long lagMillis) {
        public Log {
            check("log segment bytes", segmentBytes, 64 << 10, 2L << 30);
            check("log bytes", bytesMax, 2 * segmentBytes, 1L << 40);
            check("log lag ms", lagMillis, 1, 60_000);
            if (segmentBytes % 4096 != 0) {
                throw NoriException.invalid(
                        "store: log segment bytes: a multiple of 4096, got " + segmentBytes);
            }
        }
    }

    /// {@return what suits a program that uses the store beside other things: memtables of 64 MiB
    /// and 256 MiB in all, tables of 32 MiB, a log}
    public static StoreOptions defaults() {
        return new StoreOptions(
                LsmOptions.defaults().withBands(1).withMemtableBytes(64 * MIB),
                new Log(true, 32L * MIB, 256L * MIB, 10),
                10_000,
                30_000);
    }

    /// {@return these with other sizes of the engine}
    public StoreOptions withEngine(LsmOptions newEngine) {
        return new StoreOptions(newEngine, log, stallMillisMax, closeMillisMax);
    }

    /// {@return these with another log}
    public StoreOptions withLog(Log newLog) {
        return new StoreOptions(engine, newLog, stallMillisMax, closeMillisMax);
    }

    /// {@return these without a log: see [Log#enabled()]}
    public StoreOptions withoutLog() {
        return withLog(new Log(false, log.segmentBytes, log.bytesMax, log.lagMillis));
    }

    /// {@return these with another bound on how long a write waits for room}
    public StoreOptions withStallMillisMax(long millis) {
        return new StoreOptions(engine, log, millis, closeMillisMax);
    }

    /// {@return these with another bound on how long closing writes memtables out}
    public StoreOptions withCloseMillisMax(long millis) {
        return new StoreOptions(engine, log, stallMillisMax, millis);
    }

    private static void check(String what, long value, long min, long max) {
        if (value < min || value > max) {
            throw NoriException.invalid(
                    "store: %s: %d to %d, got %d".formatted(what, min, max, value));
        }
    }
}
