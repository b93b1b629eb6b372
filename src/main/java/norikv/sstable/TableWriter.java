package norikv.sstable;

import java.nio.ByteBuffer;
import java.util.Arrays;
import norikv.bytes.ByteWriter;
import norikv.bytes.Region;
import norikv.disk.Disk;
import norikv.disk.DiskFile;
import norikv.domain.NoriException;

/// Writes one table, entry by entry in the order of [Cursor].
///
/// **Durability.** After [#finish()] the bytes are durable; the name is once the caller has forced
/// the directory. **Errors.** When a write or the force fails the file is deleted, the failure is
/// thrown, and only this table is lost: the same entries can go to a new file. **Limits.** Keys up
/// to [TableFormat#KEY_BYTES_MAX], values up to [TableFormat#VALUE_BYTES_MAX], tables up to
/// [TableFormat#TABLE_BYTES_MAX]. Memory: two blocks, [#BUFFER_BYTES], 8 bytes of hash a key, the
/// index and, at the end, the filter. Nothing is allocated an entry. **Threads.** Confined to one.
/// **Source.** [TableFormat].
public final class TableWriter {
    /// How many bytes are handed to the disk at once.
    static final int BUFFER_BYTES = 64 << 10;

    private final Disk disk;
    private final String path;
    private final long fileNumber;
    private final TableFacts.Reason reason;
    private final TableOptions options;
    private final DiskFile file;
    private final ByteBuffer buffer = ByteBuffer.allocateDirect(BUFFER_BYTES);
    private final ByteWriter image = new ByteWriter(1 << 10);
    private final ByteWriter block = new ByteWriter(16 << 10);
    private final DataBlockBuilder data = new DataBlockBuilder();
    private final IndexBuilder index = new IndexBuilder();
    private final FactsTally tally = new FactsTally();

    /// Null where nothing is compressed.
    private final BlockPacker packer;

    private State state = State.OPEN;
    private long written;
    private long[] hashes = new long[1024];
    private int keys;
    private long lastHash;

    private enum State {
        OPEN,
        FINISHED,
        GONE
    }

    /// Creates the file `path`, which must not exist.
    ///
    /// @param fileNumber what every block is bound to: a reader names the same. No two files of one
    ///     folder ever have the same number
    public TableWriter(
            Disk disk,
            String path,
            long fileNumber,
            TableFacts.Reason reason,
            TableOptions options) {
        this.disk = disk;
        this.path = path;
        this.fileNumber = fileNumber;
        this.reason = reason;
        this.options = options;
        this.packer = options.compressed() ? new BlockPacker() : null;
        this.file = disk.create(path);
    }

    /// Adds the entry at which `cursor` stands.
    public void add(Cursor cursor) {
        add(
                cursor.keyRegion(),
                cursor.keyOffset(),
                cursor.keyLength(),
                cursor.tablet(),
                cursor.trailer(),
                cursor.term(),
                cursor.expiresAtMillis(),
                cursor.valueRegion(),
                cursor.valueOffset(),
                cursor.valueLength());
    }

    /// Adds an entry, which must come after all before it. The regions are copied.
    ///
    /// @param expiresAtMillis 0 unless the kind is [Cursor#KIND_PUT_TTL]
    public void add(
            Region keyRegion,
            int keyOffset,
            int keyLength,
            int tablet,
            long trailer,
            long term,
            long expiresAtMillis,
            Region valueRegion,
            int valueOffset,
            int valueLength) {
        requireOpen();
        checkLengths(keyLength, valueLength);
        assert expiresAtMillis == 0 || EntryImage.hasExpiry(trailer) : expiresAtMillis;
        image.clear();
        EntryImage.write(
                image, keyRegion, keyOffset, keyLength, tablet, trailer, term, expiresAtMillis,
                valueRegion, valueOffset, valueLength);
        byte[] bytes = image.array();
        int keyAt = ByteWriter.varintLength(keyLength);
        assert tally.isNext(bytes, keyAt, keyLength, tablet, trailer) : "entries out of order";
        if (tally.isNewKey(bytes, keyAt, keyLength)) {
            addHash(Filter.hash(bytes, keyAt, keyLength));
        }
        int size = data.sizeWith(bytes, keyAt, keyLength, tablet, image.length());
        if (data.count() > 0 && size > options.blockBytes()) {
            endBlock(tally.separatorBefore(bytes, keyAt, keyLength));
        }
        data.add(bytes, 0, image.length(), keyAt, keyLength, tablet, lastHash);
        tally.add(bytes, image.length(), keyAt, keyLength, tablet, trailer, expiresAtMillis);
    }

    /// {@return about how large the file will be if nothing more is added}
    public long estimatedBytes() {
        return written
                + data.size()
                + index.bytes()
                + (long) Filter.lineCount(keys, options.filterBitsPerKey()) * Filter.LINE_BYTES
                + 16L * tally.tabletCount()
                + 2L * TableFormat.KEY_BYTES_MAX;
    }

    /// {@return how many entries were added}
    public long entryCount() {
        return tally.entries();
    }

