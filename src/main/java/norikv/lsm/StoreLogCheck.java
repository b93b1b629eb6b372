package norikv.lsm;

import norikv.bytes.ByteReader;
import norikv.domain.NoriException;
import norikv.wal.Replay;
import norikv.wal.Wal;

/// Holds the records of a store's log against each other and against the tables: commits in order,
/// and none missing behind what is in tables.
///
/// **Threads.** Confined to one.
public final class StoreLogCheck implements Replay {
    private final String directory;
    private long lastIndex;
    private long lastLogTime;
    private long nextNeeded;
    private long records;

    /// @param directory of the log, for messages
    /// @param durable how far the store is in tables
    public StoreLogCheck(String directory, AppliedAt durable) {
        this.directory = directory;
        this.nextNeeded = durable.at().index() + 1;
    }

    /// {@return how many records were read}
    public long records() {
        return records;
    }

    /// **Errors.** [NoriException.Corruption] when the record is none of a store, or its commits do
    /// not follow.
    @Override
    public void record(long position, ByteReader record) {
        String place = Wal.describe(directory, position);
        records++;
        byte[] bytes = record.bytes(record.remaining()).toByteArray();
        var batch = new WriteBatch();
        StoreGroup.read(
                bytes,
                bytes.length,
                place,
                (entry, operations) -> {
                    batch.clear();
                    requireFollows(entry, place);
                    return StoreBatch.read(operations, entry.operations(), entry, batch);
                });
    }

    private void requireFollows(StoreEntry entry, String place) {
        long index = entry.index();
        boolean follows = index > lastIndex && index <= nextNeeded;
        boolean inTime = entry.logTimeMillis() >= lastLogTime;
        long from = lastIndex;
        long to = nextNeeded;
        lastIndex = Math.max(lastIndex, index);
        lastLogTime = Math.max(lastLogTime, entry.logTimeMillis());
        nextNeeded = Math.max(nextNeeded, index + 1);
        if (!follows || !inTime) {
            throw StoreLog.damaged(
                    place,
                    "a commit behind %d and up to %d, not before its time, got %d"
                            .formatted(from, to, index));
        }
    }
}
