package norikv.lsm;

import java.util.ArrayList;
import java.util.List;
import norikv.bytes.ByteReader;
import norikv.bytes.Bytes;
import norikv.domain.ErrorCode;
import norikv.domain.NoriException;
import norikv.domain.ShardId;
import norikv.sstable.Table;
import norikv.sstable.TableFacts;

/// A shard that is being received: chunks go into sorted tables of a pending tablet, nobody sees
/// any of it, until all of it at once takes the place of what the shard was here.
///
/// The order is [#take] for each chunk, [#seal], steps of [#verify] until it is done, then
/// [#ingest] and [#goLive]. Closing before that gives everything up: the tablet is dead, its files
/// are removed. What a crash leaves behind before [#goLive] returned, the next opening removes,
/// or the whole of it is there.
///
/// **Durability.** After [#seal] bytes and names of the tables are durable; after [#ingest] and
/// [#goLive] that they count. **Errors.** [NoriException.Malformed] for what is no chunk, or not
/// the next one of this view: nothing was taken. [NoriException.DiskFailure] when a table cannot be
/// written: give this up and begin again. **Threads.** Confined to one at a time, which may wait
/// for the disk. **Limits.** One a shard.
public final class Staging implements AutoCloseable {
    private static final long RETRY_AFTER_MILLIS = 1_000;

    private final Engine engine;
    private final Tablets tablets;
    private final ShardId shard;
    private final int tablet;
    private final StagedEntry entry;
    private final TableOutputs outputs;

    private State state = State.OPEN;
    private ShardMark mark = ShardMark.START;

    /// Which view it is that arrives; null before the first chunk.
    private AppliedAt place;

    private List<LiveTable> tables = List.of();
    private int verifying;
    private int verified;

    private enum State {
        OPEN,
        WHOLE,
        SEALED,
        VERIFIED,
        INGESTED,
        LIVE,
        GONE
    }

    Staging(Engine engine, Tablets tablets, ShardId shard, int tablet, int band) {
        this.engine = engine;
        this.tablets = tablets;
        this.shard = shard;
        this.tablet = tablet;
        this.entry = new StagedEntry(tablet, band);
        OutputCuts cuts =
                OutputCuts.ofFlush(
                        engine.options().tables().tableBytes(),
                        engine.flushCuts().keys());
        this.outputs =
                new TableOutputs(engine.tablePlace(), TableFacts.Reason.INGEST, cuts, 0, 0);
    }

    static NoriException busy(ShardId shard) {
        return new NoriException.Overloaded(
                ErrorCode.RESOURCE_EXHAUSTED,
                "shard %s is being received already".formatted(shard),
                RETRY_AFTER_MILLIS);
    }

    public ShardId shard() {
        return shard;
    }

    /// {@return the number of the pending tablet, unsigned}
    public int tablet() {
        return tablet;
    }

    /// {@return how far it was received}
    public ShardMark mark() {
        return mark;
    }

    /// {@return whether the last chunk was taken}
    public boolean isWhole() {
        return state != State.OPEN && state != State.GONE;
    }

    /// {@return which view of the shard this is} After the first chunk.
    public AppliedAt place() {
        if (place == null) {
            throw new IllegalStateException("staging: a chunk first");
        }
        return place;
    }

    /// Takes the next chunk.
    public void take(ShardChunk chunk) {
        require(State.OPEN);
        List<ShardRow> rows = check(chunk);
        place = chunk.place();
        for (ShardRow row : rows) {
            entry.set(row);
            outputs.add(entry, true);
        }
        ShardRow last = rows.isEmpty() ? null : rows.getLast();
        mark =
                new ShardMark(
                        chunk.number() + 1,
                        last == null ? mark.space() : last.space(),
                        last == null ? mark.key() : last.key().compact(),
                        chunk.soFar());
        if (chunk.isLast()) {
            state = State.WHOLE;
        }
    }

