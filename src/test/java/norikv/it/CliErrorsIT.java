package norikv.it;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// What the command line says and ends with when a limit is not kept, against a real node.
@Timeout(180)
final class CliErrorsIT {
    @TempDir private Path folder;

    /// A command under way, and what it must end with.
    private record Expected(
            List<String> command, Process process, Path err, int exitCode, List<String> texts) {}

    @Test
    void everyLimitIsNamedWithTheValueThatBrokeItAndTheExitCodeSaysWhatItWas() throws Exception {
        Path big = folder.resolve("big");
        Files.write(big, new byte[(1 << 20) + 1]);
        try (NodeProcess node = NodeProcess.start(folder.resolve("data")).mustBeReady()) {
            check(run(node, List.of("put", "", "v"), 2, "1 to 1024 bytes", "got 0"));
            check(run(node, List.of("put", "k".repeat(1025), "v"), 8, "1024", "1025"));
            check(
                    run(
                            node,
                            List.of("put", "k", "--value-file", big.toString()),
                            8,
                            "1048576",
                            "1048577"));
            check(run(node, List.of("put", "k", "v", "--ttl", "0s"), 2, "above 0s", "got '0s'"));
            check(
                    run(
                            node,
                            List.of("scan", "--from", "b", "--to", "a"),
                            2,
                            "from <= to",
                            "0x62 > to 0x61"));
            check(
                    run(
                            node,
                            List.of("get", "k", "--consistency", "sometimes"),
                            2,
                            "linearizable, lease or stale",
                            "'sometimes'"));
            check(run(node, List.of("scan", "--cursor", "nonsense"), 2, "cursor", "nonsense"));
            check(run(node, List.of("scan", "--limit", "0"), 2, "from 1 to", "got '0'"));
            check(run(node, List.of("get", "nobody"), 3));
            check(run(node, List.of("put", "k", "v", "--if-version", "1:999"), 4));
            check(run(node, List.of("pit", "k"), 2, "did you mean", "put"));
            check(run(node, List.of("put", "k", "v", "--tll", "1s"), 2, "did you mean", "--ttl"));
            assertEquals(0, node.stop(), node::errors);
        }
    }

    private static void check(Expected one) throws IOException, InterruptedException {
        assertTrue(one.process.waitFor(60, TimeUnit.SECONDS), () -> "hangs: " + one.command);
        String err = Files.readString(one.err);
        String shown = one.command.subList(0, Math.min(2, one.command.size())) + "\n" + err;
        assertEquals(one.exitCode, one.process.exitValue(), shown);
        for (String text : one.texts) {
            assertTrue(err.contains(text), () -> text + " in the errors of " + shown);
        }
        assertEquals("", new String(one.process.getInputStream().readAllBytes(), UTF_8), shown);
    }

    private Expected run(
            NodeProcess node, List<String> arguments, int exitCode, String... texts)
            throws IOException {
        List<String> command =
                new ArrayList<>(
                        List.of(
                                NodeProcess.JAVA,
                                "-XX:TieredStopAtLevel=1",
                                "-XX:+UseSerialGC",
                                "-p",
                                NodeProcess.JAR.toString(),
                                "-m",
                                "norikv"));
        command.addAll(arguments);
        Path err = Files.createTempFile(folder, "cli-", ".err");
        ProcessBuilder builder = new ProcessBuilder(command).redirectError(err.toFile());
        builder.environment().keySet().removeIf(name -> name.startsWith("NORIKV_"));
        builder.environment().put("NORIKV_ENDPOINTS", node.endpoint());
        Process process = builder.start();
        process.getOutputStream().close();
        return new Expected(arguments, process, err, exitCode, List.of(texts));
    }
}
