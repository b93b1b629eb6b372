package norikv.disk;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import norikv.domain.ErrorCode;
import norikv.domain.NoriException.DiskFailure;
import norikv.domain.NoriException.DiskFailure.Reason;
import norikv.domain.NoriException.Refused;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What [FileDisk] promises, on the real file system.
final class FileDiskTest implements DiskContract {
    @TempDir Path folder;

    private FileDisk disk;

    @BeforeEach
    void open() {
        disk = FileDisk.open(folder.resolve("data"));
    }

    @Override
    public Disk disk() {
        return disk;
    }

    @Test
    void aMissingFolderIsMadeWithThoseAboveIt() {
        Path deep = folder.resolve("x/y/z");
        Texts.write(FileDisk.open(deep), "a", "A");

        assertEquals(List.of("a"), FileDisk.open(deep).list(""));
    }

    @Test
    void aFolderThatIsNoneIsRefused() throws IOException {
        Path file = Files.writeString(folder.resolve("file"), "");

        for (Path root : List.of(file, file.resolve("below"))) {
            var thrown = assertThrows(Refused.class, () -> FileDisk.open(root));
            assertEquals(ErrorCode.CANNOT_START, thrown.code());
            Texts.assertSays(root.toString(), thrown);
        }
    }

    @Test
    void afterAFailedForceAFileTakesNoMoreWritesAndForces() throws IOException {
        DiskFile file = deviceFile("/dev/null");
        file.write(0, Texts.bytes("before"));
        assertEquals(Reason.BROKEN, assertThrows(DiskFailure.class, file::force).reason());

        for (Runnable call :
                List.<Runnable>of(
                        () -> file.write(0, Texts.bytes("x")),
                        () -> file.write(0, new ByteBuffer[] {Texts.bytes("x")}),
                        file::force,
                        () -> file.truncate(0))) {
            Texts.assertSays("an earlier force failed", assertThrows(DiskFailure.class, call::run));
        }
        file.close();
    }

    @Test
    void noRoomIsToldApartFromABrokenDisk() throws IOException {
        DiskFile file = deviceFile("/dev/full");

        var thrown = assertThrows(DiskFailure.class, () -> file.write(0, Texts.bytes("x")));
        assertEquals(Reason.FULL, thrown.reason());
        assertEquals(ErrorCode.DISK_WATERMARK, thrown.code());
        Texts.assertSays("write 1 bytes at 0", thrown);
        var gather = new ByteBuffer[] {Texts.bytes("x")};
        assertEquals(
                Reason.FULL,
                assertThrows(DiskFailure.class, () -> file.write(0, gather)).reason());
        file.close();
    }

    @Test
    void anInterruptIsExplained() {
        DiskFile file = disk.create("a");
        Thread.currentThread().interrupt();
        try {
            var thrown = assertThrows(DiskFailure.class, () -> file.write(0, Texts.bytes("x")));
            Texts.assertSays("was interrupted", thrown);
        } finally {
            assertTrue(Thread.interrupted());
        }
    }

    /// A device behind a link: the way to real faults without a privilege.
    private DiskFile deviceFile(String device) throws IOException {
        assumeTrue(Files.isWritable(Path.of(device)), () -> device + " does not exist");
        Files.createSymbolicLink(folder.resolve("data/device"), Path.of(device));
        DiskFile file = disk.openToWrite("device");
        disk.delete("device");
        return file;
    }
}
