package norikv.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import norikv.client.ClientOptions;
import norikv.client.Norikv;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// `norikv dev` as people start it: it serves, ends when told to, and leaves only what was asked
/// for.
@Timeout(180)
final class DevIT {
    private static final Pattern READY = Pattern.compile("READY nodes=3 endpoints=(\\S+) ms=\\d+");
    private static final ClientOptions PATIENT =
            ClientOptions.defaults().withDeadline(Duration.ofSeconds(30));

    private final List<Process> started = new ArrayList<>();
    @TempDir private Path folder;

    @AfterEach
    void killWhatIsLeft() {
        started.forEach(process -> process.toHandle().destroyForcibly());
    }

    @Test
    void itServesAndThrowsItsDataAway() throws Exception {
        Process dev = start();
        try (Norikv client = Norikv.connect(endpoints(dev), PATIENT)) {
            client.put("k", "v");
            assertEquals("v", client.get("k").orElseThrow().value().toUtf8());
            assertEquals(1, temporaryFolders(), "it is there while it runs");
        }
        end(dev);
        assertEquals(0, temporaryFolders());
        assertTrue(errors().contains("export NORIKV_ENDPOINTS="), errors());
    }

    @Test
    void whatIsKeptIsFoundAgain() throws Exception {
        Path data = folder.resolve("data");
        Process first = start("--data-dir", data.toString());
        try (Norikv client = Norikv.connect(endpoints(first), PATIENT)) {
            client.put("k", "kept");
        }
        end(first);
        Process second = start("--data-dir", data.toString());
        try (Norikv client = Norikv.connect(endpoints(second), PATIENT)) {
            assertEquals("kept", client.get("k").orElseThrow().value().toUtf8());
        }
        end(second);

        Process other = start("--data-dir", data.toString(), "--nodes", "5");
        assertEquals(12, other.waitFor());
        assertTrue(errors().contains("CLUSTER_MISMATCH"), errors());
        assertFalse(errors().contains("Exception"), errors());
    }

    private Process start(String... flags) throws IOException {
        List<String> command = new ArrayList<>(List.of(NodeProcess.JAVA));
        command.addAll(List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"));
        command.add("-Djava.io.tmpdir=" + folder);
        command.addAll(NodeProcess.STRICT);
        command.addAll(List.of("-p", NodeProcess.JAR.toString(), "-m", "norikv", "dev"));
        command.addAll(List.of(flags));
        ProcessBuilder builder = new ProcessBuilder(command);
        builder.redirectError(ProcessBuilder.Redirect.to(folder.resolve("err").toFile()));
        Process process = builder.start();
        started.add(process);
        return process;
    }

    private String endpoints(Process dev) throws IOException {
        BufferedReader out = dev.inputReader();
        String line = String.valueOf(out.readLine());
        Matcher ready = READY.matcher(line);
        assertTrue(ready.matches(), () -> line + "\n" + errors());
        return ready.group(1);
    }

    private void end(Process dev) throws InterruptedException {
        dev.toHandle().destroy();
        assertTrue(dev.waitFor(60, TimeUnit.SECONDS), this::errors);
        assertEquals(0, dev.exitValue(), this::errors);
    }

    private long temporaryFolders() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(f -> f.getFileName().toString().startsWith("norikv-")).count();
        }
    }

    private String errors() {
        try {
            return Files.readString(folder.resolve("err"));
        } catch (IOException e) {
            return e.toString();
        }
    }
}
