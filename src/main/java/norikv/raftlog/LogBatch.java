package norikv.raftlog;

import java.nio.ByteBuffer;
import java.util.Arrays;
import norikv.bytes.ByteWriter;
import norikv.bytes.Bytes;
import norikv.wal.WalRecord;

/// What one pass of a worker wants durable, over any of its groups: found again whole or not at
/// all.
///
/// Filled, given to [RaftLog#append], and after its `done` has run cleared and filled again. Items
/// take effect in the order in which they were added. A method that adds returns false when what it
/// adds does not fit any more; then nothing was added, and the rest goes into another batch. An
/// empty batch takes any single item.
///
/// **Order.** Recovery may find this batch without the next one: the term of a hard state goes with
/// or before entries of that term, a commit index with or after the entries it covers.
/// **Threads.** Confined to the thread that fills it; between being accepted and `done` to the log.
public final class LogBatch extends WalRecord {
    /// The log it is for.
    interface Log {
        /// Makes visible what has become durable. **Threads.** The writer's loop.
        void durable(LogBatch batch, long position);
    }

    /// How many numbers [RaftLog] gets of each item, to check it before it accepts.
    private static final int ROW = 5;

    private final Log log;
    private final int bytesMax;
    private final ByteWriter writer;
    private final AppendCheck check = new AppendCheck(this);
    private long[] rows = new long[8 * ROW];
    private int rowCount;
    private boolean hasIntent;
    private int openGroup;
    private long openIndex;
    private int openCount;

    /// Where the open run of entries begins and where its count stands; 0 when no run is open.
    private int openAt;

    private int openCountAt;

    /// Who is told; set by the log.
    private Runnable done = () -> {};

    LogBatch(Log log, int bytesMax) {
        this.log = log;
        this.bytesMax = bytesMax;
        this.writer = new ByteWriter(4 << 10, bytesMax);
        clear();
    }

    /// Forgets all items.
    public void clear() {
        writer.clear();
        writer.u8(BatchFormat.FORMAT);
        rowCount = 0;
        hasIntent = false;
        openCountAt = 0;
    }

    public boolean isEmpty() {
        return rowCount == 0;
    }

    /// {@return how many bytes it has so far}
    public int bytes() {
        return writer.length();
    }

    /// {@return the longest payload that fits in an empty batch}
    public int payloadBytesMax() {
        return bytesMax - 1 - BatchFormat.ITEM_BYTES_MAX - BatchFormat.ENTRY_HEAD_BYTES_MAX;
    }

    /// Sets the hard state of `group`. The term never shrinks, the vote of a term never changes.
    public boolean hardState(int group, HardState state) {
        if (!begin(BatchFormat.HARD_STATE, group, state.term(), state.vote())) {
            return false;
        }
        writer.varint(state.term()).varint(state.vote()).varint(state.commit());
        return true;
    }

    /// Says where the entries stand that are added next: after the entry `(previousIndex,
    /// previousTerm)` of `group`, in place of all that followed it.
    public boolean after(int group, long previousIndex, long previousTerm) {
        dropEmptyRun();
        int start = writer.length();
        if (!begin(BatchFormat.ENTRIES, group, previousIndex, previousTerm)) {
            return false;
        }
        openAt = start;
        writer.varint(previousIndex).varint(previousTerm);
        openCountAt = writer.length();
        writer.i32(0);
        openGroup = group;
        openIndex = previousIndex;
        openCount = 0;
        return true;
    }

    /// Adds the next entry of the group that [#after] named last.
    ///
    /// @param term at least that of the entry before, at most 2⁴⁰ − 1
    /// @param kind 0 … 255
    public boolean entry(long term, long logTimeMillis, int kind, Bytes payload) {
        if (openCountAt == 0) {
            throw new IllegalStateException("entry: after(group, index, term) first");
        }
        long room = (long) bytesMax - writer.length();
        if (payload.length() + (long) BatchFormat.ENTRY_HEAD_BYTES_MAX > room) {
            return false;
        }
        int row = (rowCount - 1) * ROW;
        long least = openCount == 0 ? rows[row + 3] : rows[row + 4];
        if (term < least || term > GroupLog.TERM_MAX || kind < 0 || kind > 255) {
            throw new IllegalArgumentException(
                    "group %d entry %d: term in [%d, %d] and kind in [0, 255], got %d and %d"
                            .formatted(
                                    openGroup,
                                    openIndex + 1,
                                    least,
                                    GroupLog.TERM_MAX,
                                    term,
                                    kind));
        }
        openIndex++;
        openCount++;
        long seed = BatchFormat.seed(openGroup, openIndex);
        BatchFormat.writeEntry(writer, seed, term, logTimeMillis, kind, payload);
        writer.patchI32(openCountAt, openCount);
        rows[row + 4] = term;
        rowLast(openIndex);
        return true;
    }

