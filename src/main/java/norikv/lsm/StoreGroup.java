package norikv.lsm;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import norikv.bytes.ByteReader;
import norikv.bytes.ByteWriter;
import norikv.bytes.Crc32c;
import norikv.domain.Version;
import norikv.wal.WalRecord;
import norikv.work.Signal;

/// The commits that one record of a store's log holds.
///
/// ```
/// record  u8 format = 1 | u32 crc32c of what follows | commits
/// commit  u64 index | u64 log time ms | u32 operations | operations, see StoreBatch
/// ```
///
/// It is open while commits join it, by whoever has the store's turn; anybody may seal it, without
/// waiting for who is just joining. **Source.** `wire/files.md`, store log.
///
/// **Threads.** As said; once sealed nothing changes before it is durable.
final class StoreGroup extends WalRecord {
    static final int FORMAT = 1;
    static final int HEAD_BYTES = 5;

    private static final int CRC_AT = 1;
    private static final int BYTES_INITIAL = 64 << 10;

    private static final int OPEN = 0;
    private static final int JOINING = 1;
    private static final int SEALED = 2;

    /// To be sealed by the one who is joining.
    private static final int SEAL_WANTED = 3;

    private static final VarHandle STATE;

    static {
        try {
            STATE = MethodHandles.lookup().findVarHandle(StoreGroup.class, "state", int.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private final StoreLog log;
    private final ByteWriter bytes = new ByteWriter(BYTES_INITIAL);

    /// Raised when all of this is durable, or never will be known to be.
    private final Signal ended;

    private volatile int state = OPEN;

    /// Somebody waits, or it is old enough: it goes as soon as the log is free.
    private volatile boolean wanted;

    private volatile long lastIndex;
    private long startedNanos;

    /// The loop that paces the log knows of this group; for whoever has the turn.
    private boolean announced;

    StoreGroup(StoreLog log, Signal ended) {
        this.log = log;
        this.ended = ended;
        bytes.u8(FORMAT).i32(0);
    }

    Signal ended() {
        return ended;
    }

    boolean isEmpty() {
        return lastIndex == 0;
    }

    boolean isAnnounced() {
        return announced;
    }

    void announce() {
        announced = true;
    }

    boolean isWanted() {
        return wanted;
    }

    void want() {
        wanted = true;
    }

    /// {@return the index of the last commit; 0: there is none}
    long lastIndex() {
        return lastIndex;
    }

    long startedNanos() {
        return startedNanos;
    }

    /// {@return how long the record is}
    int size() {
        return bytes.length();
    }

    boolean isSealed() {
        return state == SEALED;
    }

    /// {@return whether the caller may join, and then must say [#endJoin()]}
    boolean tryJoin() {
        return STATE.compareAndSet(this, OPEN, JOINING);
    }

    /// {@return where a commit's operations are to be written}
    ByteWriter begin(StoreEntry entry, long nowNanos) {
        if (lastIndex == 0) {
            startedNanos = nowNanos;
        }
        bytes.i64(entry.index()).i64(entry.logTimeMillis()).i32(entry.operations());
        lastIndex = entry.index();
        return bytes;
    }

    /// {@return whether the group was to be sealed meanwhile: it is now, and goes to the log by the
    /// caller}
    boolean endJoin() {
        if (STATE.compareAndSet(this, JOINING, OPEN)) {
            return false;
        }
        state = SEALED;
        return true;
    }

    /// Seals the group, or has it sealed by who is joining.
    ///
    /// @return whether it is sealed now and goes to the log by the caller
    boolean seal() {
        while (true) {
            if (STATE.compareAndSet(this, OPEN, SEALED)) {
                return true;
            }
            if (STATE.compareAndSet(this, JOINING, SEAL_WANTED)) {
                return false;
            }
            assert state == OPEN || state == JOINING : "sealed twice";
        }
    }

    /// Computes the checksum; once, before it goes to the log.
    void finish() {
        bytes.patchI32(CRC_AT, crc(bytes.array(), 0, bytes.length()));
    }

    @Override
    protected int length() {
        return bytes.length();
    }

    @Override
    protected void writeTo(ByteBuffer target) {
        target.put(bytes.array(), 0, bytes.length());
    }

    @Override
    protected void durable(long position) {
        log.durable(this, position);
    }

    /// Reads the commits of a record.
    ///
    /// @param place of the record, for messages
    static void read(byte[] record, int length, String place, EntryReader reader) {
        var in = new ByteReader(record, 0, length);
        int format = in.u8();
        int crc = in.i32();
        if (in.overrun() || format != FORMAT || crc != crc(record, 0, length)) {
            throw StoreLog.damaged(place, "a record of format 1 that checks out, got another");
        }
        while (in.remaining() > 0) {
            long index = in.i64();
            long logTime = in.i64();
            int operations = in.i32();
            if (in.overrun() || index < 1 || index > WriteBatch.INDEX_MAX || operations < 0) {
                throw StoreLog.damaged(place, "a commit, got something else");
            }
            var entry =
                    new StoreEntry(new Version(StoreEntry.TERM, index), logTime, operations);
            if (!reader.entry(entry, in)) {
                throw StoreLog.damaged(
                        place, "operations of commit %d, got others".formatted(index));
            }
        }
    }

    private static int crc(byte[] record, int at, int length) {
        return Crc32c.of(record, at + HEAD_BYTES, length - HEAD_BYTES);
    }

    /// Takes commits.
    @FunctionalInterface
    interface EntryReader {
        /// {@return whether its operations, which are next in `operations`, are well formed}
        boolean entry(StoreEntry entry, ByteReader operations);
    }
}
