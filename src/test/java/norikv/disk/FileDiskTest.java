package norikv.disk;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import norikv.domain.ErrorCode;
import norikv.domain.NoriException;
import norikv.domain.NoriException.DiskFailure;
import norikv.domain.NoriException.DiskFailure.Reason;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What [FileDisk] promises, on the real file system.
final class FileDiskTest {
    @TempDir Path folder;

    private FileDisk disk;

    @BeforeEach
    void open() {
        disk = FileDisk.open(folder.resolve("data"));
    }

    @Test
    void whatIsWrittenIsReadByPosition() {
        try (DiskFile file = disk.create("a")) {
            file.write(4, bytes("mid"));
            file.write(0, new ByteBuffer[] {bytes("he"), bytes(""), bytes("ad")});
            file.write(7, new ByteBuffer[] {bytes("tail").asReadOnlyBuffer()});
            file.force();

            assertEquals(11, file.size());
            assertEquals("headmidtail", read(file, 0, 11));
            assertEquals("midta", read(file, 4, 5));
        }
    }

    @Test
    void aReadStopsAtTheEndOfTheFileAndSaysSo() {
        try (DiskFile file = disk.create("a")) {
            file.write(0, bytes("12345"));
            ByteBuffer target = ByteBuffer.allocateDirect(10).position(1);

            assertEquals(3, file.read(2, target));
            assertEquals(4, target.position());
            assertEquals(0, file.read(5, target));
            assertEquals(0, file.read(500, target));
        }
    }

    @Test
    void buffersAreReadAndWrittenBetweenPositionAndLimitOnly() {
        try (DiskFile file = disk.create("a")) {
            ByteBuffer source = bytes("xxABCyy").position(2).limit(5);
            file.write(0, source);

            assertEquals(5, source.position());
            assertEquals("ABC", read(file, 0, 100));
        }
    }

    @Test
    void aGatheringWriteOfManyBuffersIsComplete() {
        ByteBuffer[] sources = new ByteBuffer[3000];
        var expected = new StringBuilder();
        for (int i = 0; i < sources.length; i++) {
            sources[i] = bytes(i + ",");
            expected.append(i).append(',');
        }
        try (DiskFile file = disk.create("a")) {
            file.write(1, sources);

            assertEquals("\0" + expected, read(file, 0, expected.length() + 1));
        }
    }

    @Test
    void truncatingCuts() {
        try (DiskFile file = disk.create("a")) {
            file.write(0, bytes("12345"));
            file.truncate(2);

            assertEquals("12", read(file, 0, 10));
        }
    }

    @Test
    void aMappingOutlivesItsFileAndEndsWhenClosed() {
        DiskFile file = disk.create("a");
        file.write(0, bytes("0123456789"));
        DiskFile.Mapping mapping = file.map(3, 4);
        file.close();
        disk.delete("a");

        assertEquals("3456", mapping.region().bytes(0, 4).toUtf8());
        assertEquals(4, mapping.region().length());
        mapping.close();
        assertDoesNotThrow(mapping::close);
        assertThrows(IllegalStateException.class, () -> mapping.region().getByte(0));
    }

    @Test
    void aMappingIsForReadingOnlyAndInsideOfTheFile() {
        try (DiskFile file = disk.create("a")) {
            file.write(0, bytes("0123456789"));
            try (var mapping = file.map(0, 10)) {
                assertThrows(
                        IllegalArgumentException.class, () -> mapping.region().putByte(0, 1));
            }
            var thrown = assertThrows(DiskFailure.class, () -> file.map(5, 6));
            assertTrue(thrown.getMessage().contains("which has 10 bytes"), thrown.getMessage());
            assertThrows(DiskFailure.class, () -> file.map(-1, 2));
            file.map(10, 0).close();
        }
    }

    @Test
    void namesAreListedSortedAndAMissingDirectoryIsEmpty() {
        disk.createDirectories("wal/pool");
        disk.create("wal/b").close();
        disk.create("wal/a").close();

        assertEquals(List.of("a", "b", "pool"), disk.list("wal"));
        assertEquals(List.of("wal"), disk.list(""));
        assertEquals(List.of(), disk.list("sst"));
        assertThrows(DiskFailure.class, () -> disk.list("wal/a"));
    }

    @Test
    void filesAreRenamedLinkedAndDeleted() {
        write("a", "A");
        write("b", "B");
        disk.rename("a", "b");
        disk.link("b", "c");

        assertEquals(List.of("b", "c"), disk.list(""));
        assertEquals("A", readAll("b"));
        disk.delete("b");
        assertEquals("A", readAll("c"));
        assertFalse(disk.exists("b"));
        assertTrue(disk.exists("c"));
        disk.forceDirectory("");
    }

