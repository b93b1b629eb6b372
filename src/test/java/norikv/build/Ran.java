package norikv.build;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/// What a process that has ended left behind.
record Ran(int exit, String out, String err) {
    private static final long SECONDS_MAX = 120;

    /// A process that still runs, with what it writes in files.
    record Running(Process process, Path out, Path err) {
        Ran await() throws IOException, InterruptedException {
            if (!process.waitFor(SECONDS_MAX, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                throw new AssertionError("still runs: " + process.info());
            }
            return new Ran(process.exitValue(), Files.readString(out), Files.readString(err));
        }
    }

    /// Starts a command in `folder`, with `changes` to our environment: an empty value removes.
    static Running start(Path folder, Map<String, String> changes, List<String> command)
            throws IOException {
        Path out = Files.createTempFile("norikv-out", ".txt");
        Path err = Files.createTempFile("norikv-err", ".txt");
        out.toFile().deleteOnExit();
        err.toFile().deleteOnExit();
        ProcessBuilder builder =
                new ProcessBuilder(command)
                        .directory(folder.toFile())
                        .redirectInput(new File("/dev/null"))
                        .redirectOutput(out.toFile())
                        .redirectError(err.toFile());
        Map<String, String> environment = builder.environment();
        environment.keySet().removeIf(name -> name.startsWith("NORIKV_"));
        changes.forEach(environment::put);
        environment.values().removeIf(String::isEmpty);
        return new Running(builder.start(), out, err);
    }

    static Ran run(Path folder, Map<String, String> changes, List<String> command)
            throws IOException, InterruptedException {
        return start(folder, changes, command).await();
    }
}
