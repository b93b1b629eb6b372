package norikv.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import norikv.server.FreePorts;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Runs what the README tells people to run, as it stands there, but on free ports.
@Timeout(240)
final class ReadmeIT {
    private static final Path ROOT = Path.of("").toAbsolutePath();
    private static final Pattern READY =
            Pattern.compile("READY rpc=(\\S+) http=\\S+:(\\d+) ms=\\d+");

    private static String readme;

    @TempDir private Path folder;

    @BeforeAll
    static void readReadme() throws IOException {
        readme = Files.readString(ROOT.resolve("README.md"));
    }

    @Test
    void theFirstFiveMinutesWork() throws Exception {
        Files.createSymbolicLink(folder.resolve("norikv"), ROOT.resolve("norikv"));
        Server server = startServer();
        try {
            String commands = block("executed by ReadmeIT", "sh");
            assertTrue(commands.contains("./norikv put "), "the block is found");
            String onFreePorts = commands.replace("localhost:8080", "localhost:" + server.httpPort);
            Result result =
                    run(
                            List.of("bash", "-euxo", "pipefail", "-c", onFreePorts),
                            Map.of("NORIKV_ENDPOINTS", server.endpoint));
            assertEquals(0, result.exitCode, result.output);
            assertTrue(result.output.contains("{\"name\":\"Ada\"}"), result.output);
            assertTrue(result.output.contains("readyz check passed"), result.output);
            List<String> answers = Files.readAllLines(folder.resolve("answers.ndjson"));
            assertEquals(2, answers.size(), answers::toString);
            assertTrue(answers.getLast().contains("\"value\":{\"utf8\":\"paid\"}"));
        } finally {
            server.process.destroy();
        }
        assertEquals(0, server.process.waitFor());
    }

    @Test
    void theClusterInOneProcessWorks() throws Exception {
        Files.createSymbolicLink(folder.resolve("norikv"), ROOT.resolve("norikv"));
        String commands = block("the cluster, executed by ReadmeIT", "sh");
        var random = new SplittableRandom(ProcessHandle.current().pid());
        int port = FreePorts.draw(1, random).getFirst();
        for (int i = 0; i < 3; i++) {
            commands = commands.replace("" + (17_447 + i), "" + (port + i));
        }
        Result result = run(List.of("bash", "-euxo", "pipefail", "-c", commands), Map.of());
        assertEquals(0, result.exitCode, result.output);
        assertTrue(
                result.output.matches("(?s).*\nuser:42 +Ada +\\d+:\\d+ +- +717 +n\\d .*"),
                result.output);
        assertTrue(result.output.contains("OK shard=717 leader=n1 term="), result.output);
        String hash = "n\\d +\\d+:\\d+ .* [0-9a-f]{16}";
        assertEquals(3, result.output.lines().filter(line -> line.matches(hash)).count());
        assertTrue(result.output.contains("stopped"), result.output);
    }

    @Test
    void threeNodesGoOnWithTwo() throws Exception {
        Files.createSymbolicLink(folder.resolve("norikv"), ROOT.resolve("norikv"));
        String commands = block("three nodes, executed by ReadmeIT", "sh");
        var random = new SplittableRandom(ProcessHandle.current().pid() + 1);
        List<Integer> ports = FreePorts.draw(3, random);
        for (int i = 1; i <= 3; i++) {
            commands = commands.replace("" + (17_460 + i), "" + ports.get(i - 1));
        }
        String drawn = "127.0.0.1:$(echo %d %d %d | cut -d' ' -f$i)".formatted(ports.toArray());
        commands = commands.replace("127.0.0.1:1746$i", drawn);
        Result result = run(List.of("bash", "-emuxo", "pipefail", "-c", commands), Map.of());
        assertEquals(0, result.exitCode, result.output);
        assertTrue(result.output.contains("unreachable"), result.output);
        assertEquals(2, result.output.lines().filter("Ada"::equals).count(), result.output);
        assertEquals(2, result.output.lines().filter("stopped"::equals).count(), result.output);
    }

    @Test
    void theJavaExampleCompilesAndRuns() throws Exception {
        String source =
                """
                import norikv.client.*;
                import norikv.domain.*;
                class Example {
                    public static void main(String[] args) {
                %s
                    }
                }
                """
                        .formatted(block("compiled and run by ReadmeIT", "java"));
        try (NodeProcess node = NodeProcess.start(folder.resolve("data")).mustBeReady()) {
            Path file = folder.resolve("Example.java");
            Files.writeString(file, source.replace("127.0.0.1:7447", node.endpoint()));
            Result result =
                    run(
                            List.of(
                                    NodeProcess.JAVA,
                                    "-p",
                                    NodeProcess.JAR.toString(),
                                    "--add-modules",
                                    "norikv",
                                    file.toString()),
                            Map.of());
            assertEquals(0, result.exitCode, result.output);
            assertEquals("Grace", result.output.strip());
        }
    }

    /// {@return the fenced block that follows the marker}
    private static String block(String marker, String language) {
        String fence = "```";
        Matcher match =
                Pattern.compile(
                                "<!-- %s -->\\n%s%s\\n(.*?)\\n%s"
                                        .formatted(marker, fence, language, fence),
                                Pattern.DOTALL)
                        .matcher(readme);
        assertTrue(match.find(), marker);
        return match.group(1);
    }

    private record Server(Process process, String endpoint, String httpPort) {}

    private record Result(int exitCode, String output) {}

    private Server startServer() throws IOException {
        ProcessBuilder builder =
                new ProcessBuilder("./norikv", "server")
                        .directory(folder.toFile())
                        .redirectError(folder.resolve("server.err").toFile());
        ours(builder);
        builder.environment().put("NORIKV_RPC_ADDR", "127.0.0.1:0");
        builder.environment().put("NORIKV_HTTP_ADDR", "127.0.0.1:0");
        Process process = builder.start();
        BufferedReader stdout = process.inputReader();
        String line = String.valueOf(stdout.readLine());
        Matcher ready = READY.matcher(line);
        assertTrue(ready.matches(), () -> line + "\n" + errors());
        return new Server(process, ready.group(1), ready.group(2));
    }

    /// Lets nothing of the machine in but the JDK that runs the tests.
    private static void ours(ProcessBuilder builder) {
        builder.environment().keySet().removeIf(name -> name.startsWith("NORIKV_"));
        builder.environment().put("NORIKV_JAVA", System.getProperty("java.home"));
    }

    private String errors() {
        try {
            return Files.readString(folder.resolve("server.err"));
        } catch (IOException e) {
            return e.toString();
        }
    }

    private Result run(List<String> command, Map<String, String> environment)
            throws IOException, InterruptedException {
        ProcessBuilder builder =
                new ProcessBuilder(command)
                        .directory(folder.toFile())
                        .redirectErrorStream(true);
        ours(builder);
        builder.environment().putAll(environment);
        Process process = builder.start();
        process.getOutputStream().close();
        String output =
                new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return new Result(process.waitFor(), output);
    }
}
