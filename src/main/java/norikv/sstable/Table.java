package norikv.sstable;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import norikv.bytes.ByteReader;
import norikv.bytes.Region;
import norikv.bytes.RegionArena;
import norikv.disk.Disk;
import norikv.disk.DiskFile;
import norikv.disk.DiskReads;
import norikv.domain.NoriException;

/// An open table: point reads and cursors over a file that never changes.
///
/// Index, filter and properties are read and verified by [#open] and stay in private memory. Data
/// blocks are read where they are mapped, but not before each was once read by position, summed and
/// checked in private memory. Nothing is ever summed over a mapping.
///
/// **Cold tables.** A mapping that is not in memory is a trap: a fault brings in megabytes and
/// stops whoever meets it. A table that is not expected to be resident is told so by [#goCold]:
/// then each block is read by position and checked, or copied from a [BlockCache].
///
/// **Errors.** [NoriException.Corruption] naming file and offset when bytes are not those that were
/// written: what a damaged block holds is never "missing". [NoriException.DiskFailure] when the
/// disk cannot deliver them. **Threads.** Any, at the same time; [#close] by one, when no reader is
/// left. **Limits.** In memory: index and filter, some 2 % of the file, and one bit and four bytes
/// a block. Nothing is allocated a read, but for the first of each block.
public final class Table implements AutoCloseable {
    private static final String NOT_PACKED = "bytes that unpack to their length, got others";

    private final String path;
    private final DiskFile file;
    private final RegionArena arena;

    /// Null: nothing of this is read, see [#damage].
    private final DiskFile.Mapping mapping;

    private final Region data;
    private final TableIndex index;
    private final Filter filter;
    private final TableFacts facts;
    private final VerifiedBlocks verified;

    /// The longest data block, unpacked; 0 where none is packed.
    private final int unpackedBytesMax;

    /// Why nothing of this can be read; null: it can.
    private final NoriException.Corruption damage;

    /// Null: this is expected to be in memory, and read where it is mapped.
    private volatile BlockCache cache;

    private volatile Consumer<NoriException> faults = _ -> {};

    private Table(
            String path,
            DiskFile file,
            RegionArena arena,
            DiskFile.Mapping mapping,
            TableIndex index,
            Filter filter,
            TableFacts facts,
            int unpackedBytesMax) {
        this.unpackedBytesMax = unpackedBytesMax;
        this.path = path;
        this.file = file;
        this.arena = arena;
        this.mapping = mapping;
        this.data = mapping.region();
        this.damage = null;
        this.index = index;
        this.filter = filter;
        this.facts = facts;
        this.verified = new VerifiedBlocks(index.blockCount());
    }

    /// A table of one block that cannot be read.
    private Table(
            String path, DiskFile file, TableFacts facts, NoriException.Corruption damage) {
        this.unpackedBytesMax = 0;
        this.path = path;
        this.file = file;
        this.arena = new RegionArena();
        this.mapping = null;
        this.data = arena.allocate(Filter.LINE_BYTES);
        this.damage = damage;
        this.index = TableIndex.ofOneBlock(data);
        this.filter = new Filter(data, 0, 0);
        this.facts = facts;
        this.verified = new VerifiedBlocks(1);
    }

    /// Opens the table at `path` though [#open] found it damaged, as one that cannot be read: each
    /// read that could need it ends with `damage`, also if the file should be whole again.
    ///
    /// @param facts what it held
    public static Table damaged(
            Disk disk, String path, TableFacts facts, NoriException.Corruption damage) {
        return new Table(path, disk.openToRead(path), facts, damage);
    }

    /// Opens the table at `path`, which was written under `fileNumber`.
    ///
    /// **Errors.** [NoriException.Corruption] when footer, index, filter or properties are damaged,
    /// or those of another file.
    public static Table open(Disk disk, String path, long fileNumber) {
        DiskFile file = disk.openToRead(path);
        var arena = new RegionArena();
        boolean opened = false;
        try {
            var parts = new TableParts(file, path, fileNumber);
            TableFacts facts = parts.facts();
            Filter filter = parts.filter(arena);
            TableIndex index = parts.index(arena);
            DiskFile.Mapping mapping = file.map(0, parts.footer().dataEnd());
            opened = true;
            int unpacked = parts.footer().unpackedBytesMax();
            return new Table(path, file, arena, mapping, index, filter, facts, unpacked);
        } finally {
            if (!opened) {
                arena.close();
                file.close();
            }
        }
    }

    /// {@return the hash of a key, for [#mayContain] and [#get] of every table alike}
    public static long hash(byte[] key, int offset, int length) {
        return Filter.hash(key, offset, length);
    }

    public TableFacts facts() {
        return facts;
    }

    public String path() {
        return path;
    }