    /// Drops the entries of `group` up to `(index, term)`, which must be durable, and keeps those
    /// after it. What is older than the first index is dropped already.
    public boolean compactTo(int group, long index, long term) {
        if (!begin(BatchFormat.COMPACT, group, index, term)) {
            return false;
        }
        writer.varint(index).varint(term);
        return true;
    }

    /// Drops all entries of `group`: the next one follows `(index, term)`, because a snapshot holds
    /// what is up to there.
    public boolean restore(int group, long index, long term) {
        if (!begin(BatchFormat.RESTORE, group, index, term)) {
            return false;
        }
        writer.varint(index).varint(term);
        return true;
    }

    /// Forgets `group`: its entries, its hard state, all but the fact that it is gone.
    public boolean tombstone(int group) {
        return begin(BatchFormat.TOMBSTONE, group, 0, 0);
    }

    /// Says that a snapshot of `group` is about to be installed. Until [#done] or [#abort] nothing
    /// can be appended for the group but hard states, and no entry after the index is recycled.
    public boolean intent(int group, Intent intent) {
        if (!begin(BatchFormat.INTENT, group, intent.index(), intent.tablet())) {
            return false;
        }
        hasIntent = true;
        writer.varint(intent.index()).varint(intent.term());
        writer.varint(Integer.toUnsignedLong(intent.tablet()));
        return true;
    }

    /// Says that the snapshot of the open intent of `group` is installed. What becomes of the log
    /// goes into the same batch, behind this: [#compactTo] where the log has the snapshot's last
    /// entry, [#restore] where not.
    public boolean done(int group, int tablet) {
        return end(BatchFormat.DONE, group, tablet);
    }

    /// Says that the snapshot of the open intent of `group` was not installed.
    public boolean abort(int group, int tablet) {
        return end(BatchFormat.ABORT, group, tablet);
    }

    private boolean end(int type, int group, int tablet) {
        if (!begin(type, group, 0, tablet)) {
            return false;
        }
        writer.varint(Integer.toUnsignedLong(tablet));
        return true;
    }

    boolean hasIntent() {
        return hasIntent;
    }

    int rowCount() {
        return rowCount;
    }

    int rowType(int row) {
        return (int) rows[row * ROW];
    }

    int rowGroup(int row) {
        return (int) (rows[row * ROW] >>> 32);
    }

    /// {@return the first number of the item: an index, or a term}
    long rowFirst(int row) {
        return rows[row * ROW + 2];
    }

    /// {@return the second number of the item: a term, or a vote}
    long rowSecond(int row) {
        return rows[row * ROW + 3];
    }

    /// {@return the index of the last entry of the item}
    long rowLastIndex(int row) {
        return rows[row * ROW + 1];
    }

    /// {@return the term of the last entry of the item}
    long rowLastTerm(int row) {
        return rows[row * ROW + 4];
    }

    byte[] array() {
        return writer.array();
    }

    AppendCheck check() {
        return check;
    }

    void done(Runnable listener) {
        done = listener;
    }

    @Override
    protected int length() {
        return writer.length();
    }

    @Override
    protected void writeTo(ByteBuffer target) {
        target.put(writer.array(), 0, writer.length());
    }

    @Override
    protected void durable(long position) {
        log.durable(this, position);
        done.run();
    }

    private boolean begin(int type, int group, long first, long second) {
        RaftLog.checkGroup(group);
        dropEmptyRun();
        if (writer.length() + BatchFormat.ITEM_BYTES_MAX > bytesMax) {
            return false;
        }
        if ((rowCount + 1) * ROW > rows.length) {
            rows = Arrays.copyOf(rows, 2 * rows.length);
        }
        int row = rowCount++ * ROW;
        rows[row] = (long) group << 32 | type;
        rows[row + 1] = first;
        rows[row + 2] = first;
        rows[row + 3] = second;
        rows[row + 4] = second;
        writer.u8(type).varint(group);
        return true;
    }

    /// Takes back an [#after] that no entry followed: it says nothing.
    void dropEmptyRun() {
        if (openCountAt != 0 && openCount == 0) {
            writer.cutTo(openAt);
            rowCount--;
        }
        openCountAt = 0;
    }

    private void rowLast(long index) {
        rows[(rowCount - 1) * ROW + 1] = index;
    }
}
