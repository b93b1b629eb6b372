package norikv.torture;

import java.io.IOException;
import java.io.Writer;
import java.nio.file.Path;
import java.util.List;
import norikv.domain.ErrorCode;
import norikv.domain.NoriException;

/// Sees to it that no node outlives us, however we end: a shell that reads from us who was begun
/// and who has ended, and at the end of what it reads kills the rest and removes the folder.
///
/// **Threads.** Any, one at a time by the lock of the object.
final class Watchdog implements AutoCloseable {
    /// Kept in mind as " 12 34 ", so that one number is no part of another.
    private static final String SCRIPT =
            """
            trap '' INT TERM HUP
            alive=' '
            while read -r what pid; do
                case $what in
                    begun) alive="$alive$pid " ;;
                    ended) alive="${alive%% $pid *} ${alive#* $pid }" ;;
                esac
            done
            for pid in $alive; do kill -9 "$pid" 2>/dev/null && sleep 1; done
            for mount in "$1"/*; do umount -l "$mount" 2>/dev/null; done
            rm -rf "$1"
            """;

    private final Process shell;
    private final Writer toShell;

    /// @param folder what is removed when we are gone
    Watchdog(Path folder) {
        try {
            this.shell =
                    new ProcessBuilder(List.of("/bin/sh", "-c", SCRIPT, "sh", folder.toString()))
                            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                            .redirectError(ProcessBuilder.Redirect.DISCARD)
                            .start();
            this.toShell = shell.outputWriter();
        } catch (IOException e) {
            throw new NoriException.Refused(
                    ErrorCode.CANNOT_START, "torture needs /bin/sh: " + e.getMessage(), e);
        }
    }

    synchronized void begun(long pid) {
        tell("begun " + pid);
    }

    synchronized void ended(long pid) {
        tell("ended " + pid);
    }

    private void tell(String line) {
        try {
            toShell.write(line + "\n");
            toShell.flush();
        } catch (IOException e) {
            throw new NoriException.Broken(ErrorCode.INTERNAL, "the watchdog is gone", e);
        }
    }

    /// Ends it: it kills what is left and removes the folder.
    @Override
    public synchronized void close() {
        try {
            toShell.close();
            shell.onExit().join();
        } catch (IOException _) {
            // it was killed: what is left is for the hook of the process
        }
    }
}
