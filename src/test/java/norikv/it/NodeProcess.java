package norikv.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import norikv.client.ClientOptions;
import norikv.client.Norikv;

/// A server in a process of its own, from the jar as people get it.
///
/// Closing it kills what still runs and holds it to one line on stdout: READY or nothing.
final class NodeProcess implements AutoCloseable {
    static final Path JAR = Path.of("target", "norikv.jar").toAbsolutePath();
    static final String JAVA = Path.of(System.getProperty("java.home"), "bin", "java").toString();

    /// Access that a later JDK will refuse, or warn of.
    static final List<String> STRICT =
            List.of("--illegal-native-access=deny", "--sun-misc-unsafe-memory-access=deny");

    /// What makes many starts on a small machine quick: little compiling, small files of the log.
    private static final List<String> QUICK_JVM =
            List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC");
    private static final List<String> QUICK_SERVER = List.of("--set", "wal.segment_bytes=4MiB");

    private static final Pattern READY =
            Pattern.compile("READY rpc=(\\S+):(\\d+) http=(\\S+):(\\d+) ms=(\\d+)");
    private static final Duration TIME_MAX = Duration.ofSeconds(60);

    private final Process process;
    private final Path stderr;
    private final BufferedReader stdout;
    private final String ready;

    private NodeProcess(Process process, Path stderr) throws IOException {
        this.process = process;
        this.stderr = stderr;
        this.stdout = process.inputReader();
        // A process that neither serves nor ends must not hold the build up.
        CompletableFuture<Void> watchdog =
                CompletableFuture.runAsync(
                        () -> process.toHandle().destroyForcibly(),
                        CompletableFuture.delayedExecutor(
                                TIME_MAX.toSeconds(), TimeUnit.SECONDS));
        String line = stdout.readLine();
        watchdog.cancel(false);
        this.ready = line == null ? "" : line;
    }

    /// Starts a server on free ports and waits until it says READY, or ends.
    ///
    /// @param more flags, those of the JVM (`-X…`) and those of the server
    static NodeProcess start(Path dataDir, String... more) throws IOException {
        List<String> jvm = new ArrayList<>(QUICK_JVM);
        List<String> server = new ArrayList<>(QUICK_SERVER);
        for (String flag : more) {
            (flag.startsWith("-X") ? jvm : server).add(flag);
        }
        jvm.addAll(strict());
        return run(jvm, dataDir, server);
    }

    /// Starts a server with just these flags for the JVM, among them what is to be run.
    static NodeProcess run(List<String> jvm, Path dataDir, List<String> server)
            throws IOException {
        Path stderr = Files.createTempFile("norikv-it-", ".err");
        var toFile = ProcessBuilder.Redirect.to(stderr.toFile());
        return new NodeProcess(launch(jvm, dataDir, server, toFile), stderr);
    }

    /// Starts a server and kills it after so many milliseconds, wherever it is then.
    static void startAndKill(Path dataDir, long millis, String... more) throws IOException {
        List<String> jvm = new ArrayList<>(QUICK_JVM);
        jvm.addAll(strict());
        List<String> server = new ArrayList<>(QUICK_SERVER);
        server.addAll(List.of(more));
        Process process = launch(jvm, dataDir, server, ProcessBuilder.Redirect.DISCARD);
        try {
            process.waitFor(millis, TimeUnit.MILLISECONDS);
            process.destroyForcibly().waitFor();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /// Starts a server and asks it to stop as soon as `file` is in its data folder.
    ///
    /// @return its exit code
    static int startAndStop(Path dataDir, String file) throws IOException {
        List<String> jvm = new ArrayList<>(QUICK_JVM);
        jvm.addAll(strict());
        Process process =
                launch(jvm, dataDir, QUICK_SERVER, ProcessBuilder.Redirect.DISCARD);
        try {
            while (process.isAlive() && !Files.exists(dataDir.resolve(file))) {
                process.waitFor(1, TimeUnit.MILLISECONDS);
            }
            process.toHandle().destroy();
            assertTrue(process.waitFor(TIME_MAX.toSeconds(), TimeUnit.SECONDS));
            return process.exitValue();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        } finally {
            process.destroyForcibly();
        }
    }

    private static List<String> strict() {
        List<String> flags = new ArrayList<>(STRICT);
        flags.addAll(List.of("-p", JAR.toString(), "-m", "norikv"));
        return flags;
    }

    private static Process launch(
            List<String> jvm,
            Path dataDir,
            List<String> server,
            ProcessBuilder.Redirect stderr)
            throws IOException {
        List<String> command = new ArrayList<>(List.of(JAVA));
        command.addAll(jvm);
        command.addAll(List.of("server", "--data-dir", dataDir.toString()));
        command.addAll(List.of("--rpc-addr", "127.0.0.1:0", "--http-addr", "127.0.0.1:0"));
        command.addAll(server);
        ProcessBuilder builder = new ProcessBuilder(command).redirectError(stderr);
        builder.environment().keySet().removeIf(name -> name.startsWith("NORIKV_"));
        return builder.start();
    }

    /// {@return this, which must have said READY as its first line}
    NodeProcess mustBeReady() {
        if (!READY.matcher(ready).matches()) {
            String said = errors();
            process.toHandle().destroyForcibly();
            throw new AssertionError("READY, got '" + ready + "'\n" + said);
        }
        return this;
    }

    String endpoint() {
        Matcher match = READY.matcher(ready);
        assertTrue(match.matches(), ready);
        return match.group(1) + ":" + match.group(2);
    }

    int port() {
        return Integer.parseInt(endpoint().replaceFirst(".*:", ""));
    }

    String httpAddress() {
        Matcher match = READY.matcher(ready);
        assertTrue(match.matches(), ready);
        return "http://" + match.group(3) + ":" + match.group(4);
    }

    long pid() {
        return process.pid();
    }

    boolean isAlive() {
        return process.isAlive();
    }

    Norikv connect() {
        Duration patience = Duration.ofSeconds(20); // machines that build are busy
        return Norikv.connect(
                endpoint(),
                ClientOptions.defaults().withDeadline(patience).withConnectTimeout(patience));
    }

    /// SIGKILL: what no code of the process sees coming.
    void kill() {
        // By its handle: Process itself would close our end of its stdout too.
        process.toHandle().destroyForcibly();
        awaitEnd();
    }

    /// SIGTERM, without waiting.
    void askToStop() {
        process.toHandle().destroy();
    }

    /// Asks it to stop, and waits until it has.
    ///
    /// @return its exit code
    int stop() {
        askToStop();
        return awaitEnd();
    }

    /// {@return its exit code, once it has ended}
    int awaitEnd() {
        try {
            assertTrue(
                    process.waitFor(TIME_MAX.toSeconds(), TimeUnit.SECONDS),
                    () -> "did not end\n" + errors());
            return process.exitValue();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /// {@return what it said on stderr so far}
    String errors() {
        try {
            return Files.readString(stderr);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() throws IOException {
        if (process.isAlive()) {
            kill();
        }
        assertEquals(null, stdout.readLine(), "one line on stdout");
        stdout.close();
        Files.deleteIfExists(stderr);
    }
}