    /// {@return the rows of a chunk that is the next one, each in its place}
    private List<ShardRow> check(ShardChunk chunk) {
        if (!chunk.shard().equals(shard)
                || chunk.number() != mark.chunks()
                || place != null && !place.equals(chunk.place())) {
            throw malformed(
                    "chunk %d of shard %s at %s, got chunk %d of shard %s at %s"
                            .formatted(
                                    mark.chunks(),
                                    shard,
                                    place,
                                    chunk.number(),
                                    chunk.shard(),
                                    chunk.place()));
        }
        List<ShardRow> rows = new ArrayList<>();
        ShardMark at = mark;
        ShardDigest digest = mark.digest();
        Bytes bytes = chunk.rows();
        ByteReader in = ByteReader.of(bytes);
        while (in.remaining() > 0) {
            int from = in.position();
            ShardRow row = ShardRow.read(in);
            if (!at.isBefore(row.space(), row.key())) {
                throw malformed("rows in order, got one of space %d".formatted(row.space()));
            }
            boolean isOld = row.at().index() <= chunk.place().at().index();
            boolean isLive =
                    row.expiresAtMillis() == 0
                            || row.expiresAtMillis() > chunk.place().logTimeMillis();
            if (!isOld || !isLive) {
                throw malformed(
                        "rows visible at %s, got %s until %d"
                                .formatted(chunk.place(), row.at(), row.expiresAtMillis()));
            }
            int length = in.position() - from;
            digest = digest.plus(ShardRow.hash(bytes.array(), bytes.offset() + from, length));
            at = new ShardMark(0, row.space(), row.key(), digest);
            rows.add(row);
        }
        if (!digest.equals(chunk.soFar())) {
            throw malformed("rows that hash to %s, got %s".formatted(chunk.soFar(), digest));
        }
        return rows;
    }

    /// Makes the tables and their names durable. After the last chunk.
    public void seal() {
        require(State.WHOLE);
        tables = outputs.finish();
        state = State.SEALED;
    }

    /// Reads up to `blocksMax` blocks of the tables back.
    ///
    /// **Errors.** [NoriException.Corruption] when what is read is not what was written.
    ///
    /// @return whether all was read, and is right
    public boolean verify(int blocksMax) {
        require(State.SEALED);
        if (verifying < tables.size()) {
            Table table = tables.get(verifying).table();
            verified = table.verify(verified, blocksMax);
            if (verified == table.blockCount()) {
                requireFacts(tables.get(verifying).facts());
                verifying++;
                verified = 0;
            }
        }
        if (verifying == tables.size()) {
            state = State.VERIFIED;
        }
        return state == State.VERIFIED;
    }

    private void requireFacts(TableFacts facts) {
        boolean isOurs =
                facts.tablets().size() == 1
                        && facts.tablets().getFirst().tablet() == tablet
                        && facts.deletes() == 0
                        && facts.maxIndex() <= place.at().index();
        if (!isOurs) {
            throw new NoriException.Corruption(
                    "table %d: rows of tablet %d up to %s, got %s"
                            .formatted(facts.fileNumber(), tablet, place.at(), facts));
        }
    }

    /// Makes the tables count, for a tablet that nobody sees yet. After [#verify].
    public void ingest() {
        require(State.VERIFIED);
        long rows = tables.stream().mapToLong(t -> t.facts().entries()).sum();
        assert rows == mark.digest().rows() : "rows got lost";
        state = State.INGESTED; // also if it fails: it may be durable then
        if (!tables.isEmpty()) {
            tablets.ingest(tables);
        }
    }

    /// Makes the tablet the one of its shard. Nobody may write to the shard meanwhile.
    ///
    /// **Errors.** [NoriException.Malformed] when what is there is not older and not damaged.
    public void goLive() {
        require(State.INGESTED);
        tablets.goLive(shard, tablet, place);
        state = State.LIVE;
    }

    /// Gives all up that is not live.
    @Override
    public void close() {
        if (state == State.LIVE || state == State.GONE) {
            return;
        }
        boolean isIngested = state == State.INGESTED;
        state = State.GONE;
        if (!isIngested) {
            outputs.abandon();
        }
        tablets.kill(tablet);
    }

    private void require(State expected) {
        if (state != expected) {
            throw new IllegalStateException("staging: %s, got %s".formatted(expected, state));
        }
    }

    private NoriException malformed(String what) {
        return new NoriException.Malformed(
                ErrorCode.MALFORMED_FRAME, "shard %s: %s".formatted(shard, what));
    }
}
