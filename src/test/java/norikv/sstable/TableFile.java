package norikv.sstable;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import norikv.bytes.ByteWriter;
import norikv.disk.Disk;

/// The bytes of a table's file, to be looked at and damaged.
final class TableFile {
    private final byte[] bytes;
    private final Footer footer;

    private TableFile(byte[] bytes, long number) {
        this.bytes = bytes;
        byte[] last = new byte[Footer.BYTES];
        System.arraycopy(bytes, bytes.length - last.length, last, 0, last.length);
        this.footer = Footer.read(last, "test", bytes.length - last.length, number);
    }

    static TableFile read(Disk disk, String path, long number) {
        try (var file = disk.openToRead(path)) {
            byte[] bytes = new byte[(int) file.size()];
            file.read(0, ByteBuffer.wrap(bytes));
            return new TableFile(bytes, number);
        }
    }

    static void write(Disk disk, String path, byte[] bytes) {
        if (disk.exists(path)) {
            disk.delete(path);
        }
        try (var file = disk.create(path)) {
            file.write(0, ByteBuffer.wrap(bytes));
        }
    }

    Footer footer() {
        return footer;
    }

    int length() {
        return bytes.length;
    }

    byte[] copy() {
        return bytes.clone();
    }

    /// {@return where each block of the file begins, data, index, filter and properties, then where
    /// the footer does}
    List<Integer> blocks(Table table) {
        List<Integer> starts = new ArrayList<>();
        for (int i = 0; i < table.index().blockCount(); i++) {
            starts.add(table.index().blockAt(i));
        }
        starts.addAll(table.index().leafStarts());
        starts.add(footer.rootAt());
        if (footer.filterAt() < footer.propertiesAt()) {
            starts.add(footer.filterAt());
        }
        starts.add(footer.propertiesAt());
        starts.add(footer.footerAt());
        return starts;
    }

    /// Puts a right checksum to the block from `start` to `end` of `damaged`, as a liar would.
    static void reseal(byte[] damaged, int start, int end, long number) {
        int type = damaged[end - BlockTrailer.BYTES];
        var block = new ByteWriter(end - start);
        block.bytes(damaged, start, end - start - BlockTrailer.BYTES);
        BlockTrailer.seal(block, 0, type, number, start);
        System.arraycopy(block.array(), 0, damaged, start, end - start);
    }
}
