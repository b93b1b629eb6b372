package norikv.lsm;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import norikv.bytes.Bytes;
import norikv.domain.ShardId;
import norikv.domain.Version;
import norikv.sstable.Cursor;
import norikv.sstable.TableCursor;

/// The live items of a range over all shards, in the order of their keys.
///
/// A heap over one cursor a band; a key belongs to one shard and so to one band: no two items are
/// equal. It sees each shard as it was when the cursor was opened, whole batches only, and keeps
/// the memtables and tables it was opened on until it is closed.
///
/// **Threads.** Confined to one at a time; it may wait for the disk. **Errors.**
/// [norikv.domain.NoriException.Corruption] from any move; then it is not valid.
public final class RangeCursor implements AutoCloseable {
    private final ReadState state;
    private final Janitor janitor;
    private final TableCursors tableCursors;
    private final List<TableCursor> borrowed = new ArrayList<>();
    private final ScanView view;
    private final boolean backward;

    /// Null where no shard of the band is wanted.
    private final BandCursor[] bands;

    /// The bands that have an item left, and the first eight bytes of its user key.
    private final int[] heap;

    private final long[] prefixes;
    private int size;
    private boolean closed;

    private RangeCursor(
            ReadState state,
            Janitor janitor,
            TableCursors cursors,
            ScanView view,
            int bandCount,
            boolean backward) {
        this.state = state;
        this.janitor = janitor;
        this.tableCursors = cursors;
        this.view = view;
        this.backward = backward;
        this.bands = new BandCursor[bandCount];
        this.heap = new int[bandCount];
        this.prefixes = new long[bandCount];
    }

    /// Opens a cursor on the current state, which is retained until the cursor is closed.
    static RangeCursor open(
            ReadStates states,
            Janitor janitor,
            TableCursors cursors,
            int bandCount,
            RangePlan plan) {
        ReadState state = states.retain();
        ScanView view = view(state, janitor, bandCount, plan);
        var cursor = new RangeCursor(state, janitor, cursors, view, bandCount, plan.backward());
        boolean opened = false;
        try {
            cursor.start(plan);
            opened = true;
            return cursor;
        } catch (InternalError e) {
            throw Lsm.unreadable(e);
        } finally {
            if (!opened) {
                cursor.close();
            }
        }
    }

    /// Asks for the shards, which may fail, and loads their places.
    private static ScanView view(
            ReadState state, Janitor janitor, int bandCount, RangePlan plan) {
        boolean viewed = false;
        try {
            var view = new ScanView(state, bandCount, plan.shards());
            viewed = true;
            return view;
        } finally {
            if (!viewed) {
                state.release(janitor);
            }
        }
    }

    private void start(RangePlan plan) {
        for (int band = 0; band < bands.length; band++) {
            if (!view.wants(band)) {
                continue;
            }
            int head = InternalKey.head(plan.space(), band);
            bands[band] = new BandCursor(entries(), view, head, plan);
            if (bands[band].isValid()) {
                loadPrefix(band);
                heap[size++] = band;
            }
        }
        for (int at = size / 2 - 1; at >= 0; at--) {
            sink(at);
        }
    }

    /// {@return a cursor over all entries, those of newer places first}
    private MergeCursor entries() {
        List<Cursor> sources = new ArrayList<>();
        state.memtables().forEach(memtable -> sources.add(memtable.cursor()));
        for (LiveTable table : state.levels().level(0)) {
            TableCursor cursor = borrow();
            cursor.attach(table.table(), norikv.sstable.Reach.DISK);
            sources.add(cursor);
        }
        for (int level = 1; level < Levels.COUNT; level++) {
            if (!state.levels().level(level).isEmpty()) {
                sources.add(new LevelCursor(state.levels(), level, borrow()));
            }
        }
        return new MergeCursor(sources.toArray(Cursor[]::new));
    }

    private TableCursor borrow() {
        TableCursor cursor = tableCursors.take();
        borrowed.add(cursor);
        return cursor;
    }

    /// {@return whether there is a current item}
    public boolean isValid() {
        return size > 0 && !top().isPaused();
    }

    /// {@return whether the walk stopped because it looked at as many entries as it may: all items
    /// before [#key()] were given, and none from there on}
    public boolean isPaused() {
        return size > 0 && top().isPaused();
    }

    /// Moves to the next item in the direction asked for; only when valid.
    public void next() {
        int valid = size;
        size = 0; // if the move fails, this is not valid
        int band = heap[0];
        try {
            bands[band].next();
        } catch (InternalError e) {
            throw Lsm.unreadable(e);
        }
        size = valid;
        if (bands[band].isValid()) {
            loadPrefix(band);
        } else {
            heap[0] = heap[--size];
        }
        if (size > 0) {
            sink(0);
        }
    }

    public ShardId shard() {
        return view.shard(top().slot());
    }

    /// {@return a copy of the key, of the current item or where the walk paused}
    public Bytes key() {
        return Bytes.copyOf(keyArray(), keyOffset(), keyLength());
    }

    /// {@return the array that the key lies in until the cursor moves}
    public byte[] keyArray() {
        return top().key();
    }

    public int keyOffset() {
        return InternalKey.HEAD_BYTES;
    }

    public int keyLength() {
        return top().keyLength() - InternalKey.HEAD_BYTES;
    }

    public Version version() {
        return new Version(top().term(), top().index());
    }

    /// {@return when the item expires, log time in milliseconds; 0 if it does not}
    public long expiresAtMillis() {
        return top().expiresAtMillis();
    }

    /// {@return the log time by which the items of this shard were judged}
    public long appliedLogTimeMillis() {
        return view.appliedLogTimeMillis(top().slot());
    }

    public int valueLength() {
        return top().valueLength();
    }

    /// Copies the value into `target` from `at` on.
    public void copyValue(byte[] target, int at) {
        top().copyValue(target, at);
    }

    @Override
    public void close() {
        if (!closed) {
            closed = true;
            size = 0;
            borrowed.forEach(tableCursors::giveBack);
            borrowed.clear();
            state.release(janitor);
        }
    }

    private BandCursor top() {
        return bands[heap[0]];
    }

    private void loadPrefix(int band) {
        BandCursor cursor = bands[band];
        prefixes[band] =
                InternalKey.prefixOf(
                        cursor.key(),
                        InternalKey.HEAD_BYTES,
                        cursor.keyLength() - InternalKey.HEAD_BYTES);
    }

    private void sink(int start) {
        int band = heap[start];
        int at = start;
        while (true) {
            int child = 2 * at + 1;
            if (child >= size) {
                break;
            }
            if (child + 1 < size && comesFirst(heap[child + 1], heap[child])) {
                child++;
            }
            if (comesFirst(band, heap[child])) {
                break;
            }
            heap[at] = heap[child];
            at = child;
        }
        heap[at] = band;
    }

    private boolean comesFirst(int one, int other) {
        long left = prefixes[one];
        long right = prefixes[other];
        if (left != right) {
            return Long.compareUnsigned(left, right) < 0 != backward;
        }
        int order =
                Arrays.compareUnsigned(
                        bands[one].key(),
                        InternalKey.HEAD_BYTES,
                        bands[one].keyLength(),
                        bands[other].key(),
                        InternalKey.HEAD_BYTES,
                        bands[other].keyLength());
        return order < 0 != backward;
    }
}
