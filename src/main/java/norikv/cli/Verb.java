package norikv.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/// What `norikv` can be told to do, with everything that help says about it.
enum Verb {
    CONFIG(
            "print|check|explain KEY",
            "show, check and explain settings of a server",
            concat(List.of(Option.OUTPUT, Option.HELP), ServerFlags.options()),
            "norikv config print --config my.properties",
            "norikv config check --set storage.bands=64",
            "norikv config explain storage.memtable_bytes"),
    HELP(
            "[VERB|exit-codes|config]",
            "say what a verb does",
            List.of(Option.HELP),
            "norikv help config",
            "norikv help exit-codes"),
    VERSION(
            "",
            "say which version this is",
            List.of(Option.OUTPUT, Option.HELP),
            "norikv version",
            "norikv version -o json");

    private final String operands;
    private final String summary;
    private final List<Option> options;
    private final List<String> examples;

    Verb(String operands, String summary, List<Option> options, String... examples) {
        this.operands = operands;
        this.summary = summary;
        this.options = options;
        this.examples = List.of(examples);
    }

    static Optional<Verb> named(String word) {
        for (Verb verb : values()) {
            if (verb.word().equals(word)) {
                return Optional.of(verb);
            }
        }
        return Optional.empty();
    }

    static List<String> words() {
        List<String> words = new ArrayList<>();
        for (Verb verb : values()) {
            words.add(verb.word());
        }
        return words;
    }

    /// {@return how it is written}
    String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    String operands() {
        return operands;
    }

    String summary() {
        return summary;
    }

    List<Option> options() {
        return options;
    }

    List<String> examples() {
        return examples;
    }

    Command command() {
        return switch (this) {
            case CONFIG -> new ConfigCommand();
            case HELP -> new HelpCommand();
            case VERSION -> new VersionCommand();
        };
    }

    private static List<Option> concat(List<Option> first, List<Option> second) {
        List<Option> all = new ArrayList<>(first);
        all.addAll(second);
        return List.copyOf(all);
    }
}
