package norikv.raft;

import java.util.ArrayList;
import java.util.List;
import norikv.domain.Version;

/// A log in memory that holds exactly what is durable.
final class MemoryLog implements LogReader {
    private final List<Entry> entries = new ArrayList<>();
    private Version base;
    private long baseTimeMillis;

    /// Reads that pretend to find nothing in memory.
    boolean cold;

    MemoryLog(Version base) {
        this.base = base;
    }

    void append(List<Entry> more) {
        if (!more.isEmpty()) {
            long from = more.getFirst().index();
            if (from > lastIndex() + 1 || from <= base.index()) {
                throw new AssertionError("gap: " + from + " behind " + lastIndex());
            }
            entries.subList((int) (from - base.index() - 1), entries.size()).clear();
            entries.addAll(more);
        }
    }

    void compactTo(long index) {
        if (index > base.index()) {
            Entry last = entry(index);
            entries.subList(0, (int) (index - base.index())).clear();
            base = last.at();
            baseTimeMillis = last.logTimeMillis();
        }
    }

    void startBehind(SnapshotMeta meta) {
        entries.clear();
        base = meta.at();
        baseTimeMillis = meta.logTimeMillis();
    }

    List<Entry> entries() {
        return entries;
    }

    boolean contains(Version at) {
        return at.index() <= base.index()
                || at.index() <= lastIndex() && term(at.index()) == at.term();
    }

    private Entry entry(long index) {
        return entries.get((int) (index - base.index() - 1));
    }

    @Override
    public long firstIndex() {
        return base.index() + 1;
    }

    @Override
    public long lastIndex() {
        return base.index() + entries.size();
    }

    @Override
    public long term(long index) {
        return index == base.index() ? base.term() : entry(index).term();
    }

    @Override
    public long logTimeMillis(long index) {
        return index == base.index() ? baseTimeMillis : entry(index).logTimeMillis();
    }

    @Override
    public List<Entry> read(long from, long to, int bytesMax) {
        List<Entry> found = new ArrayList<>();
        int bytes = 0;
        for (long index = from; index < to && !cold; index++) {
            bytes += entry(index).bytes();
            if (bytes > bytesMax && !found.isEmpty()) {
                break;
            }
            found.add(entry(index));
        }
        return found;
    }
}
