package norikv.host;

import java.util.ArrayList;
import java.util.List;
import norikv.port.Storage;
import norikv.raft.Entry;
import norikv.raft.LogReader;
import norikv.raftlog.LogEntry;
import norikv.raftlog.RaftLog;

/// One group's log as its core reads it: the newest entries from memory, older ones from the shared
/// log.
///
/// In memory is what was handed over to be persisted and is not applied here. What a follower needs
/// beyond that comes from the cache of the shared log, or from the disk: then a read finds nothing,
/// [#takeWanted()] says what is to be fetched, and [#fetched] brings it.
///
/// **Threads.** The worker's. **Limits.** What is not applied is bounded by the core; what was
/// fetched by [#FETCH_BYTES_MAX].
final class ReplicaLog implements LogReader {
    /// About how much is fetched at a time; one entry may be longer.
    static final int FETCH_BYTES_MAX = 1 << 20;

    private static final long NOTHING = 0;
    private static final int RING_MIN = 8;

    /// Entries that are neither in memory nor in the cache of the shared log.
    ///
    /// @param from the first; 0: none are wanted
    /// @param end before this one: what follows may be replaced while it is read
    /// @param replacements how often entries had been replaced by then
    record Wanted(long from, long end, int replacements) {
        boolean isNothing() {
            return from == NOTHING;
        }
    }

    private final int group;
    private final RaftLog log;

    /// A ring: the entry at `index` stands at `index` modulo its length, a power of two.
    private Entry[] ring = new Entry[RING_MIN];

    /// The entries in the ring are `ringFirst` … `ringEnd` − 1.
    private long ringFirst;

    private long ringEnd;

    /// Where the state machine stands, and the stamp of that entry.
    private long appliedIndex;

    private long appliedStampMillis;

    private List<Entry> fetched = List.of();
    private long wanted = NOTHING;

    /// How often entries were replaced that somebody may be fetching.
    private int replacements;

    /// Whether the log is about to begin anew and is shown as it was: only its last entry, which is
    /// all that a core asks about that takes none.
    private boolean isFrozen;

    private long frozenLast;
    private long frozenTerm;

    ReplicaLog(int group, RaftLog log, Storage.Applied applied) {
        this.group = group;
        this.log = log;
        this.appliedIndex = applied.at().index();
        this.appliedStampMillis = applied.logTimeMillis();
        this.ringFirst = log.lastIndex(group) + 1;
        this.ringEnd = ringFirst;
    }

    @Override
    public long firstIndex() {
        return isFrozen ? frozenLast + 1 : log.firstIndex(group);
    }

    @Override
    public long lastIndex() {
        return isFrozen ? frozenLast : log.lastIndex(group);
    }

    @Override
    public long term(long index) {
        if (isFrozen && index == frozenLast) {
            return frozenTerm;
        }
        return isInRing(index) ? at(index).term() : log.term(group, index);
    }

    @Override
    public long logTimeMillis(long index) {
        if (isInRing(index)) {
            return at(index).logTimeMillis();
        }
        if (index == appliedIndex) {
            return appliedStampMillis;
        }
        List<LogEntry> stored = log.entries(group, index, 0);
        return stored.isEmpty() ? appliedStampMillis : stored.getFirst().logTimeMillis();
    }

    @Override
    public List<Entry> read(long from, long to, int bytesMax) {
        if (isInRing(from)) {
            return fromRing(from, Math.min(to, ringEnd), bytesMax);
        }
        // From the ring's first on the shared log may still have what was replaced.
        long end = Math.min(to, ringFirst);
        List<Entry> before = fromFetched(from, end, bytesMax);
        if (!before.isEmpty()) {
            return before;
        }
        if (log.isInMemory(group, from)) {
            return bounded(decode(log.entries(group, from, bytesMax)), end, bytesMax);
        }
        wanted = from;
        return List.of();
    }

