package norikv.sim;

import java.util.ArrayList;
import java.util.List;
import norikv.bytes.Bytes;
import norikv.domain.Version;
import norikv.raft.Entry;
import norikv.raft.LogReader;
import norikv.raftlog.LogEntry;
import norikv.raftlog.RaftLog;

/// One group of a `raftlog`, as its core reads it.
final class LogView implements LogReader {
    private static final Entry.Kind[] KINDS = Entry.Kind.values();

    private final RaftLog log;
    private final int group;

    /// Knows the stamp at the index that the log begins behind.
    private final HostedReplica replica;

    /// Whether entries that are not in memory are refused, so that they must be fetched.
    boolean isCold;

    /// Whether some were refused.
    boolean wantsFetch;

    private boolean isFrozen;
    private long frozenFirst;
    private long frozenLast;
    private long frozenTerm;

    LogView(RaftLog log, HostedReplica replica, int group) {
        this.log = log;
        this.replica = replica;
        this.group = group;
    }

    /// Shows the log as it is now, although it is about to begin anew: the core must not see that
    /// before it is told.
    void freeze() {
        frozenFirst = firstIndex();
        frozenLast = lastIndex();
        frozenTerm = term(frozenLast);
        isFrozen = true;
    }

    void thaw() {
        isFrozen = false;
    }

    @Override
    public long firstIndex() {
        return isFrozen ? frozenFirst : log.firstIndex(group);
    }

    @Override
    public long lastIndex() {
        return isFrozen ? frozenLast : log.lastIndex(group);
    }

    @Override
    public long term(long index) {
        return isFrozen && index == frozenLast ? frozenTerm : log.term(group, index);
    }

    @Override
    public long logTimeMillis(long index) {
        List<LogEntry> found = log.entries(group, index, 0);
        return found.isEmpty()
                ? replica.logTimeMillis(index)
                : found.getFirst().logTimeMillis();
    }

    @Override
    public List<Entry> read(long from, long to, int bytesMax) {
        if (isCold && !log.isInMemory(group, from)) {
            wantsFetch = true;
            return List.of();
        }
        List<Entry> entries = new ArrayList<>();
        int bytes = 0;
        for (LogEntry stored : log.entries(group, from, bytesMax)) {
            Entry entry = entry(stored);
            bytes += entry.bytes();
            if (entry.index() >= to || !entries.isEmpty() && bytes > bytesMax) {
                break;
            }
            entries.add(entry);
        }
        return entries;
    }

    /// {@return all entries from `from` on}
    List<Entry> readFrom(long from) {
        List<Entry> entries = new ArrayList<>();
        while (from + entries.size() <= lastIndex()) {
            log.entries(group, from + entries.size(), 1 << 16).forEach(e -> entries.add(entry(e)));
        }
        return entries;
    }

    static int kindOf(Entry entry) {
        return entry.kind().ordinal();
    }

    static Bytes payloadOf(Entry entry) {
        return entry.command();
    }

    private static Entry entry(LogEntry stored) {
        return new Entry(
                new Version(stored.term(), stored.index()),
                stored.logTimeMillis(),
                KINDS[stored.kind()],
                stored.payload());
    }
}
