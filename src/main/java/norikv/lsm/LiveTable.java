package norikv.lsm;

import java.util.concurrent.atomic.AtomicInteger;
import norikv.sstable.Table;
import norikv.sstable.TableFacts;

/// A table of a level, as long as some [Levels] or job refers to it.
///
/// **Threads.** Any.
final class LiveTable {
    private final Table table;
    private final TableFacts facts;
    private final byte[] minKey;
    private final byte[] maxKey;
    private final AtomicInteger references = new AtomicInteger();

    /// Set when no level holds the table any more: then its file goes with it.
    private volatile boolean obsolete;

    /// Set when a block turned out damaged: no compaction touches the table again.
    private volatile boolean quarantined;

    LiveTable(Table table) {
        this.table = table;
        this.facts = table.facts();
        this.minKey = facts.minKey().toByteArray();
        this.maxKey = facts.maxKey().toByteArray();
    }

    Table table() {
        return table;
    }

    TableFacts facts() {
        return facts;
    }

    long number() {
        return facts.fileNumber();
    }

    long bytes() {
        return facts.bytes();
    }

    byte[] minKey() {
        return minKey;
    }

    byte[] maxKey() {
        return maxKey;
    }

    /// {@return the bytes of entries, before sharing, of tablets that are not live}
    long deadBytes(TabletMap tablets) {
        long dead = 0;
        for (TableFacts.TabletShare share : facts.tablets()) {
            dead += tablets.isLive(share.tablet()) ? 0 : share.rawBytes();
        }
        return dead;
    }

    boolean isObsolete() {
        return obsolete;
    }

    void setObsolete() {
        obsolete = true;
    }

    boolean isQuarantined() {
        return quarantined;
    }

    void quarantine() {
        quarantined = true;
    }

    void retain() {
        references.getAndIncrement();
    }

    /// {@return whether that was the last reference}
    boolean release() {
        int left = references.decrementAndGet();
        assert left >= 0 : "released too often";
        return left == 0;
    }

    @Override
    public String toString() {
        return table.path();
    }
}
