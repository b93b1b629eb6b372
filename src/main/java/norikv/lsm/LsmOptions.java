package norikv.lsm;

import norikv.domain.NoriException;

/// How large the parts of an [Lsm] are meant to be.
///
/// @param bands into how many bands shards are dealt, by number modulo this: 1 to 65536; fixed when
///     the folder is made, later values are ignored
public record LsmOptions(int bands, Memory memory, Tables tables, Levels levels, Pace pace) {
    private static final int KIB = 1 << 10;
    private static final int MIB = 1 << 20;

    public LsmOptions {
        check("bands", bands, 1, InternalKey.BANDS_MAX);
    }

    /// How much memtables may take.
    ///
    /// @param memtableBytes how large one gets before it is flushed; 2 KiB to 1 GiB
    /// @param budgetBytes what all may take before [Lsm#pressure()] says 1; at least three
    /// @param hardMaxBytes what all may take before a write is refused; at least the budget
    /// @param poisoned whether released memory is overwritten, so that whoever still reads it
    ///     notices: for tests
    public record Memory(
            int memtableBytes, long budgetBytes, long hardMaxBytes, boolean poisoned) {
        public Memory {
            check("memtable bytes", memtableBytes, 2 * KIB, 1 << 30);
            check("memtable budget bytes", budgetBytes, 3L * memtableBytes, 1L << 40);
            check("memtable bytes hard max", hardMaxBytes, budgetBytes, 1L << 40);
        }
    }

    /// How tables are written.
    ///
    /// @param tableBytes how large one is meant to get; 1 KiB to 1 GiB
    /// @param blockBytes how large a block is meant to get; 1 (each entry a block) to 32 KiB
    /// @param filterBitsPerKey bits of filter a key; 0 (no filter) to 20
    public record Tables(long tableBytes, int blockBytes, int filterBitsPerKey) {
        public Tables {
            check("table bytes", tableBytes, KIB, 1 << 30);
            check("block bytes", blockBytes, 1, 32 * KIB);
            check("filter bits per key", filterBitsPerKey, 0, 20);
        }
    }

    /// When levels are merged.
    ///
    /// @param youngTrigger how many tables of level 0 start a compaction; from 1
    /// @param youngMax how many tables of level 0 mean pressure 1; more than the trigger
    /// @param baseBytes how large the first level below level 0 is meant to get; from 1 KiB
    /// @param ratio how many times larger each level is than the one above; 2 to 100
    public record Levels(int youngTrigger, int youngMax, long baseBytes, int ratio) {
        public Levels {
            check("young tables trigger", youngTrigger, 1, 1000);
            check("young tables max", youngMax, youngTrigger + 1, 10_000);
            check("base level bytes", baseBytes, KIB, 1L << 40);
            check("level ratio", ratio, 2, 100);
        }
    }

    /// In what pieces background work is done.
    ///
    /// @param stepEntries how many entries one step of a flush or a compaction handles; from 1
    /// @param retryPauseMillis how long a flush or a compaction rests after it failed; 1 to 3 600
    ///     000
    /// @param manifestBytes how long the manifest gets before it is written afresh; from 1 KiB
    public record Pace(int stepEntries, long retryPauseMillis, long manifestBytes) {
        public Pace {
            check("step entries", stepEntries, 1, 1 << 20);
            check("retry pause ms", retryPauseMillis, 1, 3_600_000);
            check("manifest bytes", manifestBytes, KIB, 1 << 30);
        }
    }

    /// {@return what suits a small machine: memtables of 24 MiB and 96 MiB in all, tables of 32
    /// MiB}
    public static LsmOptions defaults() {
        return new LsmOptions(
                16,
                new Memory(24 * MIB, 96L * MIB, 192L * MIB, false),
                new Tables(32L * MIB, 4 * KIB, 10),
                new Levels(4, 20, 64L * MIB, 10),
                new Pace(2048, 1000, MIB));
    }

    public LsmOptions withBands(int count) {
        return new LsmOptions(count, memory, tables, levels, pace);
    }

    /// Sets the size of one memtable, the budget to four and the hard bound to eight of it.
    public LsmOptions withMemtableBytes(int bytes) {
        return withMemory(new Memory(bytes, 4L * bytes, 8L * bytes, memory.poisoned));
    }

    public LsmOptions withPoisonedMemory() {
        return withMemory(
                new Memory(memory.memtableBytes, memory.budgetBytes, memory.hardMaxBytes, true));
    }

    public LsmOptions withMemory(Memory newMemory) {
        return new LsmOptions(bands, newMemory, tables, levels, pace);
    }

    public LsmOptions withTableBytes(long bytes) {
        return withTables(new Tables(bytes, tables.blockBytes, tables.filterBitsPerKey));
    }

    public LsmOptions withBlockBytes(int bytes) {
        return withTables(new Tables(tables.tableBytes, bytes, tables.filterBitsPerKey));
    }

    public LsmOptions withFilterBitsPerKey(int bits) {
        return withTables(new Tables(tables.tableBytes, tables.blockBytes, bits));
    }

    public LsmOptions withTables(Tables newTables) {
        return new LsmOptions(bands, memory, newTables, levels, pace);
    }

    public LsmOptions withLevels(Levels newLevels) {
        return new LsmOptions(bands, memory, tables, newLevels, pace);
    }

    public LsmOptions withPace(Pace newPace) {
        return new LsmOptions(bands, memory, tables, levels, newPace);
    }

    private static void check(String what, long value, long min, long max) {
        if (value < min || value > max) {
            throw NoriException.invalid(
                    "lsm: %s: %d to %d, got %d".formatted(what, min, max, value));
        }
    }
}
