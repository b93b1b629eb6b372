package norikv.cli;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import norikv.server.ConfigKey;
import norikv.server.DidYouMean;

/// `norikv help`: everything a person may want to look up without a network.
final class HelpCommand implements Command {
    private static final String EXIT_CODES =
            """
            0    it is done
            1    something unexpected
            2    the command line or the configuration cannot be right
            3    there is no such key (get; --allow-missing makes it 0)
            4    a precondition did not hold: nothing was written
            5    the server cannot be reached or cannot serve now: nothing was written
            6    the outcome of a write is unknown: it may have happened
            7    not allowed
            8    too large, or the server is overloaded: nothing was written
            9    what is stored is damaged
            10   a check failed
            11   the server cannot start: port or data folder is taken or unusable
            12   wrong version or wrong cluster
            70   the server stopped itself: its disk failed, or something that must hold did not
            130  interrupted (SIGINT)
            141  nobody reads standard output any more
            143  ended (SIGTERM); a server that stopped cleanly ends with 0
            """;

    @Override
    public int run(Arguments arguments, Terminal terminal) throws IOException {
        List<String> operands = arguments.operands(0, 1);
        if (operands.isEmpty()) {
            return overview(terminal);
        }
        String topic = operands.getFirst();
        switch (topic) {
            case "exit-codes" -> terminal.print(EXIT_CODES);
            case "workloads" -> terminal.print(BenchLsm.WORKLOADS_MEAN);
            case "config" -> {
                of(Verb.CONFIG, terminal);
                terminal.print(settings());
            }
            default -> of(verb(topic), terminal);
        }
        return 0;
    }

    /// Prints all verbs.
    static int overview(Terminal terminal) throws IOException {
        StringBuilder text = new StringBuilder("norikv VERB …: a durable key-value store\n\n");
        for (Verb verb : Verb.values()) {
            text.append("  %-9s %s\n".formatted(verb.word(), verb.summary()));
        }
        text.append("\nMore: norikv help VERB, norikv help exit-codes, norikv help config,\n")
                .append("      norikv help workloads (of bench lsm)\n");
        terminal.print(text.toString());
        return 0;
    }

    /// Prints all about `verb`.
    static int of(Verb verb, Terminal terminal) throws IOException {
        StringBuilder text = new StringBuilder("norikv ").append(verb.word());
        text.append(verb.operands().isEmpty() ? "" : " " + verb.operands());
        text.append("\n\n  ").append(verb.summary()).append("\n\n");
        for (Option option : verb.options()) {
            text.append("  %-26s %s\n".formatted(option.usage(), option.doc()));
        }
        text.append('\n');
        for (String example : verb.examples()) {
            text.append("  ").append(example).append('\n');
        }
        terminal.print(text.toString());
        return 0;
    }

    private static String settings() {
        StringBuilder text = new StringBuilder("\nSettings (norikv config explain KEY):\n");
        for (ConfigKey key : ConfigKey.values()) {
            text.append("  %-28s %s\n".formatted(key.key(), key.fallback()));
        }
        return text.toString();
    }

    private static Verb verb(String topic) {
        List<String> topics = new ArrayList<>(Verb.words());
        topics.add("exit-codes");
        topics.add("workloads");
        return Verb.named(topic)
                .orElseThrow(
                        () ->
                                Complaint.usage(
                                        "no help on '%s'%s"
                                                .formatted(topic, DidYouMean.hint(topic, topics)),
                                        "norikv help"));
    }
}
