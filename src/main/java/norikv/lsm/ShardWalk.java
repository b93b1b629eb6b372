package norikv.lsm;

import java.util.function.Predicate;
import norikv.bytes.Bytes;
import norikv.domain.ShardId;

/// Goes once over all rows that a [Snapshot] sees of some shards, all spaces, in pieces: band by
/// band, and in a band through the rows of all its shards that are wanted, by space and key.
///
/// Nothing is held between two pieces but the place in the order, so flushes, compactions and
/// writes go on; the snapshot keeps what is seen.
///
/// **Threads.** Confined to one at a time, which may wait for the disk.
final class ShardWalk {
    /// What an entry costs of a piece's bytes even if nobody sees it.
    private static final int ENTRY_BYTES = 32;

    private final Reads reads;
    private final Snapshot snapshot;
    private final Predicate<ShardId> shards;
    private final Visitor visitor;
    private final BandCursor at = new BandCursor();

    /// Where the next piece begins.
    private int band;

    private int space;
    private Bytes key;
    private boolean begun;
    private boolean done;

    /// How many entries a piece looks at in any case: doubled while all are of one key, or none
    /// might ever get past the versions of a key that a dead tablet left behind.
    private long stepsMin = 1;

    /// Takes the rows.
    interface Visitor {
        /// {@return where to begin in a band, of which nothing was seen yet}
        ShardMark startOf(int band);

        /// A row, the one that `at` stands on.
        ///
        /// @return about how many bytes it took
        long row(ShardId shard, int space, BandCursor at);

        /// All rows of the shards of a band were seen.
        void end(int band);
    }

    ShardWalk(Reads reads, Snapshot snapshot, Predicate<ShardId> shards, Visitor visitor) {
        this.reads = reads;
        this.snapshot = snapshot;
        this.shards = shards;
        this.visitor = visitor;
    }

    boolean isDone() {
        return done;
    }

    /// Looks at entries that take about `bytesMax`, at least one.
    ///
    /// **Errors.** [norikv.domain.NoriException.NotLeader] when a shard was dropped meanwhile,
    /// [norikv.domain.NoriException.Corruption] when a block does not check out: the same piece
    /// can be tried again, but rows of it that were seen come again.
    void step(long bytesMax) {
        ReadState state = reads.retain();
        try {
            ScanView view = reads.view(snapshot, state, shards);
            long left = bytesMax;
            do {
                left = piece(state, view, left);
            } while (left > 0 && !done);
        } catch (InternalError e) {
            throw Lsm.unreadable(e);
        } finally {
            at.detach();
            reads.release(state);
        }
    }

    private long piece(ReadState state, ScanView view, long bytes) {
        if (band == view.bandCount()) {
            done = true;
            return 0;
        }
        if (!view.wants(band)) {
            band++;
            return bytes;
        }
        if (!begun) {
            ShardMark start = visitor.startOf(band);
            space = start.space();
            key = start.key();
            begun = true;
        }
        long steps = Math.max(stepsMin, bytes / ENTRY_BYTES);
        var plan = new RangePlan(space, shards, key, Bytes.EMPTY, false, steps);
        at.attach(state, view, InternalKey.head(space, band), plan);
        at.seekToFirst();
        long left = bytes;
        Bytes last = Bytes.EMPTY;
        // Two shards may have one key, and a piece begins with a key.
        while (at.isValid() && !at.isPaused() && (left > 0 || keyOf(at).equals(last))) {
            left -= ENTRY_BYTES + visitor.row(view.shard(at.slot()), space, at);
            last = left > 0 ? last : keyOf(at);
            at.next();
        }
        if (at.isValid()) {
            Bytes next = keyOf(at);
            stepsMin = next.equals(key) ? 2 * stepsMin : 1;
            key = next;
            return 0;
        }
        leaveSpace(state);
        return left - ENTRY_BYTES;
    }

    private static Bytes keyOf(BandCursor at) {
        int length = at.keyLength() - InternalKey.HEAD_BYTES;
        return Bytes.copyOf(at.key(), InternalKey.HEAD_BYTES, length);
    }

    private void leaveSpace(ReadState state) {
        key = Bytes.EMPTY;
        space = nextSpace(state);
        if (space > InternalKey.SPACE_MAX) {
            visitor.end(band);
            band++;
            begun = false;
        }
    }

    /// {@return the next space in which the band may have something; one beyond the last if none}
    private int nextSpace(ReadState state) {
        int next = InternalKey.SPACE_MAX + 1;
        byte[] least = new byte[InternalKey.HEAD_BYTES];
        int from = InternalKey.head(space + 1, band);
        InternalKey.writeHead(least, from);
        var entries = new MemtableCursor();
        for (Memtable memtable : state.memtables()) {
            entries.attach(memtable);
            entries.seek(least, 0, least.length);
            if (entries.isValid()) {
                next = Math.min(next, spaceFrom(InternalKey.headOf(entries.keyPrefix())));
            }
            entries.close();
        }
        for (LiveTable table : state.levels().all()) {
            int candidate = spaceFrom(Math.max(from, headOf(table.minKey())));
            if (InternalKey.head(candidate, band) <= headOf(table.maxKey())) {
                next = Math.min(next, candidate);
            }
        }
        return next;
    }

    /// {@return the first space whose part of the band does not lie before `head`}
    private int spaceFrom(int head) {
        return (head & 0xffff) <= band ? head >>> 16 : (head >>> 16) + 1;
    }

    private static int headOf(byte[] internalKey) {
        return InternalKey.headOf(InternalKey.prefixOf(internalKey, 0, internalKey.length));
    }
}
