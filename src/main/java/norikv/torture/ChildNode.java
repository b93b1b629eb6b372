package norikv.torture;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import norikv.domain.ErrorCode;
import norikv.domain.NoriException;
import norikv.work.Loops;
import norikv.work.Signal;

/// A node in a process of its own, that can be killed, frozen and begun again on its data.
///
/// **Threads.** One, and any may kill it. **Errors.** [NoriException] where the system refuses.
final class ChildNode {
    /// How a process ends that SIGTERM ended.
    private static final int EXIT_TERMINATED = 128 + 15;

    private static final long END_SECONDS_MAX = 60;
    private static final int LOG_BYTES_MAX = 4 << 10;

    private final String name;
    private final List<String> command;
    private final Path log;
    private final Loops loops;
    private final Watchdog watchdog;

    // Of the run that is under way; null before the first.
    private volatile Process process;
    private Signal ready;

    /// Whether the end of the run is our doing.
    private volatile boolean isEndOurs;

    private boolean isFrozen;

    /// What should not have happened to it, in words.
    private final List<String> troubles = new ArrayList<>();

    /// A node that does not run yet.
    ///
    /// @param log gets what it says on standard error, of all its runs
    ChildNode(String name, List<String> command, Path log, Loops loops, Watchdog watchdog) {
        this.name = name;
        this.command = List.copyOf(command);
        this.log = log;
        this.loops = loops;
        this.watchdog = watchdog;
    }

    String name() {
        return name;
    }

    /// Begins a run, and does not wait for it.
    void start() {
        lookForEnd();
        ProcessBuilder builder = new ProcessBuilder(command);
        builder.environment().keySet().removeIf(variable -> variable.startsWith("NORIKV_"));
        builder.redirectError(ProcessBuilder.Redirect.appendTo(log.toFile()));
        try {
            process = builder.start();
        } catch (IOException e) {
            throw new NoriException.Refused(
                    ErrorCode.CANNOT_START, "cannot begin a node: " + e.getMessage(), e);
        }
        begun();
        isEndOurs = false;
        isFrozen = false;
        Signal said = loops.signal();
        ready = said;
        BufferedReader out = process.inputReader();
        loops.spawn("torture-ready", () -> raiseWhenReady(out, said));
    }

    private void begun() {
        boolean isWatched = false;
        try {
            watchdog.begun(process.pid());
            isWatched = true;
        } finally {
            if (!isWatched) {
                process.toHandle().destroyForcibly();
            }
        }
    }

    private static void raiseWhenReady(BufferedReader out, Signal said) {
        try (out) {
            for (String line = out.readLine(); line != null; line = out.readLine()) {
                if (line.startsWith("READY ")) {
                    said.raise();
                }
            }
        } catch (IOException _) {
            // it is gone
        }
    }

    /// {@return whether this run has said that it is ready, by the deadline}
    boolean awaitReady(long deadlineNanos) {
        return ready.await(deadlineNanos);
    }

    /// {@return whether it runs and has said that it is ready}
    boolean isReady() {
        return isAlive() && ready.isRaised();
    }

    boolean isAlive() {
        return process != null && process.isAlive();
    }

    /// Notes it if it has ended and that was not our doing, once.
    void lookForEnd() {
        if (process != null && !process.isAlive() && !isEndOurs) {
            isEndOurs = true;
            watchdog.ended(process.pid());
            trouble("ended by itself");
        }
    }

    /// {@return what should not have happened to it}
    List<String> troubles() {
        return List.copyOf(troubles);
    }

    private void trouble(String what) {
        troubles.add(
                "%s %s with exit code %d: %s"
                        .formatted(name, what, process.exitValue(), lastWords()));
    }

    /// SIGKILL, and waits for the end.
    void kill() {
        lookForEnd();
        if (isAlive()) {
            isEndOurs = true;
            process.toHandle().destroyForcibly();
            awaitEnd();
        }
    }

    /// SIGTERM, and waits for the end, which should be with 0; while the JVM itself still starts,
    /// nobody hears the signal but it.
    void stop() {
        lookForEnd();
        if (isAlive()) {
            isEndOurs = true;
            process.toHandle().destroy();
            awaitEnd();
            int code = process.exitValue();
            if (code != 0 && (code != EXIT_TERMINATED || ready.isRaised())) {
                trouble("stopped");
            }
        }
    }

    /// SIGSTOP: it does nothing any more.
    void freeze() {
        isFrozen = true;
        signal("STOP");
    }

    /// SIGCONT: it goes on.
    void thaw() {
        if (isFrozen) {
            isFrozen = false;
            signal("CONT");
        }
    }

    /// {@return the end of what it said on standard error}
    String lastWords() {
        try (InputStream in = Files.newInputStream(log)) {
            in.skipNBytes(Math.max(0, Files.size(log) - LOG_BYTES_MAX));
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            return e.toString();
        }
    }

    private void awaitEnd() {
        try {
            if (!process.waitFor(END_SECONDS_MAX, TimeUnit.SECONDS)) {
                process.toHandle().destroyForcibly();
                process.waitFor();
            }
        } catch (InterruptedException e) {
            throw new NoriException.Broken(ErrorCode.INTERNAL, "interrupted", e);
        }
        watchdog.ended(process.pid());
    }

    private void signal(String which) {
        if (isAlive()) {
            run(List.of("/bin/sh", "-c", "kill -%s %d".formatted(which, process.pid())));
        }
    }

    /// Runs a small program of the system. **Errors.** [NoriException.Broken] with what it said.
    static void run(List<String> command) {
        try {
            Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
            process.getOutputStream().close();
            String said = new String(process.getInputStream().readAllBytes());
            if (process.waitFor() != 0) {
                throw new NoriException.Broken(
                        ErrorCode.INTERNAL, String.join(" ", command) + ": " + said.strip());
            }
        } catch (IOException | InterruptedException e) {
            throw new NoriException.Broken(
                    ErrorCode.INTERNAL, String.join(" ", command) + ": " + e.getMessage(), e);
        }
    }

    /// {@return the beginning of a command that runs our program as this process does}
    static List<String> ourProgram() {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        // Starts that are quick matter more here than how fast it gets.
        command.addAll(List.of("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xmx256m"));
        String modules = System.getProperty("jdk.module.path", "");
        if (modules.isEmpty()) {
            command.addAll(List.of("-cp", System.getProperty("java.class.path")));
            command.add("norikv.cli.Main");
        } else {
            command.addAll(List.of("-p", modules, "-m", "norikv/norikv.cli.Main"));
        }
        return command;
    }
}
