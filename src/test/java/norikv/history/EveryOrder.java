package norikv.history;

import java.util.ArrayList;
import java.util.List;
import norikv.bytes.Bytes;
import norikv.domain.Consistency;
import norikv.domain.Precondition;
import norikv.domain.Version;

/// The slow twin of the checks: tries every subset of the writes without an answer, every order
/// that real time allows and every place that they can have, and only then looks whether it
/// explains what came out. For a handful of operations of one key.
final class EveryOrder {
    private final List<Operation> must = new ArrayList<>();
    private final List<Operation> may = new ArrayList<>();
    private final List<Operation> order = new ArrayList<>();
    private final List<Version> places = new ArrayList<>();
    private long termMax = 1;
    private long indexMax = 1;

    private EveryOrder(List<Operation> history) {
        for (Operation o : history) {
            boolean stale = o.call().equals(new Call.Get(Consistency.STALE));
            boolean open = o.outcome().equals(Outcome.INDETERMINATE);
            if (!stale && !open && !o.outcome().equals(Outcome.DEFINITE)) {
                must.add(o);
            } else if (open && !(o.call() instanceof Call.Get)) {
                may.add(o);
            }
            see(o.outcome().at());
            if (o.call().condition() instanceof Precondition.IfVersion(var required)) {
                see(required);
            }
        }
    }

    /// {@return whether some order explains `history`}
    static boolean explains(List<Operation> history) {
        return new EveryOrder(history).extend();
    }

    private void see(Version at) {
        termMax = Math.max(termMax, at.term());
        indexMax = Math.max(indexMax, at.index());
    }

    private boolean extend() {
        if (must.isEmpty()) {
            return assign(0);
        }
        return extendFrom(must) || extendFrom(may);
    }

    private boolean extendFrom(List<Operation> from) {
        for (int i = 0; i < from.size(); i++) {
            Operation first = from.get(i);
            if (must.stream().allMatch(o -> o.returnNanos() >= first.callNanos())) {
                from.remove(i);
                order.add(first);
                boolean found = extend();
                order.removeLast();
                from.add(i, first);
                if (found) {
                    return true;
                }
            }
        }
        return false;
    }

    /// Gives each operation of the order its place: what it says for one that was answered, and
    /// every possible one in turn for a write that was not.
    private boolean assign(int i) {
        if (i == order.size()) {
            return isExplained();
        }
        if (order.get(i).outcome() instanceof Outcome.Indeterminate) {
            for (long term = 1; term <= termMax; term++) {
                for (long index = 1; index <= indexMax + may.size() + order.size(); index++) {
                    if (assign(i, new Version(term, index))) {
                        return true;
                    }
                }
            }
            return false;
        }
        return assign(i, order.get(i).outcome().at());
    }

    private boolean assign(int i, Version place) {
        places.add(place);
        boolean found = placesGrow() && assign(i + 1);
        places.removeLast();
        return found;
    }

    private boolean placesGrow() {
        Version last = Version.NONE;
        for (int i = 0; i < places.size(); i++) {
            if (isChange(order.get(i))) {
                Version place = places.get(i);
                if (place.index() <= last.index() || place.term() < last.term()) {
                    return false;
                }
                last = place;
            }
        }
        return true;
    }

    private boolean isExplained() {
        boolean live = false;
        Bytes value = Bytes.EMPTY;
        Version at = Version.NONE;
        for (int i = 0; i < order.size(); i++) {
            Operation o = order.get(i);
            boolean holds = true;
            if (o.call().condition() instanceof Precondition.IfAbsent) {
                holds = !live;
            } else if (o.call().condition() instanceof Precondition.IfVersion(var required)) {
                holds = live && at.equals(required);
            }
            if (holds != !(o.outcome() instanceof Outcome.Mismatch)) {
                return false;
            }
            boolean came =
                    switch (o.outcome()) {
                        case Outcome.Found(var seen, var seenAt) ->
                                live && value.equals(seen) && at.equals(seenAt);
                        case Outcome.Missing(var seenAt) ->
                                !live && (seenAt.equals(Version.NONE) || at.equals(seenAt));
                        case Outcome.Mismatch(var actual) ->
                                live ? at.equals(actual) : actual.equals(Version.NONE);
                        case Outcome.Deleted(var existed, _) -> live == existed;
                        default -> true;
                    };
            if (!came) {
                return false;
            }
            if (isChange(o)) {
                live = o.call() instanceof Call.Put;
                value = o.call() instanceof Call.Put(var written, _) ? written : Bytes.EMPTY;
                at = places.get(i);
            }
        }
        return true;
    }

    private static boolean isChange(Operation o) {
        return o.call().isWrite() && !(o.outcome() instanceof Outcome.Mismatch);
    }
}
