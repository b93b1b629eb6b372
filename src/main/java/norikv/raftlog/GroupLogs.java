package norikv.raftlog;

import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.Consumer;
import java.util.function.LongFunction;
import norikv.bytes.ByteReader;
import norikv.bytes.ByteWriter;
import norikv.domain.ErrorCode;
import norikv.domain.NoriException;
import norikv.wal.Replay;
import norikv.wal.Wal;

/// All groups of a log, and what a batch does to them: the same code for a batch that has just
/// become durable and for one that is read back, so both end in the same state.
///
/// **Threads.** The table is replaced under this and read by anyone; groups guard themselves.
/// **Limits.** [RaftLog#GROUPS_MAX] groups.
final class GroupLogs implements Replay {
    /// Turns a position into words, for messages.
    private final LongFunction<String> place;

    /// By number; null where a group was never heard of.
    private volatile AtomicReferenceArray<GroupLog> table = new AtomicReferenceArray<>(0);

    private final AtomicLong unflushedEntries = new AtomicLong();
    private final AtomicLong unflushedBytes = new AtomicLong();

    /// The segment that is read back first: what its head says about gone entries is believed.
    private long oldestSegment = -1;

    GroupLogs(LongFunction<String> place) {
        this.place = place;
    }

    /// {@return what is known of `group`; an empty log if it was never heard of}
    GroupLog of(int group) {
        AtomicReferenceArray<GroupLog> seen = table;
        GroupLog log = group < seen.length() ? seen.get(group) : null;
        return log != null ? log : make(group);
    }

    void forEach(Consumer<GroupLog> action) {
        AtomicReferenceArray<GroupLog> seen = table;
        for (int group = 0; group < seen.length(); group++) {
            GroupLog log = seen.get(group);
            if (log != null) {
                action.accept(log);
            }
        }
    }

    long unflushedEntries() {
        return unflushedEntries.get();
    }

    long unflushedBytes() {
        return unflushedBytes.get();
    }

    void publish(GroupLog log) {
        log.publish(unflushedEntries, unflushedBytes);
    }

    @Override
    public void record(long position, ByteReader record) {
        apply(position, record);
    }

    @Override
    public void end() {
        forEach(
                log -> {
                    log.settle();
                    publish(log);
                });
    }

    /// Does what the batch at `position` says.
    ///
    /// **Errors.** [NoriException.Corruption] when it cannot follow what was there,
    /// [NoriException.Refused] when it says something that only a newer version understands.
    void apply(long position, ByteReader batch) {
        if (oldestSegment < 0) {
            oldestSegment = Wal.segmentOf(position);
        }
        int format = batch.u8();
        if (format != BatchFormat.FORMAT) {
            throw unknown(position, "batch format", format);
        }
        while (batch.remaining() > 0 && !batch.overrun()) {
            int type = batch.u8();
            int group = batch.varintUpTo(RaftLog.GROUPS_MAX - 1);
            GroupLog log = of(group);
            boolean follows = applyItem(type, log, position, batch);
            if (batch.overrun()) {
                break;
            }
            if (!follows) {
                throw new NoriException.Corruption(
                        "%s: item type %d at byte %d that follows %s, got another"
                                .formatted(place.apply(position), type, batch.position(), log));
            }
            publish(log);
        }
        if (batch.overrun()) {
            throw new NoriException.Corruption(
                    "%s: a whole batch, got one that ends inside of an item"
                            .formatted(place.apply(position)));
        }
    }

    /// Says everything about all groups, one item a group.
    void writeHead(ByteWriter writer, int bytesMax, Consumer<ByteWriter> record) {
        writer.clear();
        forEach(
                log -> {
                    if (writer.length() + BatchFormat.ITEM_BYTES_MAX > bytesMax) {
                        record.accept(writer);
                        writer.clear();
                    }
                    if (writer.length() == 0) {
                        writer.u8(BatchFormat.FORMAT);
                    }
                    writeState(writer, log.group(), log.state());
                });
        if (writer.length() > 0) {
            record.accept(writer);
        }
    }

