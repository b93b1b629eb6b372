package norikv.cli;

import java.io.IOException;
import norikv.domain.NoriException;

/// Runs one command line and says what went wrong, if anything did.
final class CommandLine {
    /// What a shell reports of a program that SIGPIPE ended.
    private static final int EXIT_NOBODY_READS = 141;

    private CommandLine() {}

    /// {@return the exit code}
    static int run(String[] args, Terminal terminal) {
        try {
            int exitCode = dispatch(args, terminal);
            terminal.out().flush();
            return exitCode;
        } catch (Complaint complaint) {
            return tell(complaint, args, terminal);
        } catch (NoriException e) {
            return tell(Complaint.of("norikv", e, ""), args, terminal);
        } catch (IOException e) {
            if ("Broken pipe".equals(e.getMessage())) {
                return EXIT_NOBODY_READS; // as with `| head`: no news to anybody
            }
            String what = "cannot read or write: " + e.getMessage();
            return tell(Complaint.unexpected(what), args, terminal);
        }
    }

    private static int dispatch(String[] args, Terminal terminal) throws IOException {
        if (args.length == 1 && isHelp(args[0])) {
            return HelpCommand.overview(terminal);
        }
        Arguments arguments = Arguments.parse(args);
        if (arguments.has(Option.HELP)) {
            return HelpCommand.of(arguments.verb(), terminal);
        }
        return arguments.verb().command().run(arguments, terminal);
    }

    private static boolean isHelp(String word) {
        return word.equals("--help") || word.equals("-h");
    }

    private static int tell(Complaint complaint, String[] args, Terminal terminal) {
        try {
            terminal.out().flush(); // what was found before the trouble
        } catch (IOException _) {
            // nobody reads: that is the trouble, or it is over anyway
        }
        boolean json = wantsJson(args, terminal);
        terminal.err().print(json ? complaint.json() + "\n" : complaint.text());
        terminal.err().flush();
        return complaint.exitCode();
    }

    /// {@return whether a program reads what we say} Also when the command line cannot be taken
    /// apart.
    private static boolean wantsJson(String[] args, Terminal terminal) {
        String asked = terminal.variable("NORIKV_OUTPUT");
        for (int i = 0; i < args.length; i++) {
            boolean flag = args[i].equals("-o") || args[i].equals("--output");
            if (flag && i + 1 < args.length) {
                asked = args[i + 1];
            } else if (args[i].startsWith("--output=")) {
                asked = args[i].substring("--output=".length());
            }
        }
        return asked.equals("json") || asked.equals("ndjson");
    }
}