    /// {@return false only if the table holds no entry of a key with this hash; it takes one cache
    /// line, so ask before [#get]}
    public boolean mayContain(long hash) {
        return filter.mayContain(hash);
    }

    /// {@return the number that the file at `path` says it was written under, for one who does not
    /// know it}
    ///
    /// **Errors.** [NoriException.Corruption] when the file is too short to say.
    public static long numberOf(Disk disk, String path) {
        try (DiskFile file = disk.openToRead(path)) {
            long at = file.size() - Footer.BYTES;
            byte[] number = new byte[Long.BYTES];
            if (at < 0) {
                throw Damage.at(path, 0, "a footer, got a file of %d bytes".formatted(file.size()));
            }
            TableParts.read(file, path, at, number, number.length);
            return new ByteReader(number, 0, number.length).i64();
        }
    }

    /// Looks for the newest version, of an index up to `indexMax`, of a key in one tablet.
    ///
    /// The filter is not asked: that is for [#mayContain].
    ///
    /// @param hash [#hash] of the key
    /// @param into what was found, if [Answer#FOUND]: values, deletes and expired values alike
    public Answer get(
            byte[] key,
            int offset,
            int length,
            long hash,
            int tablet,
            long indexMax,
            Reach reach,
            Hit into) {
        long trailerMax = Math.min(indexMax, TableFormat.INDEX_MAX) << 8 | EntryImage.KIND_MASK;
        try {
            int block = index.find(key, offset, length, tablet, trailerMax);
            if (block == index.blockCount()) {
                return Answer.MISSING;
            }
            BlockScratch bytes = into.block;
            if (!locate(block, reach, true, bytes)) {
                return Answer.COLD;
            }
            return DataBlock.find(
                            bytes.region(),
                            bytes.at(),
                            key,
                            offset,
                            length,
                            hash,
                            tablet,
                            trailerMax,
                            into.entry)
                    ? found(into)
                    : Answer.MISSING;
        } catch (InternalError e) {
            throw unreadable(e);
        }
    }

    private Answer found(Hit into) {
        into.found(into.block.region(), path);
        return Answer.FOUND;
    }

    /// From now on reads blocks by position, by way of `newCache`.
    ///
    /// **Threads.** Any, while others read.
    public void goCold(BlockCache newCache) {
        cache = newCache;
    }

    /// From now on reads blocks where they are mapped.
    ///
    /// **Threads.** Any, while others read.
    public void goResident() {
        cache = null;
    }

    /// {@return whether blocks are read by position}
    public boolean isCold() {
        return cache != null;
    }

    /// Says who hears of each block that turns out damaged, and of each that the disk does not
    /// deliver, before the reader does.
    ///
    /// **Threads.** Any; `listener` is called by the thread that reads, and must not wait or throw.
    public void onFault(Consumer<NoriException> listener) {
        faults = listener;
    }

    /// {@return whether data blocks may be compressed}
    public boolean isCompressed() {
        return unpackedBytesMax > 0;
    }

    public int blockCount() {
        return index.blockCount();
    }

    /// {@return keys between blocks that part the table into about `parts` parts of one size, in
    /// order: for whoever cuts work on it into pieces}
    public List<byte[]> splitKeys(int parts) {
        List<byte[]> keys = new ArrayList<>();
        int blocks = blockCount();
        for (int part = 1; part <= parts && blocks > 1; part++) {
            int block = (int) ((long) (blocks - 1) * part / (parts + 1));
            keys.add(index.separator(block).key().toByteArray());
        }
        return keys;
    }

    /// {@return where block `block` begins in the file; of [#blockCount()], where the last ends}
    public long blockOffset(int block) {
        return index.blockAt(block);
    }

    /// Verifies those of `count` blocks from `from` on that were not yet, so that reads of
    /// [Reach#MEMORY] can answer from them: for whoever has just written the table, and for loops
    /// that go through it in steps.
    ///
    /// @return the block behind the last one; [#blockCount] at the end
    public int verify(int from, int count) {
        int end = (int) Math.min((long) from + count, blockCount());
        var scratch = new BlockScratch();
        for (int block = from; block < end; block++) {
            if (!verified.contains(block)) {
                readBlock(block, scratch);
                verified.add(block);
            }
        }
        return end;
    }

    /// {@return a fresh cursor over all entries; one that moves from table to table is cheaper, see
    /// [TableCursor#attach]}
    ///
    /// What it reads from a cold table does not enter the cache: it is for who reads all of it.
    public TableCursor cursor(Reach reach) {
        var cursor = new TableCursor();
        cursor.attach(this, reach, false);
        return cursor;
    }

