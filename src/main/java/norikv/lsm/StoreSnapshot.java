package norikv.lsm;

import java.util.List;
import java.util.Optional;
import norikv.bytes.Bytes;

/// What a [Store] held at one moment, whatever is written afterwards.
///
/// It keeps no memory; versions that only it sees cost disk until it is closed. **Threads.** Any.
/// **Limits.** 256 open at a time.
public final class StoreSnapshot implements AutoCloseable {
    private final Store store;
    private final Snapshot snapshot;

    /// What expires is judged as of this time.
    private final long nowMillis;

    StoreSnapshot(Store store, Snapshot snapshot, long nowMillis) {
        this.store = store;
        this.snapshot = snapshot;
        this.nowMillis = nowMillis;
    }

    /// {@return the value that `key` had, if it had one}
    public Optional<byte[]> get(byte[] key) {
        store.requireUsable();
        GetResult found = GetResult.givingValuesAway();
        snapshot.get(Store.SHARD, Lsm.USER_SPACE, Bytes.wrap(key), Reach.DISK, found);
        Store.forget(found, nowMillis);
        return found.outcome() == GetResult.Outcome.FOUND
                ? Optional.of(found.value())
                : Optional.empty();
    }

    /// As [Store#multiGet], of what was there then.
    public List<Optional<byte[]>> multiGet(List<byte[]> keys) {
        store.requireUsable();
        MultiGet together = Store.together(keys);
        snapshot.multiGet(Lsm.USER_SPACE, together, Reach.DISK);
        return Store.values(together, nowMillis);
    }

    /// {@return a cursor over what was there, nowhere yet; must be closed}
    public StoreCursor cursor() {
        return cursor(Store.EMPTY, Store.EMPTY);
    }

    /// {@return a cursor over the keys that were there from `from` on and below `to`, nowhere yet;
    /// must be closed}
    public StoreCursor cursor(byte[] from, byte[] to) {
        store.requireUsable();
        return new StoreCursor(snapshot.cursor(StoreCursor.plan(from, to)), nowMillis);
    }

    @Override
    public void close() {
        snapshot.close();
    }
}
