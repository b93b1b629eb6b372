package norikv.cli;

import java.time.Duration;
import java.util.List;
import norikv.bytes.Bytes;
import norikv.client.ClientOptions;
import norikv.client.Norikv;
import norikv.domain.Consistency;
import norikv.domain.ErrorCode;
import norikv.domain.NoriException;
import norikv.server.Release;

/// What every verb that talks to a server does the same way: it connects as the flags say, and
/// turns what went wrong into what the user reads.
final class Client {
    static final Option CONSISTENCY =
            Option.of("--consistency", "LEVEL", "linearizable (the default), lease or stale");

    private static final String ENDPOINTS_DEFAULT = "127.0.0.1:7447";
    private static final Duration TIMEOUT_DEFAULT = Duration.ofSeconds(5);

    private Client() {}

    /// {@return where the servers are}
    static String endpoints(Arguments arguments, Terminal terminal) {
        String variable = terminal.variable("NORIKV_ENDPOINTS");
        String fallback = variable.isEmpty() ? ENDPOINTS_DEFAULT : variable;
        return arguments.value(Option.ENDPOINTS, fallback);
    }

    static Duration timeout(Arguments arguments) {
        return arguments.time(Option.TIMEOUT, TIMEOUT_DEFAULT);
    }

    static Norikv connect(Arguments arguments, Terminal terminal) {
        return connect(arguments, terminal, timeout(arguments));
    }

    /// {@return a client whose every call may take `deadline`}
    static Norikv connect(Arguments arguments, Terminal terminal, Duration deadline) {
        ClientOptions options =
                ClientOptions.defaults()
                        .withName("norikv-cli/" + Release.VERSION)
                        .withDeadline(deadline);
        Consistency level = consistency(arguments);
        if (options.connectTimeout().compareTo(deadline) > 0) {
            options = options.withConnectTimeout(deadline);
        }
        return Norikv.connect(
                endpoints(arguments, terminal), options.withConsistency(level));
    }

    /// {@return what the user is told: what was tried, what came of it, and what to do}
    ///
    /// @param verb what failed, such as `put`
    /// @param what on what, such as a key; empty: on nothing in particular
    /// @param details more lines
    static Complaint complaint(String verb, String what, NoriException e, List<String> details) {
        String message = e.getMessage();
        boolean named = message.startsWith(verb + ": ");
        String said = named ? message.substring(verb.length() + 2) : message;
        String subject = what.isEmpty() ? verb : verb + " " + what;
        return new Complaint(
                e.code().name(),
                e.code().exitCode(),
                subject + ": " + said,
                details,
                help(e.code()));
    }

    /// {@return the shard of `key`, as a line of details}
    static String shardLine(Norikv client, Bytes key) {
        return "shard " + client.sharding().shardOf(key);
    }

    /// {@return how fresh reads are to be}
    static Consistency consistency(Arguments arguments) {
        return arguments.has(CONSISTENCY)
                ? Consistency.parse(arguments.value(CONSISTENCY, ""))
                : Consistency.LINEARIZABLE;
    }

    private static String help(ErrorCode code) {
        return switch (code) {
            case PRECONDITION_FAILED ->
                    "re-read the key and retry with its current version, or drop --if-version";
            case ALREADY_EXISTS -> "drop --if-absent to overwrite it";
            case UNAVAILABLE ->
                    "is a server running there? norikv server starts one, -e says where to look";
            case INDETERMINATE ->
                    "read the key to see what happened; trying again may do it twice";
            case RESOURCE_EXHAUSTED, WRITE_STALL -> "try again in a while, and slower";
            case BAD_CURSOR, CURSOR_EXPIRED -> "begin again without --cursor";
            default -> "";
        };
    }
}
