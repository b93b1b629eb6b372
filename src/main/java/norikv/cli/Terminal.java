package norikv.cli;

import java.io.BufferedOutputStream;
import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileNotFoundException;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import norikv.work.Loops;
import norikv.work.ThreadLoops;

/// What a command hears and says: data on `out`, everything meant for people on `err`, both UTF-8
/// whatever the locale, because keys are bytes.
///
/// @param interactive whether a person watches `err`
/// @param loops time, and threads where a command needs them
record Terminal(
        InputStream in,
        OutputStream out,
        PrintStream err,
        Map<String, String> environment,
        boolean interactive,
        Loops loops) {
    private static final int OUT_BYTES = 1 << 16;

    /// {@return that of this process}
    static Terminal ofProcess() {
        OutputStream out =
                new BufferedOutputStream(new FileOutputStream(FileDescriptor.out), OUT_BYTES);
        PrintStream err =
                new PrintStream(
                        new FileOutputStream(FileDescriptor.err), true, StandardCharsets.UTF_8);
        Map<String, String> environment = System.getenv();
        boolean interactive = !"dumb".equals(environment.get("TERM")) && errIsTerminal();
        Loops loops = new ThreadLoops((where, cause) -> broken(err, where, cause));
        return new Terminal(
                new FileInputStream(FileDescriptor.in), out, err, environment, interactive, loops);
    }

    /// Opens a file that the user named, or standard input where it is `-`.
    InputStream open(String file) {
        if (file.equals("-")) {
            return in;
        }
        try {
            return new FileInputStream(file);
        } catch (FileNotFoundException e) {
            throw Complaint.usage("cannot read " + e.getMessage(), "");
        }
    }

    /// Writes `text` to `out`.
    void print(String text) throws IOException {
        out.write(text.getBytes(StandardCharsets.UTF_8));
    }

    /// Writes `text` and a line end to `out`.
    void println(String text) throws IOException {
        print(text);
        out.write('\n');
    }

    /// The console of the JDK looks at standard output, which is where data goes.
    private static boolean errIsTerminal() {
        try {
            String file = Files.readSymbolicLink(Path.of("/proc/self/fd/2")).toString();
            return file.startsWith("/dev/pts/") || file.startsWith("/dev/tty");
        } catch (IOException _) {
            return System.console() != null && System.console().isTerminal();
        }
    }

    private static void broken(PrintStream err, String where, Throwable cause) {
        err.println("error[INTERNAL]: " + where + ": " + cause);
        cause.printStackTrace(err);
        Runtime.getRuntime().halt(1);
    }

    /// {@return an environment variable, empty if it is not set}
    String variable(String name) {
        return environment.getOrDefault(name, "");
    }
}