    /// Writes what is left, makes the bytes durable and closes the file. Of an empty table there is
    /// none: it can only be abandoned.
    public TableFacts finish() {
        requireOpen();
        if (tally.entries() == 0) {
            throw new IllegalStateException(path + ": a table of one entry or more, got none");
        }
        int dataEnd = endBlock(tally.separatorAtEnd());
        int[] starts = index.leaves(options.rootIndexBytesMax(), options.leafIndexBytes());
        int rootAt = writeIndex(starts, dataEnd);
        int filterAt = position();
        writeFilter();
        int propertiesAt = position();
        Properties.write(block, tally.facts(fileNumber, reason, 0));
        emit(BlockTrailer.PROPERTIES);
        int footerAt = position();
        new Footer(
                        fileNumber,
                        dataEnd,
                        rootAt,
                        filterAt,
                        propertiesAt,
                        footerAt,
                        index.count(),
                        starts.length == 0 ? 1 : 2,
                        packer == null ? 0 : packer.unpackedBytesMax())
                .write(block);
        emitSealed();
        try {
            flush();
            file.force();
            file.close();
        } catch (NoriException.DiskFailure e) {
            throw failed(e);
        }
        state = State.FINISHED;
        return tally.facts(fileNumber, reason, written);
    }

    /// Closes and deletes the file. Does nothing after [#finish()] or a failure.
    public void abandon() {
        if (state == State.OPEN) {
            state = State.GONE;
            file.close();
            disk.delete(path);
        }
    }

    private void requireOpen() {
        if (state != State.OPEN) {
            throw new IllegalStateException(path + ": an open table, got one that is " + state);
        }
    }

    private static void checkLengths(int keyLength, int valueLength) {
        if (keyLength > TableFormat.KEY_BYTES_MAX || valueLength > TableFormat.VALUE_BYTES_MAX) {
            throw NoriException.invalid(
                    "entry: key of at most %d and value of at most %d bytes, got %d and %d"
                            .formatted(
                                    TableFormat.KEY_BYTES_MAX,
                                    TableFormat.VALUE_BYTES_MAX,
                                    keyLength,
                                    valueLength));
        }
    }

    private void addHash(long hash) {
        lastHash = hash;
        if (options.filterBitsPerKey() == 0) {
            return;
        }
        if (keys == hashes.length) {
            hashes = Arrays.copyOf(hashes, 2 * keys);
        }
        hashes[keys++] = hash;
    }

    /// Writes the block that is being gathered; returns where it ends.
    private int endBlock(Separator separator) {
        int at = position();
        if (packer == null) {
            data.finish(block, fileNumber, at);
        } else {
            packer.finish(data, block, fileNumber, at);
        }
        emitSealed();
        index.add(at, separator);
        return position();
    }

    private int writeIndex(int[] starts, int dataEnd) {
        int leaves = Math.max(0, starts.length - 1);
        int[] leafAt = new int[leaves + 1];
        for (int i = 0; i < leaves; i++) {
            leafAt[i] = position();
            index.writeLeaf(block, starts[i], starts[i + 1], dataEnd, fileNumber, leafAt[i]);
            emitSealed();
        }
        int rootAt = position();
        leafAt[leaves] = rootAt;
        if (leaves == 0) {
            index.writeLeaf(block, 0, index.count(), dataEnd, fileNumber, rootAt);
        } else {
            index.writeRoot(block, starts, leafAt, fileNumber, rootAt);
        }
        emitSealed();
        return rootAt;
    }

    private void writeFilter() {
        if (options.filterBitsPerKey() > 0) {
            Filter.write(block, hashes, keys, options.filterBitsPerKey());
            emit(BlockTrailer.FILTER);
        }
    }

    private int position() {
        return (int) written;
    }

    private void emit(int type) {
        BlockTrailer.seal(block, 0, type, fileNumber, written);
        emitSealed();
    }

    private void emitSealed() {
        if (written + block.length() > TableFormat.TABLE_BYTES_MAX) {
            abandon();
            throw NoriException.invalid(
                    "%s: a table of at most %d bytes, got more"
                            .formatted(path, TableFormat.TABLE_BYTES_MAX));
        }
        int at = 0;
        while (at < block.length()) {
            int piece = Math.min(buffer.remaining(), block.length() - at);
            buffer.put(block.array(), at, piece);
            at += piece;
            written += piece;
            if (!buffer.hasRemaining()) {
                flush();
            }
        }
        block.clear();
    }

    private void flush() {
        buffer.flip();
        if (buffer.hasRemaining()) {
            long at = written - buffer.remaining();
            try {
                file.write(at, buffer);
            } catch (NoriException.DiskFailure e) {
                throw failed(e);
            }
        }
        buffer.clear();
    }

    private NoriException.DiskFailure failed(NoriException.DiskFailure failure) {
        if (state == State.OPEN) {
            try {
                abandon();
            } catch (NoriException.DiskFailure e) {
                // The file that could not be written cannot be removed either: whoever opens the
                // folder next removes what nothing refers to.
                failure.addSuppressed(e);
            }
        }
        return failure;
    }
}
