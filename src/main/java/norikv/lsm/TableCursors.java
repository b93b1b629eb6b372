package norikv.lsm;

import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import norikv.sstable.TableCursor;

/// Table cursors that wait to be used again: each has scratch in native memory, which is dear to
/// make for a scan of ten items.
///
/// **Threads.** Any. **Limits.** Keeps [#KEPT_MAX] at most, some 2 KiB each.
final class TableCursors {
    static final int KEPT_MAX = 1024;

    private final ConcurrentLinkedQueue<TableCursor> kept = new ConcurrentLinkedQueue<>();
    private final AtomicInteger count = new AtomicInteger();

    TableCursor take() {
        TableCursor cursor = kept.poll();
        if (cursor == null) {
            return new TableCursor();
        }
        count.getAndDecrement();
        return cursor;
    }

    /// Closes `cursor` and keeps it for the next.
    void giveBack(TableCursor cursor) {
        cursor.close();
        if (count.get() < KEPT_MAX) {
            count.getAndIncrement();
            kept.add(cursor);
        }
    }
}
