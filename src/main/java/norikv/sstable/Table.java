package norikv.sstable;

import norikv.bytes.Region;
import norikv.bytes.RegionArena;
import norikv.disk.Disk;
import norikv.disk.DiskFile;
import norikv.domain.NoriException;

/// An open table: point reads and cursors over a file that never changes.
///
/// Index, filter and properties are read and verified by [#open] and stay in private memory. Data
/// blocks are read where they are mapped, but not before each was once read by position, summed and
/// checked in private memory. Nothing is ever summed over a mapping.
///
/// **Errors.** [NoriException.Corruption] naming file and offset when bytes are not those that were
/// written: what a damaged block holds is never "missing". [NoriException.DiskFailure] when the
/// disk cannot deliver them. **Threads.** Any, at the same time; [#close] by one, when no reader is
/// left. **Limits.** In memory: index and filter, some 2 % of the file, and one bit and four bytes
/// a block. Nothing is allocated a read, but for the first of each block.
public final class Table implements AutoCloseable {
    private final String path;
    private final DiskFile file;
    private final RegionArena arena;
    private final DiskFile.Mapping mapping;
    private final Region data;
    private final TableIndex index;
    private final Filter filter;
    private final TableFacts facts;
    private final VerifiedBlocks verified;

    private Table(
            String path,
            DiskFile file,
            RegionArena arena,
            DiskFile.Mapping mapping,
            TableIndex index,
            Filter filter,
            TableFacts facts) {
        this.path = path;
        this.file = file;
        this.arena = arena;
        this.mapping = mapping;
        this.data = mapping.region();
        this.index = index;
        this.filter = filter;
        this.facts = facts;
        this.verified = new VerifiedBlocks(index.blockCount());
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
            return new Table(path, file, arena, mapping, index, filter, facts);
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
            if (!ready(block, reach)) {
                return Answer.COLD;
            }
            int at = index.blockAt(block);
            if (DataBlock.find(
                    data, at, key, offset, length, hash, tablet, trailerMax, into.entry)) {
                into.found(data, path);
                return Answer.FOUND;
            }
            return Answer.MISSING;
        } catch (InternalError e) {
            throw Damage.unreadable(path, e);
        }
    }

    public int blockCount() {
        return index.blockCount();
    }

    /// Verifies those of `count` blocks from `from` on that were not yet, so that reads of
    /// [Reach#MEMORY] can answer from them: for whoever has just written the table, and for loops
    /// that go through it in steps.
    ///
    /// @return the block behind the last one; [#blockCount] at the end
    public int verify(int from, int count) {
        int end = (int) Math.min((long) from + count, blockCount());
        byte[] bytes = new byte[8 << 10];
        for (int block = from; block < end; block++) {
            if (!verified.contains(block)) {
                int length = index.blockAt(block + 1) - index.blockAt(block);
                bytes = length > bytes.length ? new byte[length] : bytes;
                readBlock(block, bytes);
                verified.add(block);
            }
        }
        return end;
    }

    /// {@return a fresh cursor over all entries; one that moves from table to table is cheaper, see
    /// [TableCursor#attach]}
    public TableCursor cursor(Reach reach) {
        var cursor = new TableCursor();
        cursor.attach(this, reach);
        return cursor;
    }

    /// Unmaps and frees. Whoever reads from the table or its regions afterwards gets
    /// [IllegalStateException]. A handshake with every thread: only for a janitor.
    @Override
    public void close() {
        mapping.close();
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
        int length = index.blockAt(block + 1) - index.blockAt(block);
        readBlock(block, new byte[length]);
        verified.add(block);
        return true;
    }

    /// Reads a data block by position into the beginning of `target` and checks it.
    ///
    /// **Errors.** [NoriException.Corruption] when it is not the block that was written here.
    void readBlock(int block, byte[] target) {
        int at = index.blockAt(block);
        int length = index.blockAt(block + 1) - at;
        TableParts.read(file, path, at, target, length);
        String fault =
                BlockTrailer.fault(target, length, BlockTrailer.DATA, facts.fileNumber(), at);
        if (fault.isEmpty()) {
            fault = DataBlockCheck.fault(target, length);
        }
        if (!fault.isEmpty()) {
            throw Damage.at(path, at, "block %d: %s".formatted(block, fault));
        }
    }
}