    @Test
    void aCreationRefusesAnExistingFileAndAnOpeningAMissingOne() {
        write("a", "A");

        assertMessage("exists already", assertThrows(DiskFailure.class, () -> disk.create("a")));
        assertMessage(
                "no such file", assertThrows(DiskFailure.class, () -> disk.openToWrite("b")));
        var thrown = assertThrows(DiskFailure.class, () -> disk.openToRead("b"));
        assertMessage("no such file", thrown);
        assertMessage(folder.resolve("data").resolve("b").toString(), thrown);
        assertThrows(DiskFailure.class, () -> disk.link("b", "c"));
        assertThrows(DiskFailure.class, () -> disk.link("a", "a"));
        assertThrows(DiskFailure.class, () -> disk.rename("b", "c"));
        assertThrows(DiskFailure.class, () -> disk.delete("b"));
        assertThrows(DiskFailure.class, () -> disk.forceDirectory("none"));
        assertEquals("A", readAll("a"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"../a", "/etc/passwd", "a/../../b", "a//b", "a/", "./a", "..", "a\\b", "\0"})
    void aPathThatCouldLeadOutIsRefused(String path) {
        assertThrows(IllegalArgumentException.class, () -> disk.create(path));
        assertThrows(IllegalArgumentException.class, () -> disk.exists(path));
        assertThrows(IllegalArgumentException.class, () -> disk.list(path));
        assertThrows(IllegalArgumentException.class, () -> disk.rename("a", path));
        assertThrows(IllegalArgumentException.class, () -> disk.createDirectories(path));
        assertThrows(IllegalArgumentException.class, () -> disk.lock(path));
    }

    @Test
    void aMissingFolderIsMadeWithThoseAboveIt() {
        Path deep = folder.resolve("x/y/z");
        write(FileDisk.open(deep), "a", "A");

        assertEquals(List.of("a"), FileDisk.open(deep).list(""));
    }

    @Test
    void aFolderThatIsNoneIsRefused() throws IOException {
        Path file = Files.writeString(folder.resolve("file"), "");

        for (Path root : List.of(file, file.resolve("below"))) {
            var thrown = assertThrows(NoriException.Refused.class, () -> FileDisk.open(root));
            assertEquals(ErrorCode.CANNOT_START, thrown.code());
            assertMessage(root.toString(), thrown);
        }
    }

    @Test
    void afterAFailedForceAFileTakesNoMoreWritesAndForces() throws IOException {
        DiskFile file = deviceFile("/dev/null");
        file.write(0, bytes("before"));
        assertEquals(Reason.BROKEN, assertThrows(DiskFailure.class, file::force).reason());

        for (Runnable call :
                List.<Runnable>of(
                        () -> file.write(0, bytes("x")),
                        () -> file.write(0, new ByteBuffer[] {bytes("x")}),
                        file::force,
                        () -> file.truncate(0))) {
            assertMessage("an earlier force failed", assertThrows(DiskFailure.class, call::run));
        }
        file.close();
    }

    @Test
    void noRoomIsToldApartFromABrokenDisk() throws IOException {
        DiskFile file = deviceFile("/dev/full");

        var thrown = assertThrows(DiskFailure.class, () -> file.write(0, bytes("x")));
        assertEquals(Reason.FULL, thrown.reason());
        assertEquals(ErrorCode.DISK_WATERMARK, thrown.code());
        assertMessage("write 1 bytes at 0", thrown);
        var gather = new ByteBuffer[] {bytes("x")};
        assertEquals(
                Reason.FULL,
                assertThrows(DiskFailure.class, () -> file.write(0, gather)).reason());
        file.close();
    }

    @Test
    void aClosedFileSaysThatItIsClosed() {
        DiskFile file = disk.create("a");
        file.close();
        file.close();

        assertMessage("closed", assertThrows(DiskFailure.class, file::force));
        assertMessage("closed", assertThrows(DiskFailure.class, file::size));
        assertMessage(
                "closed", assertThrows(DiskFailure.class, () -> file.write(0, bytes("x"))));
        assertEquals("a", file.path());
    }

    @Test
    void anInterruptIsExplained() {
        DiskFile file = disk.create("a");
        Thread.currentThread().interrupt();
        try {
            var thrown = assertThrows(DiskFailure.class, () -> file.write(0, bytes("x")));
            assertMessage("was interrupted", thrown);
        } finally {
            assertTrue(Thread.interrupted());
        }
    }

    @Test
    void aDiskHasFreeBytesNoMoreThanAll() {
        assertTrue(disk.freeBytes() > 0);
        assertTrue(disk.freeBytes() <= disk.totalBytes());
    }

    /// A device behind a link: the way to real faults without a privilege.
    private DiskFile deviceFile(String device) throws IOException {
        assumeTrue(Files.isWritable(Path.of(device)), () -> device + " does not exist");
        Files.createSymbolicLink(folder.resolve("data/device"), Path.of(device));
        DiskFile file = disk.openToWrite("device");
        disk.delete("device");
        return file;
    }

    private void write(String path, String text) {
        write(disk, path, text);
    }

    private static void write(Disk disk, String path, String text) {
        try (DiskFile file = disk.create(path)) {
            file.write(0, bytes(text));
        }
    }

    private String readAll(String path) {
        try (DiskFile file = disk.openToRead(path)) {
            return read(file, 0, 1000);
        }
    }

    private static String read(DiskFile file, long position, int length) {
        ByteBuffer heap = ByteBuffer.allocate(length);
        ByteBuffer direct = ByteBuffer.allocateDirect(length);
        assertEquals(file.read(position, heap), file.read(position, direct));
        byte[] copy = new byte[direct.flip().remaining()];
        direct.get(copy);
        byte[] same = java.util.Arrays.copyOf(heap.array(), heap.position());
        assertArrayEquals(same, copy);
        return new String(copy, UTF_8);
    }

    private static ByteBuffer bytes(String text) {
        return ByteBuffer.wrap(text.getBytes(UTF_8));
    }

    private static void assertMessage(String part, Throwable thrown) {
        assertTrue(thrown.getMessage().contains(part), thrown::getMessage);
    }
}
