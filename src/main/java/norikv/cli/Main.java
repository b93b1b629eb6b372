package norikv.cli;

import norikv.server.Release;

/// `norikv VERB …`: one program for the server and everything around it.
///
/// Kept short on purpose: `norikv version` loads this class and nothing else of ours.
public final class Main {
    private Main() {}

    /// Ends the process with an exit code of `norikv help exit-codes`.
    public static void main(String[] args) {
        // First of all: a quarantine of what is damaged rests on our assertions.
        Main.class.getClassLoader().setPackageAssertionStatus("norikv", true);
        if (args.length == 1 && (args[0].equals("version") || args[0].equals("--version"))) {
            System.out.println("norikv ".concat(Release.VERSION));
            return;
        }
        int exitCode = CommandLine.run(args, Terminal.ofProcess());
        if (exitCode != 0) {
            System.exit(exitCode);
        }
    }
}
