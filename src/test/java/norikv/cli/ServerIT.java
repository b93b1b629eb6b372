package norikv.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// `norikv server` as the process that people start: what it prints, how it ends.
final class ServerIT {
    private static final Path JAR = Path.of("target", "norikv.jar").toAbsolutePath();
    private static final Path JAVA = Path.of(System.getProperty("java.home"), "bin", "java");
    private static final long SECONDS_MAX = 60;

    private final List<Process> started = new ArrayList<>();
    @TempDir Path folder;

    @AfterEach
    void killWhatIsLeft() {
        started.forEach(Process::destroyForcibly);
    }

    @Test
    void itSaysReadyOnceServesAndEndsWithZero() throws IOException, InterruptedException {
        Process server = server("first.err");
        BufferedReader out = server.inputReader(StandardCharsets.UTF_8);
        String ready = out.readLine();
        assertTrue(ready.matches("READY rpc=127.0.0.1:\\d+ http=127.0.0.1:\\d+ ms=\\d+"), ready);
        String endpoint = ready.replaceAll("READY rpc=(\\S+) .*", "$1");

        assertEquals(0, Run.of("put", "-e", endpoint, "k", "v").exitCode());
        assertEquals("v\n", Run.of("get", "-e", endpoint, "k").out());
        assertEquals(0, Run.of("health", "-e", endpoint).exitCode());
        server.toHandle().destroy();

        assertEquals(0, exitOf(server));
        assertEquals(-1, out.read());
        String err = Files.readString(folder.resolve("first.err"));
        assertTrue(err.startsWith("NoriKV 0.1.0  node n1  cluster c-"), err);
        assertTrue(err.contains("every write is forced to disk before it is acknowledged"), err);
        assertTrue(err.endsWith("stopping: answering what is under way\nstopped\n"), err);
        assertFalse(err.contains("warning"), err);

        Process again = server("second.err");
        String second = again.inputReader().readLine().replaceAll("READY rpc=(\\S+) .*", "$1");
        assertEquals("v\n", Run.of("get", "-e", second, "k").out());
    }

    @Test
    void whatKeepsItFromStartingHasAnExitCodeAndLeavesTheFolderAlone()
            throws IOException, InterruptedException {
        Process first = server("first.err");
        assertTrue(first.inputReader().readLine().startsWith("READY"));
        assertEquals(11, exitOf(server("locked.err")));
        assertOneError("locked.err", "CANNOT_START");
        first.destroy();
        assertEquals(0, exitOf(first));

        byte[] identity = Files.readAllBytes(folder.resolve("data/identity"));
        assertEquals(12, exitOf(server("other.err", "--node-id", "n2")));
        assertOneError("other.err", "CLUSTER_MISMATCH");
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            String port = "127.0.0.1:" + taken.getLocalPort();
            assertEquals(11, exitOf(server("port.err", "--rpc-addr", port)));
            assertOneError("port.err", "CANNOT_START");
            assertTrue(Files.readString(folder.resolve("port.err")).contains(port));
            assertEquals(11, exitOf(server("http.err", "--http-addr", port)));
        }
        assertEquals(2, exitOf(server("flag.err", "--rcp-addr", "x")));
        assertArrayEquals(identity, Files.readAllBytes(folder.resolve("data/identity")));
    }

    @Test
    void aDamagedFolderIsRefusedAndLeftAsItIs() throws IOException, InterruptedException {
        Process first = server("first.err");
        assertTrue(first.inputReader().readLine().startsWith("READY"));
        first.toHandle().destroy();
        assertEquals(0, exitOf(first));
        Path identity = folder.resolve("data/identity");
        byte[] damaged = Files.readAllBytes(identity);
        damaged[30] ^= 1;
        Files.write(identity, damaged);

        assertEquals(9, exitOf(server("damaged.err")));

        assertOneError("damaged.err", "CORRUPTION");
        assertArrayEquals(damaged, Files.readAllBytes(identity));
    }

    private void assertOneError(String file, String symbol) throws IOException {
        String err = Files.readString(folder.resolve(file));
        assertTrue(err.startsWith("error[" + symbol + "]: server cannot start: "), err);
        assertTrue(err.lines().count() <= 3, err);
    }

    private Process server(String err, String... more) throws IOException {
        List<String> command =
                new ArrayList<>(
                        List.of(
                                JAVA.toString(),
                                "-p",
                                JAR.toString(),
                                "-m",
                                "norikv",
                                "server",
                                "--data-dir=data",
                                "--http-addr=127.0.0.1:0",
                                "--rpc-addr=127.0.0.1:0"));
        command.addAll(List.of(more));
        ProcessBuilder builder =
                new ProcessBuilder(command)
                        .directory(folder.toFile())
                        .redirectError(folder.resolve(err).toFile());
        builder.environment().keySet().removeIf(name -> name.startsWith("NORIKV_"));
        Process process = builder.start();
        started.add(process);
        return process;
    }

    private static int exitOf(Process process) throws InterruptedException {
        assertTrue(process.waitFor(SECONDS_MAX, TimeUnit.SECONDS));
        return process.exitValue();
    }
}
