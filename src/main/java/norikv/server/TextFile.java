package norikv.server;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import norikv.bytes.Crc32c;
import norikv.disk.Disk;
import norikv.disk.DiskFile;
import norikv.disk.DiskReads;
import norikv.domain.NoriException;

/// A small text of the data folder, of lines, the last of which is a checksum of those before:
///
/// ```text
/// …
/// crc32c=0123abcd       of all lines before, as UTF-8 with their line ends
/// ```
///
/// **Durability.** Written under a temporary name, forced, renamed, and the folder forced: a crash
/// leaves the whole text, or what was there before. **Limits.** [#BYTES_MAX]. **Source.**
/// `wire/files.md`, data folder.
final class TextFile {
    /// The longest text, bytes.
    static final int BYTES_MAX = 128 << 10;

    private static final String CRC = "crc32c=";

    private TextFile() {}

    /// {@return the text of file `name`, not checked yet: another format may have no checksum}
    ///
    /// **Errors.** [NoriException.Corruption] when it is too long.
    static String read(Disk disk, String name) {
        try (DiskFile file = disk.openToRead(name)) {
            if (file.size() > BYTES_MAX) {
                throw new NoriException.Corruption(
                        "%s: at most %d bytes, got %d".formatted(name, BYTES_MAX, file.size()));
            }
            ByteBuffer content = ByteBuffer.allocate((int) file.size());
            int count = DiskReads.read(file, 0, content);
            return new String(content.array(), 0, count, StandardCharsets.UTF_8);
        }
    }

    /// {@return the lines of `text`, each with its end, without the checksum}
    ///
    /// **Errors.** [NoriException.Corruption] when the checksum is another.
    static String lines(String name, String text) {
        int crcAt = text.lastIndexOf(CRC);
        if (crcAt < 0 || !text.equals(checked(text.substring(0, crcAt)))) {
            throw new NoriException.Corruption(name + ": checksum does not match its lines");
        }
        return text.substring(0, crcAt);
    }

    /// {@return `lines`, and the line of their checksum}
    static String checked(String lines) {
        byte[] bytes = lines.getBytes(StandardCharsets.UTF_8);
        return lines + "%s%08x\n".formatted(CRC, Crc32c.of(bytes, 0, bytes.length));
    }

    /// Makes file `name` of `lines` and their checksum, or puts that in its place.
    static void write(Disk disk, String name, String lines) {
        String temporary = name + ".tmp";
        if (disk.exists(temporary)) {
            disk.delete(temporary); // left by a crash: its rename never happened
        }
        try (DiskFile file = disk.create(temporary)) {
            file.write(0, ByteBuffer.wrap(checked(lines).getBytes(StandardCharsets.UTF_8)));
            file.force();
        }
        disk.rename(temporary, name);
        disk.forceDirectory("");
    }
}