    /// Notes entries that are handed to the shared log; they replace what stands at their indexes
    /// and behind.
    ///
    /// @return the term of the entry that they follow
    long append(List<Entry> entries) {
        long first = entries.getFirst().index();
        long previousTerm = term(first - 1);
        replacements += first < ringFirst ? 1 : 0;
        if (first < ringFirst || first > ringEnd) {
            ring = new Entry[RING_MIN];
            ringFirst = ringEnd = first;
        }
        for (long index = first; index < ringEnd; index++) {
            ring[slot(index)] = null;
        }
        ringEnd = first;
        for (int i = 0; i < entries.size(); i++) {
            if (ringEnd - ringFirst == ring.length) {
                grow();
            }
            ring[slot(ringEnd++)] = entries.get(i);
        }
        if (!fetched.isEmpty() && fetched.getLast().index() >= first) {
            fetched = List.of();
        }
        return previousTerm;
    }

    /// Everything up to `index` is applied, and durable therefore.
    void applied(long index, long stampMillis) {
        appliedIndex = index;
        appliedStampMillis = stampMillis;
        while (ringFirst < ringEnd && ringFirst <= index) {
            ring[slot(ringFirst++)] = null;
        }
        if (ringFirst == ringEnd && ring.length > RING_MIN) {
            ring = new Entry[RING_MIN];
        }
    }

    /// Shows the log as it is now, although it is about to begin anew: the core must not see that
    /// before it is told.
    void freeze() {
        frozenLast = lastIndex();
        frozenTerm = term(frozenLast);
        isFrozen = true;
    }

    /// The log has begun anew behind `place`, which is where the state machine stands.
    void installed(Storage.Applied place) {
        isFrozen = false;
        ring = new Entry[RING_MIN];
        ringFirst = ringEnd = place.at().index() + 1;
        appliedIndex = place.at().index();
        appliedStampMillis = place.logTimeMillis();
        fetched = List.of();
        replacements++;
    }

    /// {@return what must be fetched, once}
    Wanted takeWanted() {
        var taken = new Wanted(wanted, ringFirst, replacements);
        wanted = NOTHING;
        return taken;
    }

    /// Reads what is wanted from the disk. **Threads.** Any.
    List<Entry> fetch(Wanted what) {
        List<LogEntry> stored = log.entries(group, what.from, FETCH_BYTES_MAX);
        return bounded(decode(stored), what.end, Long.MAX_VALUE);
    }

    /// Takes what was fetched, unless some of it was replaced meanwhile.
    void fetched(Wanted what, List<Entry> entries) {
        fetched = what.replacements == replacements ? entries : List.of();
    }

    private List<Entry> fromRing(long from, long to, int bytesMax) {
        List<Entry> found = new ArrayList<>();
        long bytes = 0;
        for (long index = from; index < to; index++) {
            Entry entry = at(index);
            bytes += entry.bytes();
            if (bytes > bytesMax && !found.isEmpty()) {
                break;
            }
            found.add(entry);
        }
        return found;
    }

    private List<Entry> fromFetched(long from, long to, int bytesMax) {
        if (fetched.isEmpty()
                || from < fetched.getFirst().index()
                || from > fetched.getLast().index()) {
            return List.of();
        }
        int skip = (int) (from - fetched.getFirst().index());
        return bounded(fetched.subList(skip, fetched.size()), to, bytesMax);
    }

    private static List<Entry> bounded(List<Entry> entries, long to, long bytesMax) {
        int count = 0;
        long bytes = 0;
        for (Entry entry : entries) {
            bytes += entry.bytes();
            if (entry.index() >= to || bytes > bytesMax && count > 0) {
                break;
            }
            count++;
        }
        return List.copyOf(entries.subList(0, count));
    }

    private List<Entry> decode(List<LogEntry> stored) {
        List<Entry> entries = new ArrayList<>(stored.size());
        for (LogEntry entry : stored) {
            entries.add(EntryKind.decode(group, entry));
        }
        return entries;
    }

    private boolean isInRing(long index) {
        return index >= ringFirst && index < ringEnd;
    }

    private Entry at(long index) {
        return ring[slot(index)];
    }

    private void grow() {
        Entry[] wider = new Entry[2 * ring.length];
        for (long index = ringFirst; index < ringEnd; index++) {
            wider[(int) (index & wider.length - 1)] = at(index);
        }
        ring = wider;
    }

    private int slot(long index) {
        return (int) (index & ring.length - 1);
    }
}
