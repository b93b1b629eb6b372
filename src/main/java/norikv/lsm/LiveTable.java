package norikv.lsm;

import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import norikv.domain.NoriException;
import norikv.sstable.Table;
import norikv.sstable.TableFacts;

/// A table of a level, as long as some [Levels] or job refers to it.
///
/// **Threads.** Any.
final class LiveTable {
    private final Table table;
    private final TableFacts facts;
    private final long rank;
    private final byte[] minKey;
    private final byte[] maxKey;
    private final AtomicInteger references = new AtomicInteger();

    /// Set when no level holds the table any more: then its file goes with it.
    private volatile boolean obsolete;

    /// Who is told of the first damage; null while nobody is.
    private volatile Quarantine quarantine;

    /// What is wrong with the table; null while nothing is known to be.
    private final AtomicReference<NoriException> fault = new AtomicReference<>();

    /// Why a block could not be read, the last time; null while that never was.
    private volatile NoriException unreadable;

    private final AtomicBoolean told = new AtomicBoolean();

    /// What of this belongs to dead tablets, as counted for one map of the live ones, or null.
    private volatile Dead dead;

    /// While it lasts, nothing is won by writing this again for what is useless in it.
    private volatile Rest rest = Rest.NONE;

    private record Dead(TabletMap tablets, long bytes) {}

    /// A table that is as new as its number is great.
    LiveTable(Table table) {
        this(table, table.facts().fileNumber());
    }

    /// @param rank of two overlapping tables of level 0 the one of the greater rank is newer
    LiveTable(Table table, long rank) {
        this.table = table;
        this.facts = table.facts();
        this.rank = rank;
        this.minKey = facts.minKey().toByteArray();
        this.maxKey = facts.maxKey().toByteArray();
        table.onFault(this::note);
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

    /// {@return how new this is among the tables of level 0: greater is newer}
    long rank() {
        return rank;
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

    /// {@return whether the bounds of the table leave room for a key that begins with `head`}
    boolean mayHoldHead(int head) {
        return InternalKey.headOf(minKey) <= head && head <= InternalKey.headOf(maxKey);
    }

    /// {@return whether the table is damaged and has nothing of `tablet`} Whoever looks for
    /// something of it, after a rebuild for example, need not meet the damage.
    boolean isDamagedAndOfOthers(int tablet) {
        if (!isQuarantined()) {
            return false;
        }
        for (TableFacts.TabletShare share : facts.tablets()) {
            if (share.tablet() == tablet) {
                return false;
            }
        }
        return true;
    }

    /// {@return the bytes of entries, before sharing, of tablets that are dead} Counted once
    /// for each map.
    long deadBytes(TabletMap tablets) {
        Dead known = dead;
        if (known == null || known.tablets() != tablets) {
            known = new Dead(tablets, countDead(tablets));
            dead = known;
        }
        return known.bytes();
    }

    private long countDead(TabletMap tablets) {
        long bytes = 0;
        for (TableFacts.TabletShare share : facts.tablets()) {
            bytes += tablets.isDead(share.tablet()) ? share.rawBytes() : 0;
        }
        return bytes;
    }

    Rest rest() {
        return rest;
    }

    /// Says that garbage in this is still needed by somebody.
    void setRest(Rest longer) {
        rest = longer;
    }

    boolean isObsolete() {
        return obsolete;
    }

    void setObsolete() {
        obsolete = true;
    }

    /// {@return whether something is wrong with the table: then no compaction touches it}
    boolean isQuarantined() {
        return fault.get() != null;
    }

    /// {@return what is wrong with the table}
    Optional<NoriException> fault() {
        return Optional.ofNullable(fault.get());
    }

    private void note(NoriException what) {
        if (what instanceof NoriException.Corruption) {
            suspect(what);
        } else {
            unreadable = what;
        }
    }

    /// {@return whether `failure` is the last that a read of this table met}
    boolean wasUnreadable(NoriException failure) {
        return unreadable == failure;
    }

    /// Notes that something is wrong, and tells once.
    void suspect(NoriException what) {
        fault.compareAndSet(null, what);
        tell();
    }

    /// All that was wrong is found to be right.
    void clear() {
        fault.set(null);
        told.set(false);
    }

    /// From now on `by` hears of damage; at once, if there is some already.
    void watchedBy(Quarantine by) {
        if (quarantine == null) {
            quarantine = by;
            tell();
        }
    }

    // Dekker: one side writes the fault, then reads who watches; the other writes who watches, then
    // reads the fault. So one of them tells, and `told` lets only one.
    private void tell() {
        Quarantine by = quarantine;
        if (by != null && fault.get() != null && told.compareAndSet(false, true)) {
            by.found(this);
        }
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
