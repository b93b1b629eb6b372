package norikv.lsm;

import norikv.observe.Meter;
import norikv.sstable.BlockCache;

/// Decides which tables are expected to be in memory and read where they are mapped, and which are
/// cold and read by position: level by level from the youngest, as long as the budget lasts.
///
/// Young levels are small and every read asks them; the last one is most of the data and comes
/// last. Filters and indexes stay in memory for all.
///
/// **Threads.** Any; who replaces the levels tells.
final class Residency implements AutoCloseable {
    private final long residentBytes;
    private final BlockCache cache;

    Residency(LsmOptions.Residency options, Meter meter) {
        this.residentBytes = options.residentBytes();
        this.cache = new BlockCache(options.cacheBytes(), meter);
    }

    /// Tells each table of `levels` how it is to be read.
    void settle(Levels levels) {
        long left = residentBytes;
        for (int level = 0; level < Levels.COUNT; level++) {
            for (LiveTable table : levels.level(level)) {
                if (table.bytes() <= left) {
                    left -= table.bytes();
                    table.table().goResident();
                } else {
                    table.table().goCold(cache);
                }
            }
        }
    }

    /// Frees the cache, when nobody reads any more.
    @Override
    public void close() {
        cache.close();
    }
}
