package norikv.disk;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.Arrays;

/// Short texts in and out of files, for tests to be read at a glance.
final class Texts {
    private Texts() {}

    static ByteBuffer bytes(String text) {
        return ByteBuffer.wrap(text.getBytes(UTF_8));
    }

    /// Creates a file that holds `text`; forces nothing.
    static void write(Disk disk, String path, String text) {
        try (DiskFile file = disk.create(path)) {
            file.write(0, bytes(text));
        }
    }

    /// {@return the first 1000 bytes of a file}
    static String readAll(Disk disk, String path) {
        try (DiskFile file = disk.openToRead(path)) {
            return read(file, 0, 1000);
        }
    }

    /// {@return what a read into a heap buffer and one into a direct buffer both deliver}
    static String read(DiskFile file, long position, int length) {
        ByteBuffer heap = ByteBuffer.allocate(length);
        ByteBuffer direct = ByteBuffer.allocateDirect(length);
        assertEquals(file.read(position, heap), file.read(position, direct));
        byte[] copy = new byte[direct.flip().remaining()];
        direct.get(copy);
        assertArrayEquals(Arrays.copyOf(heap.array(), heap.position()), copy);
        return new String(copy, UTF_8);
    }

    static void assertSays(String part, Throwable thrown) {
        assertTrue(thrown.getMessage().contains(part), thrown::getMessage);
    }
}
