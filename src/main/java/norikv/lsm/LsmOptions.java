package norikv.lsm;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import norikv.disk.Watermarks;
import norikv.domain.NoriException;
import norikv.sstable.BlockCache;

/// How large the parts of an [Lsm] are meant to be.
///
/// @param bands into how many bands shards are dealt, by number modulo this: 1 to 65536; fixed when
///     the folder is made, later values are ignored
public record LsmOptions(
        int bands,
        Memory memory,
        Tables tables,
        Levels levels,
        Jobs jobs,
        Pace pace,
        Scrub scrub,
        Residency residency,
        Room room) {
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
    /// @param compressedFrom from which level on, 0 to 6, blocks are compressed where that saves an
    ///     eighth; 7: from none. A compressed block takes less of the disk and is unpacked for each
    ///     read
    public record Tables(
            long tableBytes, int blockBytes, int filterBitsPerKey, int compressedFrom) {
        /// What [#compressedFrom] is where no level is compressed.
        public static final int NEVER_COMPRESSED = norikv.lsm.Levels.COUNT;

        public Tables {
            check("table bytes", tableBytes, KIB, 1 << 30);
            check("block bytes", blockBytes, 1, 32 * KIB);
            check("filter bits per key", filterBitsPerKey, 0, 20);
            check("compressed from level", compressedFrom, 0, NEVER_COMPRESSED);
        }

        /// Nothing compressed.
        public Tables(long tableBytes, int blockBytes, int filterBitsPerKey) {
            this(tableBytes, blockBytes, filterBitsPerKey, NEVER_COMPRESSED);
        }

        Tables withSizes(long newTableBytes, int newBlockBytes, int newFilterBitsPerKey) {
            return new Tables(newTableBytes, newBlockBytes, newFilterBitsPerKey, compressedFrom);
        }
    }

    /// When levels are merged. Level 0 is as deep as tables of it lie above one another.
    ///
    /// @param youngTrigger how deep level 0 gets before it is merged when flushes are rare; from 1
    /// @param youngBusyTrigger how deep it gets while flushes follow each other: what is
    ///     overwritten meanwhile is not merged in vain; at least the trigger
    /// @param youngMax how deep it is when pressure is 1; more than the busy trigger
    /// @param baseBytes how large the first level below level 0 is meant to be at least: about what
    ///     level 0 brings there at once; from 1 KiB
    /// @param ratio how many times larger each level is than the one above; 2 to 100
    public record Levels(
            int youngTrigger, int youngBusyTrigger, int youngMax, long baseBytes, int ratio) {
        public Levels {
            check("young trigger", youngTrigger, 1, 1000);
            check("young busy trigger", youngBusyTrigger, youngTrigger, 1000);
            check("young max", youngMax, youngBusyTrigger + 1, 10_000);
            check("base level bytes", baseBytes, KIB, 1L << 40);
            check("level ratio", ratio, 2, 100);
        }

        /// One trigger, however busy it is.
        public Levels(int youngTrigger, int youngMax, long baseBytes, int ratio) {
            this(youngTrigger, youngTrigger, youngMax, baseBytes, ratio);
        }
    }

    /// How much is merged at a time.
    ///
    /// @param loops how many compactions may run side by side, each on a thread; 1 to 16
    /// @param piecesMax into how many pieces one may be cut that run side by side; 1 to 16
    /// @param pieceBytesMin how much a piece is to read at least; from 1
    /// @param debtBytesAPlan how much debt makes one more compaction run beside the first; from 1
    /// @param quietMillis how long no flush must have come for level 0 to be merged at the lower of
    ///     its triggers; 0 to 3 600 000
    public record Jobs(
            int loops,
            int piecesMax,
            long pieceBytesMin,
            long debtBytesAPlan,
            long quietMillis) {
        public Jobs {
            check("compaction loops", loops, 1, 16);
            check("compaction pieces max", piecesMax, 1, 16);
            check("compaction piece bytes min", pieceBytesMin, 1, 1L << 40);
            check("debt bytes a plan", debtBytesAPlan, 1, 1L << 40);
            check("quiet ms", quietMillis, 0, 3_600_000);
        }

        /// {@return two loops or, on a larger machine, one for two processors, up to four; pieces
        /// only where a processor is left for others}
        static Jobs forProcessors(int processors) {
            int loops = Math.clamp(processors / 2, 2, 4);
            return new Jobs(loops, processors > 2 ? loops : 1, 64L * MIB, 1L << 30, 2000);
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

    /// How tables are read again in the background, to find damage before it is needed.
    ///
    /// @param bytesPerSecond how fast; 0 (never) or 4 KiB to 1 GiB
    /// @param intervalMillis how long after the beginning of a pass over all tables the next one
    ///     begins at the earliest; 1 to 2 592 000 000 (30 days)
    public record Scrub(long bytesPerSecond, long intervalMillis) {
        public Scrub {
            check("scrub bytes per second", bytesPerSecond, 0, 1 << 30);
            if (bytesPerSecond > 0) {
                check("scrub bytes per second", bytesPerSecond, 4 * KIB, 1 << 30);
            }
            check("scrub interval ms", intervalMillis, 1, 2_592_000_000L);
        }
    }

    /// Which tables are expected to be in the memory of the system, and read where they are mapped;
    /// all others are cold and read by position. Young levels come first.
    ///
    /// @param residentBytes bytes of tables that are mapped; 0 to 2^50; too much makes reads stop
    ///     for megabytes of read-ahead, too little makes them copy
    /// @param cacheBytes how much of cold tables is kept; 0 to 2^36; taken when the first is read
    public record Residency(long residentBytes, long cacheBytes) {
        public Residency {
            check("resident bytes", residentBytes, 0, 1L << 50);
            check("cache bytes", cacheBytes, 0, BlockCache.BYTES_MAX);
        }
    }

    /// How much of the disk is left free.
    ///
    /// @param marks below how many free bytes users' writes are refused
    /// @param reserveBytes how much is held back by a file of its own, which is given up when the
    ///     disk is full, so that flushes and compactions can still make room; 0 (none) to 1 TiB;
    ///     not counted as free
    public record Room(Watermarks marks, long reserveBytes) {
        /// Nothing is held back and nothing refused before the disk refuses.
        public static final Room ANY = new Room(Watermarks.NONE, 0);

        private static final int PART_LOW = 20;
        private static final int PART_FULL = 100;

        public Room {
            check("reserve bytes", reserveBytes, 0, 1L << 40);
        }

        /// {@return what suits a disk of so many bytes: users' puts are refused below one part in
        /// 20, 32 MiB to 8 GiB; other writes below one in 100, 8 MiB to 1 GiB; as much is held
        /// back, 256 MiB at most}
        public static Room of(long totalBytes) {
            long full = Math.clamp(totalBytes / PART_FULL, 8L * MIB, 1L << 30);
            long low = Math.clamp(totalBytes / PART_LOW, 32L * MIB, 8L << 30);
            return new Room(new Watermarks(low, full), Math.min(full, 256L * MIB));
        }
    }

    /// {@return what suits a small machine: memtables of 24 MiB and 96 MiB in all, tables of 32
    /// MiB, half of the machine's memory for tables that are mapped, a cache of 32 MiB for others}
    public static LsmOptions defaults() {
        return new LsmOptions(
                16,
                new Memory(24 * MIB, 96L * MIB, 192L * MIB, false),
                new Tables(32L * MIB, 4 * KIB, 10),
                new Levels(4, 8, 20, 96L * MIB, 10),
                Jobs.forProcessors(Runtime.getRuntime().availableProcessors()),
                new Pace(2048, 1000, MIB),
                new Scrub(4 * MIB, 86_400_000),
                new Residency(halfOfTheMachine(), 32L * MIB),
                Room.ANY);
    }

    public LsmOptions withBands(int count) {
        return new LsmOptions(count, memory, tables, levels, jobs, pace, scrub, residency, room);
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
        return new LsmOptions(bands, newMemory, tables, levels, jobs, pace, scrub, residency, room);
    }

    public LsmOptions withTableBytes(long bytes) {
        return withTables(tables.withSizes(bytes, tables.blockBytes, tables.filterBitsPerKey));
    }

    public LsmOptions withBlockBytes(int bytes) {
        return withTables(tables.withSizes(tables.tableBytes, bytes, tables.filterBitsPerKey));
    }

    public LsmOptions withFilterBitsPerKey(int bits) {
        return withTables(tables.withSizes(tables.tableBytes, tables.blockBytes, bits));
    }

    /// Compresses the blocks of levels from `level` on; none from 7 on.
    public LsmOptions withCompressionFrom(int level) {
        return withTables(
                new Tables(
                        tables.tableBytes, tables.blockBytes, tables.filterBitsPerKey, level));
    }

    public LsmOptions withTables(Tables newTables) {
        return new LsmOptions(bands, memory, newTables, levels, jobs, pace, scrub, residency, room);
    }

    public LsmOptions withLevels(Levels newLevels) {
        return new LsmOptions(bands, memory, tables, newLevels, jobs, pace, scrub, residency, room);
    }

    public LsmOptions withJobs(Jobs newJobs) {
        return new LsmOptions(bands, memory, tables, levels, newJobs, pace, scrub, residency, room);
    }

    public LsmOptions withPace(Pace newPace) {
        return new LsmOptions(bands, memory, tables, levels, jobs, newPace, scrub, residency, room);
    }

    public LsmOptions withScrub(Scrub newScrub) {
        return new LsmOptions(bands, memory, tables, levels, jobs, pace, newScrub, residency, room);
    }

    public LsmOptions withResidency(Residency newResidency) {
        return new LsmOptions(bands, memory, tables, levels, jobs, pace, scrub, newResidency, room);
    }

    public LsmOptions withRoom(Room newRoom) {
        return new LsmOptions(
                bands, memory, tables, levels, jobs, pace, scrub, residency, newRoom);
    }

    /// What the system can keep of files beside everything else.
    private static long halfOfTheMachine() {
        return ManagementFactory.getOperatingSystemMXBean() instanceof OperatingSystemMXBean system
                ? system.getTotalMemorySize() / 2
                : 1L << 30;
    }

    private static void check(String what, long value, long min, long max) {
        if (value < min || value > max) {
            throw NoriException.invalid(
                    "lsm: %s: %d to %d, got %d".formatted(what, min, max, value));
        }
    }
}
