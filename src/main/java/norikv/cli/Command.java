package norikv.cli;

import java.io.IOException;

/// What stands behind a verb.
@FunctionalInterface
interface Command {
    /// Does it.
    ///
    /// **Errors.** A [Complaint] or a `NoriException` is told to the user and ends with its exit
    /// code; an [IOException] is about the streams of `terminal`.
    ///
    /// @return the exit code
    int run(Arguments arguments, Terminal terminal) throws IOException;
}
