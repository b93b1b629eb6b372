package norikv.lsm;

import java.util.function.Supplier;
import norikv.bytes.Bytes;
import norikv.domain.NoriException;
import norikv.domain.ShardId;
import norikv.domain.Version;

/// A position among the live items of a range over many shards, in the order of their keys.
///
/// It moves both ways, and never out of the bounds of its [RangePlan]. It sees each shard as it was
/// when the cursor was opened, or where its [Snapshot] stands, whole batches only, and keeps the
/// memtables and tables it was opened on until it is closed.
///
/// **Threads.** Confined to one at a time; any move may wait for the disk. **Errors.**
/// [norikv.domain.NoriException.Corruption] from any move; then it is not valid. **Limits.** A move
/// allocates nothing, but for longer keys and values than it met before.
public final class RangeCursor implements AutoCloseable {
    private final ReadState state;
    private final Janitor janitor;
    private final BandMerges merges;
    private final ScanView view;

    /// Null when this is closed: by then somebody else may have it.
    private BandMerge merge;

    private RangeCursor(
            ReadState state, Janitor janitor, BandMerges merges, ScanView view, BandMerge merge) {
        this.state = state;
        this.janitor = janitor;
        this.merges = merges;
        this.view = view;
        this.merge = merge;
    }

    /// Opens a cursor on `state`, whose reference it takes over, also if it fails.
    ///
    /// @param seen loads the places of the shards; called when the state is pinned, may fail
    static RangeCursor open(
            ReadState state,
            Janitor janitor,
            BandMerges merges,
            RangePlan plan,
            Supplier<ScanView> seen) {
        boolean opened = false;
        try {
            ScanView view = seen.get();
            BandMerge merge = merges.take();
            merge.attach(state, view, plan);
            opened = true;
            return new RangeCursor(state, janitor, merges, view, merge);
        } finally {
            if (!opened) {
                state.release(janitor);
            }
        }
    }

    /// {@return whether there is a current item; before the first seek there is none}
    public boolean isValid() {
        return merge != null && merge.top() != null && !merge.top().isPaused();
    }

    /// {@return whether the walk stopped because it looked at as many entries as it may: all items
    /// before [#key()], in its direction, were given, and none from there on}
    public boolean isPaused() {
        return merge != null && merge.top() != null && merge.top().isPaused();
    }

    /// Moves to the first item in range.
    public void seekToFirst() {
        requireOpen();
        try {
            merge.seekToFirst();
        } catch (InternalError e) {
            throw Lsm.unreadable(e);
        }
    }

    /// Moves to the last item in range.
    public void seekToLast() {
        requireOpen();
        try {
            merge.seekToLast();
        } catch (InternalError e) {
            throw Lsm.unreadable(e);
        }
    }

    /// Moves to the first item in range whose key is `key` or greater.
    public void seek(byte[] key, int offset, int length) {
        requireOpen();
        requireShort(length);
        try {
            merge.seek(key, offset, length);
        } catch (InternalError e) {
            throw Lsm.unreadable(e);
        }
    }

    /// As [#seek(byte[], int, int)].
    public void seek(Bytes key) {
        seek(key.array(), key.offset(), key.length());
    }

    /// Moves to the last item in range whose key is `key` or less.
    public void seekForPrev(byte[] key, int offset, int length) {
        requireOpen();
        requireShort(length);
        try {
            merge.seekForPrev(key, offset, length);
        } catch (InternalError e) {
            throw Lsm.unreadable(e);
        }
    }

    /// As [#seekForPrev(byte[], int, int)].
    public void seekForPrev(Bytes key) {
        seekForPrev(key.array(), key.offset(), key.length());
    }

    /// Moves to the item with the next greater key; only when valid.
    public void next() {
        assert isValid() : "next() of a cursor that stands on nothing";
        try {
            merge.next();
        } catch (InternalError e) {
            throw Lsm.unreadable(e);
        }
    }

    /// Moves to the item with the next smaller key; only when valid.
    public void prev() {
        assert isValid() : "prev() of a cursor that stands on nothing";
        try {
            merge.prev();
        } catch (InternalError e) {
            throw Lsm.unreadable(e);
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

    /// {@return the greatest log time that any shard is seen at}
    long logTimeMillisMax() {
        return view.logTimeMillisMax();
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
        if (merge != null) {
            merges.giveBack(merge);
            merge = null;
            state.release(janitor);
        }
    }

    private BandCursor top() {
        return merge.top();
    }

    private void requireOpen() {
        if (merge == null) {
            throw new NoriException.Closed("lsm: the cursor is closed");
        }
    }

    private static void requireShort(int keyLength) {
        if (keyLength > Lsm.KEY_BYTES_MAX) {
            throw NoriException.invalid(
                    "key: 0 to %d bytes, got %d".formatted(Lsm.KEY_BYTES_MAX, keyLength));
        }
    }
}
