package norikv.history;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import norikv.bytes.Bytes;
import norikv.domain.Consistency;

/// Parts a history by key: keys have nothing to do with each other, so each is checked by itself.
/// **Source.** Herlihy and Wing, *Linearizability*, 1990, theorem 1.
final class Keys {
    private Keys() {}

    /// {@return the worst verdict that `check` has on the operations of any one key}
    static Verdict each(List<Operation> history, Function<List<Operation>, Verdict> check) {
        Map<Bytes, List<Operation>> byKey = new TreeMap<>();
        for (Operation operation : history) {
            byKey.computeIfAbsent(operation.key(), _ -> new ArrayList<>()).add(operation);
        }
        Verdict worst = Verdict.HOLDS;
        for (List<Operation> operations : byKey.values()) {
            worst = worst.and(check.apply(operations));
            if (worst.isBroken()) {
                return worst;
            }
        }
        return worst;
    }

    /// {@return whether linearizability says anything about `operation`: stale reads are promised
    /// less, and what did not happen or saw nothing explains itself}
    static boolean isBound(Operation operation) {
        return switch (operation.call()) {
            case Call.Get(var consistency) ->
                    consistency != Consistency.STALE && operation.succeeded();
            case Call.Put _, Call.Delete _ -> !(operation.outcome() instanceof Outcome.Definite);
        };
    }

    /// {@return when `operation` was over at the latest, as far as others may rely on it}
    static long endNanos(Operation operation) {
        return operation.succeeded() ? operation.returnNanos() : Long.MAX_VALUE;
    }
}
