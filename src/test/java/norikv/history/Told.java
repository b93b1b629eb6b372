package norikv.history;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import norikv.bytes.Bytes;
import norikv.domain.Consistency;
import norikv.domain.Precondition;
import norikv.domain.Version;

/// A history of one key in few words, one operation a line:
///
/// ```
/// 0 5 put x = 1:2           called at 0, answered at 5: written at 1:2
/// 0 5 put x ?               no answer          0 5 put x -     failed, did not happen
/// 0 5 cas absent x = 1:2    0 5 cas 1:2 x = 1:3
/// 0 5 cas 1:2 x ! 1:3       mismatch           0 5 cas 1:2 x ! none
/// 0 5 delete = 1:3          something removed  0 5 delete = 1:3 none     nothing there
/// 0 5 get = x 1:2           0 5 get = none     0 5 get = none 1:3
/// 0 5 stale = x 1:2         a stale read       0 5 lease = x 1:2
/// #7 0 5 put x ?            of process 7
/// ```
final class Told {
    private Told() {}

    static List<Operation> history(String text) {
        List<Operation> history = new ArrayList<>();
        text.lines().filter(l -> !l.isBlank()).forEach(l -> history.add(operation(l.strip())));
        return history;
    }

    private static Operation operation(String line) {
        List<String> words = new ArrayList<>(Arrays.asList(line.split(" +")));
        long process = 0;
        if (words.getFirst().startsWith("#")) {
            process = Long.parseLong(words.removeFirst().substring(1));
        }
        long from = Long.parseLong(words.removeFirst());
        long to = Long.parseLong(words.removeFirst());
        Call call = call(words.removeFirst(), words);
        Outcome outcome = outcome(call, words);
        return new Operation(process, Bytes.utf8("k"), call, from, to, outcome);
    }

    private static Call call(String op, List<String> words) {
        return switch (op) {
            case "put" -> new Call.Put(Bytes.utf8(words.removeFirst()), Precondition.NONE);
            case "cas" -> {
                Precondition condition = condition(words.removeFirst());
                yield new Call.Put(Bytes.utf8(words.removeFirst()), condition);
            }
            case "delete" ->
                    new Call.Delete(
                            words.getFirst().matches("[0-9].*")
                                    ? condition(words.removeFirst())
                                    : Precondition.NONE);
            case "get" -> new Call.Get(Consistency.LINEARIZABLE);
            default -> new Call.Get(Consistency.parse(op));
        };
    }

    private static Precondition condition(String word) {
        return word.equals("absent")
                ? Precondition.IF_ABSENT
                : new Precondition.IfVersion(Version.parse(word));
    }

    private static Outcome outcome(Call call, List<String> words) {
        String kind = words.removeFirst();
        if (kind.equals("?")) {
            return Outcome.INDETERMINATE;
        }
        if (kind.equals("-")) {
            return Outcome.DEFINITE;
        }
        if (kind.equals("!")) {
            return new Outcome.Mismatch(version(words));
        }
        if (call instanceof Call.Put) {
            return new Outcome.Written(version(words));
        }
        if (call instanceof Call.Delete) {
            Version at = version(words);
            return new Outcome.Deleted(words.isEmpty(), at);
        }
        String seen = words.removeFirst();
        return seen.equals("none")
                ? new Outcome.Missing(words.isEmpty() ? Version.NONE : version(words))
                : new Outcome.Found(Bytes.utf8(seen), version(words));
    }

    private static Version version(List<String> words) {
        String word = words.removeFirst();
        return word.equals("none") ? Version.NONE : Version.parse(word);
    }
}