    /// Unmaps and frees. Whoever reads from the table or its regions afterwards gets
    /// [IllegalStateException]. A handshake with every thread: only for a janitor.
    @Override
    public void close() {
        if (mapping != null) {
            mapping.close();
        }
        arena.close();
        file.close();
    }

    TableIndex index() {
        return index;
    }

    Region data() {
        return data;
    }

    DiskFile file() {
        return file;
    }

    /// {@return whether `block` may be read where it is mapped; verifies it first if it must and
    /// may}
    boolean ready(int block, Reach reach) {
        if (verified.contains(block)) {
            return true;
        }
        if (reach == Reach.MEMORY) {
            return false;
        }
        readBlock(block, new BlockScratch());
        verified.add(block);
        return true;
    }

    /// Finds the bytes of `block`, checked.
    ///
    /// @param keep whether others will want it too: a merge does not fill the cache
    /// @return false if the disk would have to be asked, and may not be
    boolean locate(int block, Reach reach, boolean keep, BlockScratch into) {
        BlockCache from = cache;
        if (from == null && unpackedBytesMax == 0) {
            into.set(data, index.blockAt(block));
            return ready(block, reach);
        }
        if (into.holds(this, block)) {
            into.setCopied(this, block);
            return true;
        }
        int at = index.blockAt(block);
        int length = index.blockAt(block + 1) - at;
        int room = Math.max(length, unpackedBytesMax);
        Region copy = into.copy(room);
        if (from == null) {
            if (!ready(block, reach)) {
                return false;
            }
            int unpacked = unpackMapped(block, into);
            copy.copyFrom(0, into.bytes(), 0, unpacked);
        } else if (from.get(facts.fileNumber(), at, copy, room) == 0) {
            if (reach == Reach.MEMORY) {
                return false;
            }
            int unpacked = readBlock(block, into);
            from.noteRead(length);
            if (keep) {
                from.put(facts.fileNumber(), at, into.bytes(), unpacked);
            }
            copy.copyFrom(0, into.bytes(), 0, unpacked);
        }
        into.setCopied(this, block);
        return true;
    }

    /// Unpacks a block that was verified from where it is mapped.
    private int unpackMapped(int block, BlockScratch into) {
        int at = index.blockAt(block);
        int length = index.blockAt(block + 1) - at;
        byte[] packed = into.packed(length);
        data.copyTo(at, packed, 0, length);
        int unpacked = BlockPacker.unpack(packed, length, unpackedBytesMax, into);
        if (unpacked == 0) {
            throw told(Damage.at(path, at, "block %d: %s".formatted(block, NOT_PACKED)));
        }
        return unpacked;
    }

    /// Reads a data block by position into [BlockScratch#bytes()] and checks it. What does not
    /// check out is read again first: memory and wires err too, and what is whole on the disk is
    /// not damaged.
    ///
    /// **Errors.** [NoriException.Corruption] when it is not the block that was written here; from
    /// then on nobody reads it where it is mapped, even if it was found right before.
    ///
    /// @return how long it is
    int readBlock(int block, BlockScratch into) {
        if (damage != null) {
            throw told(damage);
        }
        int at = index.blockAt(block);
        int length = index.blockAt(block + 1) - at;
        String fault = "";
        for (int left = DiskReads.TRIES_MAX; left > 0; left--) {
            byte[] target = unpackedBytesMax == 0 ? into.bytes(length) : into.packed(length);
            int got = read(at, target, length);
            int unpacked = length;
            if (got != length) {
                fault = "%d bytes, got %d".formatted(length, got);
            } else if (unpackedBytesMax == 0) {
                fault = BlockTrailer.fault(target, length, BlockTrailer.DATA, number(), at);
            } else {
                fault = BlockTrailer.faultOfPacked(target, length, number(), at);
                if (fault.isEmpty()) {
                    unpacked = BlockPacker.unpack(target, length, unpackedBytesMax, into);
                    fault = unpacked == 0 ? NOT_PACKED : "";
                }
            }
            fault = fault.isEmpty() ? DataBlockCheck.fault(into.bytes(), unpacked) : fault;
            if (fault.isEmpty()) {
                return unpacked;
            }
        }
        verified.remove(block);
        throw told(Damage.at(path, at, "block %d: %s".formatted(block, fault)));
    }

    private int read(int at, byte[] target, int length) {
        try {
            return DiskReads.read(file, at, ByteBuffer.wrap(target, 0, length));
        } catch (NoriException.DiskFailure e) {
            throw told(e);
        }
    }

    private long number() {
        return facts.fileNumber();
    }

    /// {@return what to throw when a mapped page could not be read}
    NoriException unreadable(InternalError e) {
        return told(Damage.unreadable(path, e));
    }

    private NoriException told(NoriException fault) {
        faults.accept(fault);
        return fault;
    }
}
