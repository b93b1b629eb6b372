package norikv.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import norikv.bytes.Bytes;
import norikv.history.HistoryText;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// `norikv torture` as people run it: short runs that find nothing, and nothing that outlives it.
@Timeout(240)
final class TortureIT {
    private static final int NODES = 3;

    private final List<Process> started = new ArrayList<>();
    private final List<ProcessHandle> children = new ArrayList<>();
    @TempDir private Path folder;

    @AfterEach
    void killWhatIsLeft() {
        started.forEach(process -> process.toHandle().destroyForcibly());
        children.forEach(ProcessHandle::destroyForcibly);
    }

    @Test
    void clientsCannotTellThatNodesAreKilledPausedAndParted() throws Exception {
        Path history = folder.resolve("h.ndjson");
        Process torture =
                start(
                        "--seconds", "15", "--seed", "7", "--faults", "kill,pause,partition",
                        "--history", history.toString());
        assertEquals(0, torture.waitFor(), this::said);

        assertTrue(said().lines().anyMatch(line -> line.startsWith("linearizable (")), said());
        assertTrue(HistoryText.read(Bytes.wrap(Files.readAllBytes(history))).size() > 100, said());
        assertEquals(List.of(), leftFolders());
        assertEquals(0, start("--check", history.toString()).waitFor(), this::said);
    }

    @Test
    void noNodeOutlivesIt() throws Exception {
        Process torture = start("--seconds", "300", "--faults", "none");
        for (int looks = 0; nodes(torture).size() < NODES && looks < 1_000; looks++) {
            torture.waitFor(50, TimeUnit.MILLISECONDS);
        }
        children.addAll(torture.descendants().toList());
        assertEquals(NODES, nodes(torture).size(), this::said);

        torture.toHandle().destroyForcibly(); // no code of it sees that coming

        for (ProcessHandle child : children) {
            child.onExit().get(60, TimeUnit.SECONDS);
            assertFalse(child.isAlive());
        }
        assertEquals(List.of(), leftFolders());
    }

    private static List<ProcessHandle> nodes(Process torture) {
        return torture.descendants()
                .filter(p -> p.info().command().orElse("").endsWith("java"))
                .toList();
    }

    private Process start(String... flags) throws IOException {
        List<String> command = new ArrayList<>(List.of(NodeProcess.JAVA));
        command.addAll(List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"));
        command.add("-Djava.io.tmpdir=" + folder);
        command.addAll(List.of("-p", NodeProcess.JAR.toString(), "-m", "norikv", "torture"));
        command.addAll(List.of(flags));
        Process process =
                new ProcessBuilder(command)
                        .redirectErrorStream(true)
                        .redirectOutput(folder.resolve("said").toFile())
                        .start();
        started.add(process);
        return process;
    }

    private List<Path> leftFolders() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(f -> f.getFileName().toString().startsWith("norikv-")).toList();
        }
    }

    private String said() {
        try {
            return Files.readString(folder.resolve("said"));
        } catch (IOException e) {
            return e.toString();
        }
    }
}
