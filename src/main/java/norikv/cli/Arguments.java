package norikv.cli;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import norikv.server.DidYouMean;
import norikv.server.Units;

/// A command line, taken apart: a verb, its flags in any order and on either side of it, and its
/// operands. Behind `--` everything is an operand.
final class Arguments {
    private final Verb verb;
    private final List<String> operands = new ArrayList<>();
    private final Map<Option, List<String>> values = new HashMap<>();

    private Arguments(Verb verb) {
        this.verb = verb;
    }

    /// {@return `args` taken apart} The first word that is no flag, and no value of a flag that
    /// every client verb knows, is the verb.
    static Arguments parse(String[] args) {
        int at = verbAt(args);
        if (at < 0) {
            throw Complaint.usage("no verb given", "norikv help");
        }
        Verb verb =
                Verb.named(args[at])
                        .orElseThrow(
                                () ->
                                        Complaint.usage(
                                                "unknown verb '%s'%s"
                                                        .formatted(
                                                                args[at],
                                                                DidYouMean.hint(
                                                                        args[at], Verb.words())),
                                                "norikv help"));
        Arguments parsed = new Arguments(verb);
        boolean literal = false;
        for (int i = 0; i < args.length; i++) {
            String word = args[i];
            if (i == at) {
                continue;
            }
            if (literal || word.equals("-") || !word.startsWith("-")) {
                parsed.operands.add(word);
            } else if (word.equals("--")) {
                literal = true;
            } else {
                i += parsed.take(word, args, i + 1);
            }
        }
        return parsed;
    }

    Verb verb() {
        return verb;
    }

    boolean has(Option option) {
        return values.containsKey(option);
    }

    /// {@return the last value of `option`, or `fallback`}
    String value(Option option, String fallback) {
        List<String> given = values.get(option);
        return given == null ? fallback : given.getLast();
    }

    /// {@return all values of `option`}
    List<String> all(Option option) {
        return values.getOrDefault(option, List.of());
    }

    Duration time(Option option, Duration fallback) {
        return has(option) ? parseTime(option) : fallback;
    }

    /// {@return the last value of `option`, a whole number of `min` to `max`, or `fallback`}
    long whole(Option option, long min, long max, long fallback) {
        String text = value(option, "");
        if (!has(option)) {
            return fallback;
        }
        try {
            long number = Long.parseLong(text);
            if (number >= min && number <= max) {
                return number;
            }
        } catch (NumberFormatException _) {
            // falls through to the one complaint for everything that is no such number
        }
        throw bad(option, "a whole number from " + min + " to " + max);
    }

    /// {@return the operands, at least `min` and at most `max`}
    List<String> operands(int min, int max) {
        if (operands.size() < min || operands.size() > max) {
            throw Complaint.usage(
                    "%s takes %s, got %d operands"
                            .formatted(
                                    verb.word(),
                                    verb.operands().isEmpty() ? "none" : verb.operands(),
                                    operands.size()),
                    "norikv help " + verb.word());
        }
        return operands;
    }

    /// {@return that the value of `option` is not what is wanted}
    Complaint bad(Option option, String wanted) {
        return Complaint.usage(
                "%s: want %s, got '%s'".formatted(option.name(), wanted, value(option, "")),
                "norikv help " + verb.word());
    }

    /// {@return how the output is wanted: one of `formats`, the first if nobody said}
    String output(Terminal terminal, String... formats) {
        String asked = value(Option.OUTPUT, "");
        String wished = terminal.variable("NORIKV_OUTPUT");
        for (String format : formats) {
            if (format.equals(asked) || !has(Option.OUTPUT) && format.equals(wished)) {
                return format;
            }
        }
        if (has(Option.OUTPUT)) {
            throw bad(Option.OUTPUT, String.join(" or ", formats));
        }
        return formats[0];
    }

    private Duration parseTime(Option option) {
        Duration time =
                Units.duration(value(option, ""))
                        .orElseThrow(() -> bad(option, "a time such as 150ms, 5s or 2h"));
        if (time.isZero()) {
            throw bad(option, "a time above 0s");
        }
        return time;
    }

    /// {@return 1 if the word behind belongs to `word`, else 0}
    private int take(String word, String[] args, int next) {
        int equals = word.startsWith("--") ? word.indexOf('=') : -1;
        String name = equals < 0 ? word : word.substring(0, equals);
        Option option = find(name);
        List<String> given = values.computeIfAbsent(option, _ -> new ArrayList<>());
        if (!option.takesValue()) {
            if (equals >= 0) {
                throw Complaint.usage(name + " takes no value", "norikv help " + verb.word());
            }
            given.add("");
            return 0;
        }
        if (equals >= 0) {
            given.add(word.substring(equals + 1));
            return 0;
        }
        if (next >= args.length) {
            throw Complaint.usage(
                    name + " needs a value: " + option.usage(), "norikv help " + verb.word());
        }
        given.add(args[next]);
        return 1;
    }

    private Option find(String name) {
        List<String> known = new ArrayList<>();
        for (Option option : verb.options()) {
            if (option.name().equals(name) || option.brief().equals(name)) {
                return option;
            }
            known.add(option.name());
        }
        throw Complaint.usage(
                "unknown flag %s of %s%s"
                        .formatted(name, verb.word(), DidYouMean.hint(name, known)),
                "norikv help %s, or -- before a word that begins with a dash"
                        .formatted(verb.word()));
    }

    private static int verbAt(String[] args) {
        for (int i = 0; i < args.length; i++) {
            if (!args[i].startsWith("-")) {
                return i;
            }
            for (Option option : Option.CLIENT) {
                boolean named = args[i].equals(option.name()) || args[i].equals(option.brief());
                if (named && option.takesValue()) {
                    i++;
                    break;
                }
            }
        }
        return -1;
    }
}
