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
                    if (!log.settle()) {
                        throw new NoriException.Corruption(
                                "%s: all entries that some head restates, got some of %s"
                                        .formatted(
                                                place.apply(Wal.position(oldestSegment, 0)), log));
                    }
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
                    if (writer.length() + BatchFormat.STATE_BYTES_MAX > bytesMax) {
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
            case BatchFormat.RESTATED -> {
                return applyRestated(log, position, batch);
            }
            case BatchFormat.INTENT -> {
                return log.begin(readIntent(batch));
            }
            case BatchFormat.DONE, BatchFormat.ABORT -> {
                return log.end((int) batch.varint());
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
        return log.truncateAfter(previousIndex, previousTerm)
                && readRun(previousTerm, count, position, batch, log::add);
    }

    private boolean applyRestated(GroupLog log, long position, ByteReader batch) {
        long previousIndex = batch.varint();
        long previousTerm = batch.varint();
        int count = batch.i32();
        if (batch.overrun() || count < 1 || !log.reopen(previousIndex, previousTerm)) {
            return false;
        }
        var index = new long[] {previousIndex};
        return readRun(
                previousTerm,
                count,
                position,
                batch,
                (term, place, length) -> log.restate(++index[0], term, place, length));
    }

    /// Takes an entry of a run, whose bytes are not looked at.
    private interface Taker {
        /// {@return whether it may stand here}
        boolean take(long term, long position, int length);
    }

    private boolean readRun(
            long previousTerm, int count, long position, ByteReader batch, Taker taker) {
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
            if (!taker.take(term, position + start, batch.position() - start)) {
                return false;
            }
            leastTerm = term;
        }
        return true;
    }

    private boolean applyState(GroupLog log, long position, ByteReader batch) {
        int flags = batch.u8();
        var hardState = new HardState(batch.varint(), batch.varint(), batch.varint());
        long baseIndex = batch.varint();
        long baseTerm = batch.varint();
        long lastIndex = batch.varint();
        long lastTerm = batch.varint();
        boolean hasIntent = (flags & BatchFormat.INTENT_FLAG) != 0;
        Intent intent = hasIntent ? readIntent(batch) : Intent.NONE;
        var state =
                new GroupState(
                        (flags & BatchFormat.TOMBSTONE_FLAG) != 0,
                        hardState,
                        baseIndex,
                        baseTerm,
                        lastIndex,
                        lastTerm,
                        intent);
        int known = BatchFormat.TOMBSTONE_FLAG | BatchFormat.INTENT_FLAG;
        if (batch.overrun()
                || baseIndex < 0
                || baseIndex > lastIndex
                || hasIntent && (!intent.isOpen() || intent.index() < baseIndex)
                || (flags & ~known) != 0) {
            return false;
        }
        if (Wal.segmentOf(position) == oldestSegment) {
            log.adopt(state);
            return true;
        }
        return log.agrees(state);
    }

    private static Intent readIntent(ByteReader batch) {
        return new Intent(batch.varint(), batch.varint(), (int) batch.varint());
    }

    static void writeState(ByteWriter writer, int group, GroupState state) {
        Intent intent = state.intent();
        int flags = state.tombstone() ? BatchFormat.TOMBSTONE_FLAG : 0;
        writer.u8(BatchFormat.STATE)
                .varint(group)
                .u8(intent.isOpen() ? flags | BatchFormat.INTENT_FLAG : flags)
                .varint(state.hardState().term())
                .varint(state.hardState().vote())
                .varint(state.hardState().commit())
                .varint(state.baseIndex())
                .varint(state.baseTerm())
                .varint(state.lastIndex())
                .varint(state.lastTerm());
        if (intent.isOpen()) {
            writer.varint(intent.index()).varint(intent.term());
            writer.varint(Integer.toUnsignedLong(intent.tablet()));
        }
    }

    private NoriException unknown(long position, String what, int value) {
        return new NoriException.Refused(
                ErrorCode.VERSION_UNSUPPORTED,
                "%s: %s this version knows, got %d"
                        .formatted(place.apply(position), what, value));
    }
}
