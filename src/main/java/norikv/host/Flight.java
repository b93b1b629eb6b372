package norikv.host;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.ObjLongConsumer;
import norikv.domain.Limits;
import norikv.raft.Entry;
import norikv.raft.HardState;
import norikv.raft.RaftOptions;
import norikv.raft.Ready;
import norikv.raftlog.LogBatch;

/// One batch on its way into the log, and whose records are in it. Used again when it is durable.
///
/// **Threads.** The worker's; while the log has it only the batch inside is touched.
final class Flight {
    /// What a record of one group may take in a batch besides its entries, and what each entry may
    /// besides its command.
    private static final int RECORD_BYTES_MAX = 192;

    private static final int ENTRY_BYTES_MAX = 64;

    final LogBatch batch;

    /// Told by the log when the batch is durable.
    final Runnable done;

    long beganNanos;
    private final int bytesMax;

    /// In order; one replica may have several records.
    private final List<Replica> replicas = new ArrayList<>();

    private long[] records = new long[16];
    private int entryCount;

    /// @param tell takes the message that the batch is durable, on the log's thread
    Flight(LogBatch batch, Consumer<HostMessage> tell) {
        this.batch = batch;
        this.bytesMax = batch.payloadBytesMax();
        var message = new HostMessage.Durable(this);
        this.done = () -> tell.accept(message);
    }

    /// {@return what a group may have on its way at once, so that the longest record of it fits in
    /// a batch}
    static RaftOptions bounded(RaftOptions options, int recordBytesMax) {
        // Three quarters at least: the longest value must pass where segments are small.
        int command = Math.min(Limits.REQUEST_BYTES_MAX + 1024, recordBytesMax / 4 * 3);
        int rest = (recordBytesMax - command) / 2 - 512;
        return options.withWindow(rest, options.inFlightMessagesMax(), options.inFlightBytesMax())
                .withBounds(rest, command, options.committedBytesMax(), options.readsMax());
    }

    /// {@return whether there is room for a record}
    ///
    /// @param bytes of its entries, counted as [Entry#bytes()]
    boolean fits(long bytes, long entries) {
        long overhead = entries * (ENTRY_BYTES_MAX - Entry.OVERHEAD_BYTES) + RECORD_BYTES_MAX;
        return batch.bytes() + bytes + overhead <= bytesMax;
    }

    void clear() {
        batch.clear();
        replicas.clear();
        entryCount = 0;
    }

    boolean isEmpty() {
        return replicas.isEmpty();
    }

    int entryCount() {
        return entryCount;
    }

    int recordCount() {
        return replicas.size();
    }

    /// Puts the record of `ready` into the batch, which has room for it.
    void add(Replica replica, Ready ready) {
        int group = replica.group;
        boolean fits = true;
        if (ready.hardState().isPresent()) {
            HardState hard = ready.hardState().get();
            fits =
                    batch.hardState(
                            group,
                            new norikv.raftlog.HardState(
                                    hard.term(), hard.vote(), hard.commit()));
        }
        List<Entry> entries = ready.entries();
        if (!entries.isEmpty()) {
            long previousTerm = replica.log.append(entries);
            fits &= batch.after(group, entries.getFirst().index() - 1, previousTerm);
            for (int i = 0; i < entries.size(); i++) {
                Entry entry = entries.get(i);
                fits &=
                        batch.entry(
                                entry.term(),
                                entry.logTimeMillis(),
                                EntryKind.number(entry.kind()),
                                entry.command());
            }
        }
        if (!fits) {
            throw new IllegalStateException("batch: room for what was counted, got none");
        }
        if (replicas.size() == records.length) {
            records = Arrays.copyOf(records, 2 * records.length);
        }
        records[replicas.size()] = ready.record();
        replicas.add(replica);
        entryCount += entries.size();
    }

    /// Calls `action` with each record, in order.
    void forEachRecord(ObjLongConsumer<Replica> action) {
        for (int i = 0; i < replicas.size(); i++) {
            action.accept(replicas.get(i), records[i]);
        }
    }
}
