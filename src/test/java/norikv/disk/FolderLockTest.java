package norikv.disk;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import norikv.domain.ErrorCode;
import norikv.domain.NoriException;
import norikv.domain.NoriException.Refused;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The lock of a folder, against this process and against others, which are started for real.
final class FolderLockTest {
    @TempDir Path folder;

    private FileDisk disk;

    @BeforeEach
    void open() {
        disk = FileDisk.open(folder);
    }

    @Test
    void aSecondOwnerInThisProcessIsRefused() {
        try (var _ = disk.lock("LOCK")) {
            var thrown = assertThrows(Refused.class, () -> FileDisk.open(folder).lock("LOCK"));

            assertEquals(ErrorCode.CANNOT_START, thrown.code());
            assertTrue(thrown.getMessage().contains(folder.resolve("LOCK").toString()));
            assertTrue(thrown.getMessage().contains("this very process"), thrown::getMessage);
            assertTrue(thrown.getMessage().contains("Stop that node"), thrown::getMessage);
        }
        disk.lock("LOCK").close();
        disk.lock("LOCK").close();
    }

    @Test
    void anotherProcessIsRefusedAndToldWhoHasIt() throws Exception {
        try (var _ = disk.lock("LOCK")) {
            String answer = lockInAnotherProcess();

            assertTrue(
                    answer.contains("process " + ProcessHandle.current().pid() + " holds"), answer);
        }
        assertEquals("locked", lockInAnotherProcess());
    }

    @Test
    void aRefusedOwnerInThisProcessDoesNotFreeTheFolderForOtherProcesses() throws Exception {
        try (var _ = disk.lock("LOCK")) {
            assertThrows(Refused.class, () -> disk.lock("LOCK"));

            String answer = lockInAnotherProcess();
            assertTrue(answer.contains("holds locked"), answer);
        }
    }

    @Test
    void aLockFileThatCannotBeMadeIsRefused() throws IOException {
        Files.createDirectory(folder.resolve("LOCK"));

        assertThrows(Refused.class, () -> disk.lock("LOCK"));
        Files.delete(folder.resolve("LOCK"));
        disk.lock("LOCK").close();
    }

    /// Locks the folder that the argument names, says how that went, and ends.
    static final class Probe {
        private Probe() {}

        /// What the other process runs.
        public static void main(String[] args) throws IOException {
            String answer = "locked";
            try (var _ = FileDisk.open(Path.of(args[0])).lock("LOCK")) {
                Files.writeString(Path.of(args[1]), answer);
            } catch (NoriException e) {
                Files.writeString(Path.of(args[1]), e.getMessage());
            }
        }
    }

    private String lockInAnotherProcess() throws Exception {
        Path answer = folder.resolve("answer");
        String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
        String classPath = placeOf(FileDisk.class) + ":" + placeOf(Probe.class);
        String[] command = {
            java,
            "-XX:TieredStopAtLevel=1",
            "-cp",
            classPath,
            Probe.class.getName(),
            folder.toString(),
            answer.toString()
        };
        assertEquals(0, new ProcessBuilder(command).inheritIO().start().waitFor());
        return Files.readString(answer);
    }

    /// {@return the folder that `type` was compiled into, whoever loaded it}
    private static Path placeOf(Class<?> type) throws Exception {
        String name = type.getName().replace('.', '/') + ".class";
        String file = type.getClassLoader().getResource(name).toString();
        return Path.of(new URI(file.substring(0, file.length() - name.length())));
    }
}
