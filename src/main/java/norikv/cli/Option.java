package norikv.cli;

import java.util.List;

/// A flag of a verb.
///
/// @param name with its dashes, such as `--limit`
/// @param brief a short name such as `-o`; empty: none
/// @param value what to call its value in help; empty: it takes none
record Option(String name, String brief, String value, String doc) {
    static final Option ENDPOINTS =
            new Option(
                    "--endpoints",
                    "-e",
                    "HOST:PORT",
                    "servers (NORIKV_ENDPOINTS, else 127.0.0.1:7447)");
    static final Option TIMEOUT =
            new Option("--timeout", "", "TIME", "how long to try in all, such as 5s (the default)");
    static final Option OUTPUT =
            new Option("--output", "-o", "FORMAT", "how data is printed (NORIKV_OUTPUT)");
    static final Option HEX = flag("--hex", "keys and values are hexadecimal digits");
    static final Option BASE64 = flag("--base64", "keys and values are base64");
    static final Option VERBOSE =
            new Option("--verbose", "-v", "", "show which way the request took, too");
    static final Option HELP = new Option("--help", "-h", "", "this text");

    /// What each verb that talks to a server takes.
    static final List<Option> CLIENT = List.of(ENDPOINTS, TIMEOUT, OUTPUT, HELP);

    static Option flag(String name, String doc) {
        return new Option(name, "", "", doc);
    }

    static Option of(String name, String value, String doc) {
        return new Option(name, "", value, doc);
    }

    boolean takesValue() {
        return !value.isEmpty();
    }

    /// {@return how it is written, for help}
    String usage() {
        String names = brief.isEmpty() ? name : brief + ", " + name;
        return takesValue() ? names + " " + value : names;
    }
}
