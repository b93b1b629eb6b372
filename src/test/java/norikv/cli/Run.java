package norikv.cli;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import norikv.work.ThreadLoops;

/// What one command line did: for tests, without a process.
record Run(int exitCode, String out, String err) {
    /// What was fatal anywhere.
    static final Queue<String> FAULTS = new ConcurrentLinkedQueue<>();

    static Run of(String... args) {
        return with(Map.of(), "", args);
    }

    static Run with(Map<String, String> environment, String input, String... args) {
        return withBytes(environment, input.getBytes(StandardCharsets.UTF_8), args);
    }

    static Run withBytes(Map<String, String> environment, byte[] input, String... args) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        Terminal terminal =
                new Terminal(
                        new ByteArrayInputStream(input),
                        out,
                        new PrintStream(err, true, StandardCharsets.UTF_8),
                        environment,
                        false,
                        new ThreadLoops((where, cause) -> FAULTS.add(where + ": " + cause)));
        int exitCode = CommandLine.run(args, terminal);
        return new Run(
                exitCode,
                out.toString(StandardCharsets.UTF_8),
                err.toString(StandardCharsets.UTF_8));
    }
}
