package norikv.sstable;

import java.nio.ByteBuffer;
import java.util.zip.CRC32C;
import norikv.bytes.Region;
import norikv.bytes.RegionArena;
import norikv.disk.DiskFile;
import norikv.disk.DiskReads;
import norikv.domain.NoriException;

/// Reads the parts of a table that stay in memory while it is open, by position, each verified
/// before anything in it is believed.
final class TableParts {
    private static final int PIECE_BYTES = 64 << 10;

    private final DiskFile file;
    private final String path;
    private final byte[] piece = new byte[PIECE_BYTES];
    private final Footer footer;
    private final long size;

    TableParts(DiskFile file, String path, long fileNumber) {
        this.file = file;
        this.path = path;
        this.size = file.size();
        if (size < Footer.BYTES || size > TableFormat.TABLE_BYTES_MAX) {
            throw Damage.at(
                    path,
                    size,
                    "a table of %d to %d bytes, got %d"
                            .formatted(Footer.BYTES, TableFormat.TABLE_BYTES_MAX, size));
        }
        long at = size - Footer.BYTES;
        read(file, path, at, piece, Footer.BYTES);
        footer = Footer.read(piece, path, at, fileNumber);
    }

    Footer footer() {
        return footer;
    }

    /// Reads `length` bytes from `position` on into the beginning of `target`, in a few tries.
    ///
    /// **Errors.** [NoriException.Corruption] when the file ends before,
    /// [NoriException.DiskFailure] when the disk cannot deliver it.
    static void read(DiskFile file, String path, long position, byte[] target, int length) {
        int got = DiskReads.read(file, position, ByteBuffer.wrap(target, 0, length));
        if (got != length) {
            throw Damage.at(path, position, "%d bytes, got %d".formatted(length, got));
        }
    }

    /// {@return what the properties tell}
    TableFacts facts() {
        byte[] block = new byte[footer.footerAt() - footer.propertiesAt()];
        read(file, path, footer.propertiesAt(), block, block.length);
        require(
                footer.propertiesAt(),
                BlockTrailer.fault(
                        block,
                        block.length,
                        BlockTrailer.PROPERTIES,
                        footer.fileNumber(),
                        footer.propertiesAt()));
        return Properties.read(block, path, footer.propertiesAt(), footer.fileNumber(), size);
    }

    /// {@return the filter, in memory of `arena`}
    Filter filter(RegionArena arena) {
        int length = footer.propertiesAt() - footer.filterAt();
        if (length == 0) {
            return new Filter(arena.allocate(Filter.LINE_BYTES), 0, 0);
        }
        Region region = arena.allocate(length);
        load(footer.filterAt(), length, BlockTrailer.FILTER, region, 0);
        int tail = length - BlockTrailer.BYTES - Filter.TAIL_BYTES;
        int lines = tail < 0 ? 0 : region.getInt(tail);
        int probes = tail < 0 ? 0 : region.getInt(tail + Integer.BYTES);
        if (lines < 1
                || (long) lines * Filter.LINE_BYTES != tail
                || probes < 1
                || probes > Filter.PROBES_MAX) {
            require(footer.filterAt(), "filter: lines that fill it, got " + lines);
        }
        return new Filter(region, lines, probes);
    }

    /// {@return the index, in memory of `arena`}
    TableIndex index(RegionArena arena) {
        int from = footer.dataEnd();
        int root = footer.rootAt() - from;
        Region region = arena.allocate(footer.filterAt() - from);
        boolean cut = footer.indexLevels() == 2;
        int rootLength = footer.filterAt() - footer.rootAt();
        load(footer.rootAt(), rootLength, BlockTrailer.INDEX, region, root);
        require(
                footer.rootAt(),
                IndexCheck.fault(
                        region,
                        root,
                        rootLength,
                        cut ? from : 0,
                        cut ? footer.rootAt() : from));
        int[] blockAt = new int[footer.blockCount() + 1];
        int blocks = 0;
        if (cut) {
            for (int i = 0; i < IndexBlock.count(region, root); i++) {
                int leafAt = IndexBlock.childAt(region, root, i);
                int leafEnd = IndexBlock.childAt(region, root, i + 1);
                blocks = leaf(region, leafAt, leafEnd, blockAt, blocks);
                int leaf = leafAt - from;
                int last = IndexBlock.count(region, leaf) - 1;
                if (!IndexBlock.separator(region, leaf, last)
                        .equals(IndexBlock.separator(region, root, i))) {
                    require(leafAt, "index: a leaf that ends where the root says");
                }
            }
        } else {
            blocks = children(region, root, footer.rootAt(), blockAt, 0);
        }
        if (blocks != footer.blockCount() || blockAt[blocks] != from) {
            require(
                    from,
                    "index: %d blocks up to %d, got %d"
                            .formatted(footer.blockCount(), from, blocks));
        }
        return new TableIndex(region, root, cut, from, blockAt);
    }

    private int leaf(Region region, int leafAt, int leafEnd, int[] blockAt, int blocks) {
        int length = leafEnd - leafAt;
        int leaf = leafAt - footer.dataEnd();
        load(leafAt, length, BlockTrailer.INDEX, region, leaf);
        int last = length < IndexBlock.NUMBERS_AT + BlockTrailer.BYTES ? 0 : blockAt[blocks];
        int end = lastChild(region, leaf, length);
        require(leafAt, IndexCheck.fault(region, leaf, length, last, end));
        return children(region, leaf, leafAt, blockAt, blocks);
    }

    /// {@return where a leaf says that its last block ends, for the check to hold against the rest}
    private int lastChild(Region region, int leaf, int length) {
        int count =
                length < IndexBlock.NUMBERS_AT + BlockTrailer.BYTES
                        ? 0
                        : IndexBlock.count(region, leaf);
        return count < 1 || count > length / (2 * Long.BYTES)
                ? footer.dataEnd()
                : Math.min(footer.dataEnd(), IndexBlock.childAt(region, leaf, count));
    }

    private int children(Region region, int block, int offset, int[] blockAt, int blocks) {
        int count = IndexBlock.count(region, block);
        if (IndexBlock.first(region, block) != blocks || count >= blockAt.length - blocks) {
            require(
                    offset,
                    "index: %d blocks, got %d from %d on"
                            .formatted(blockAt.length - 1, count, IndexBlock.first(region, block)));
        }
        for (int i = 0; i <= count; i++) {
            blockAt[blocks + i] = IndexBlock.childAt(region, block, i);
        }
        return blocks + count;
    }

    /// Reads a block into `target` and checks its trailer, piece by piece.
    private void load(int offset, int length, int type, Region target, int targetAt) {
        var crc = new CRC32C();
        int done = 0;
        int pieceLength = 0;
        while (done < length) {
            // The trailer comes whole in the last piece.
            int rest = length - done;
            pieceLength = rest <= PIECE_BYTES ? rest : Math.min(PIECE_BYTES, rest - Long.BYTES);
            read(file, path, offset + done, piece, pieceLength);
            target.copyFrom(targetAt + done, piece, 0, pieceLength);
            done += pieceLength;
            crc.update(piece, 0, done < length ? pieceLength : Math.max(0, pieceLength - 4));
        }
        require(
                offset,
                pieceLength < BlockTrailer.BYTES
                        ? "a block with a trailer, got %d bytes".formatted(length)
                        : BlockTrailer.fault(
                                piece, pieceLength, crc, type, footer.fileNumber(), offset));
    }

    private void require(long offset, String fault) {
        if (!fault.isEmpty()) {
            throw Damage.at(path, offset, fault);
        }
    }
}