    private synchronized GroupLog make(int group) {
        if (group >= table.length()) {
            int length = Math.clamp(2L * table.length(), group + 1, RaftLog.GROUPS_MAX);
            var longer = new AtomicReferenceArray<GroupLog>(length);
            for (int i = 0; i < table.length(); i++) {
                longer.setPlain(i, table.get(i));
            }
            table = longer;
        }
        if (table.get(group) == null) {
            table.set(group, new GroupLog(group));
        }
        return table.get(group);
    }

    private boolean applyItem(int type, GroupLog log, long position, ByteReader batch) {
        switch (type) {
            case BatchFormat.HARD_STATE -> {
                var state = new HardState(batch.varint(), batch.varint(), batch.varint());
                log.setHardState(state);
                return true;
            }
            case BatchFormat.ENTRIES -> {
                return applyEntries(log, position, batch);
            }
            case BatchFormat.COMPACT -> {
                return log.compactTo(batch.varint(), batch.varint());
            }
            case BatchFormat.RESTORE -> {
                log.restore(batch.varint(), batch.varint());
                return true;
            }
            case BatchFormat.TOMBSTONE -> {
                log.bury();
                return true;
            }
            case BatchFormat.STATE -> {
                return applyState(log, position, batch);
            }
            default -> throw unknown(position, "item type", type);
        }
    }

    private boolean applyEntries(GroupLog log, long position, ByteReader batch) {
        long previousIndex = batch.varint();
        long previousTerm = batch.varint();
        int count = batch.i32();
        if (batch.overrun() || count < 1) {
            return false;
        }
        if (!log.truncateAfter(previousIndex, previousTerm)) {
            return false;
        }
        long leastTerm = previousTerm;
        for (int i = 0; i < count; i++) {
            int start = batch.position();
            int bodyLength = batch.varintUpTo(Wal.RECORD_BYTES_MAX);
            batch.i32();
            int bodyAt = batch.position();
            int format = batch.u8();
            batch.u8();
            long term = batch.varint();
            int left = bodyLength - (batch.position() - bodyAt);
            batch.skip(left);
            if (batch.overrun() || term < leastTerm || term > GroupLog.TERM_MAX) {
                return false;
            }
            if (format != BatchFormat.ENTRY_FORMAT) {
                throw unknown(position + start, "entry format", format);
            }
            log.add(term, position + start, batch.position() - start);
            leastTerm = term;
        }
        return true;
    }

    private boolean applyState(GroupLog log, long position, ByteReader batch) {
        int flags = batch.u8();
        var hardState = new HardState(batch.varint(), batch.varint(), batch.varint());
        var state =
                new GroupState(
                        (flags & BatchFormat.TOMBSTONE_FLAG) != 0,
                        hardState,
                        batch.varint(),
                        batch.varint(),
                        batch.varint(),
                        batch.varint());
        if (batch.overrun()
                || state.baseIndex() < 0
                || state.baseIndex() > state.lastIndex()
                || (flags & ~BatchFormat.TOMBSTONE_FLAG) != 0) {
            return false;
        }
        if (Wal.segmentOf(position) == oldestSegment) {
            log.adopt(state);
            return true;
        }
        return log.agrees(state);
    }

    static void writeState(ByteWriter writer, int group, GroupState state) {
        writer.u8(BatchFormat.STATE)
                .varint(group)
                .u8(state.tombstone() ? BatchFormat.TOMBSTONE_FLAG : 0)
                .varint(state.hardState().term())
                .varint(state.hardState().vote())
                .varint(state.hardState().commit())
                .varint(state.baseIndex())
                .varint(state.baseTerm())
                .varint(state.lastIndex())
                .varint(state.lastTerm());
    }

    private NoriException unknown(long position, String what, int value) {
        return new NoriException.Refused(
                ErrorCode.VERSION_UNSUPPORTED,
                "%s: %s this version knows, got %d"
                        .formatted(place.apply(position), what, value));
    }
}
