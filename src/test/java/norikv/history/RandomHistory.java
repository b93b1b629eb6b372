package norikv.history;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import norikv.bytes.Bytes;
import norikv.domain.Consistency;
import norikv.domain.Precondition;
import norikv.domain.Version;

/// Makes small histories of one key: good ones, as a sequential store with concurrent callers would
/// give them, and the same with something changed, which may or may not make them bad.
final class RandomHistory {
    private static final Bytes KEY = Bytes.utf8("k");

    private final Random random;
    private final int operationsMax;

    /// A call, when it takes effect if it does, and what becomes of it.
    private record Plan(Call call, int point, boolean happens, boolean answered) {}

    private int shiftMax;
    private boolean uniqueValues;
    private boolean namesDeletes;
    private int values;
    private Bytes value;
    private Version at;
    private boolean live;

    RandomHistory(Random random) {
        this(random, 8);
    }

    RandomHistory(Random random, int operationsMax) {
        this.random = random;
        this.operationsMax = operationsMax;
    }

    /// {@return a good history or a changed one, by chance}
    List<Operation> next() {
        List<Operation> history = good();
        for (int i = random.nextInt(4); i > 0; i--) {
            history = changed(history);
        }
        return history;
    }

    /// {@return a history that a store can have given}
    List<Operation> good() {
        uniqueValues = random.nextInt(3) > 0;
        namesDeletes = random.nextInt(3) == 0;
        values = 0;
        at = Version.NONE;
        live = false;
        int count = operationsMax - random.nextInt(1 + operationsMax / 2);
        List<Plan> plans = new ArrayList<>();
        int width = 1 + count / 2 + random.nextInt(6 * count);
        shiftMax = 1 + random.nextInt(width);
        for (int i = 0; i < count; i++) {
            boolean answered = random.nextInt(4) > 0;
            boolean happens = answered || random.nextBoolean();
            plans.add(new Plan(null, random.nextInt(width), happens, answered));
        }
        plans.sort(Comparator.comparingInt(Plan::point));
        List<Operation> history = new ArrayList<>();
        int slack = 1 + random.nextInt(5);
        for (Plan plan : plans) {
            history.add(operation(plan, slack));
        }
        return history;
    }

    private Operation operation(Plan plan, int slack) {
        Call call = call();
        long from = plan.point - random.nextInt(slack);
        long to = plan.point + random.nextInt(slack);
        Outcome outcome = plan.happens ? happen(call) : Outcome.DEFINITE;
        if (!plan.answered) {
            boolean definite = !plan.happens && random.nextBoolean();
            outcome = definite ? Outcome.DEFINITE : Outcome.INDETERMINATE;
            to = from + random.nextInt(slack);
        }
        return new Operation(random.nextInt(4), KEY, call, from, to, outcome);
    }

    private Call call() {
        return switch (random.nextInt(10)) {
            case 0, 1, 2, 3 ->
                    new Call.Get(
                            random.nextInt(8) == 0
                                    ? Consistency.STALE
                                    : Consistency.values()[random.nextInt(2)]);
            case 4, 5 -> new Call.Put(freshValue(), Precondition.NONE);
            case 6, 7 -> new Call.Put(freshValue(), condition());
            default ->
                    new Call.Delete(random.nextInt(3) == 0 ? condition() : Precondition.NONE);
        };
    }

    private Bytes freshValue() {
        return Bytes.utf8("v" + (uniqueValues ? values++ : random.nextInt(2)));
    }

    private Precondition condition() {
        return switch (random.nextInt(3)) {
            case 0 -> Precondition.IF_ABSENT;
            case 1 -> new Precondition.IfVersion(at.equals(Version.NONE) ? near() : at);
            default -> new Precondition.IfVersion(near());
        };
    }

    private Version near() {
        return new Version(1 + random.nextInt(2), 1 + random.nextInt(6));
    }

    private Outcome happen(Call call) {
        if (call instanceof Call.Get) {
            return live ? new Outcome.Found(value, at) : new Outcome.Missing(deletedAt());
        }
        boolean holds =
                switch (call.condition()) {
                    case Precondition.None _ -> true;
                    case Precondition.IfAbsent _ -> !live;
                    case Precondition.IfVersion(var required) -> live && at.equals(required);
                };
        if (!holds) {
            return new Outcome.Mismatch(live ? at : Version.NONE);
        }
        boolean existed = live;
        long term = Math.max(1, at.term()) + (random.nextInt(5) == 0 ? 1 : 0);
        at = new Version(term, at.index() + 1 + random.nextInt(2));
        live = call instanceof Call.Put;
        value = call instanceof Call.Put(var written, _) ? written : Bytes.EMPTY;
        return live ? new Outcome.Written(at) : new Outcome.Deleted(existed, at);
    }

    private Version deletedAt() {
        return namesDeletes ? at : Version.NONE;
    }

    /// {@return `history` with one thing changed}
    List<Operation> changed(List<Operation> history) {
        List<Operation> changed = new ArrayList<>(history);
        int i = random.nextInt(changed.size());
        Operation o = changed.get(i);
        Outcome outcome = o.outcome();
        switch (random.nextInt(4)) {
            case 0 -> {
                long shift = random.nextInt(2 * shiftMax + 1) - shiftMax;
                changed.set(i, with(o, o.callNanos() + shift, o.returnNanos() + shift, outcome));
            }
            case 1 -> {
                Operation other = changed.get(random.nextInt(changed.size()));
                if (o.call() instanceof Call.Get && other.call() instanceof Call.Get) {
                    changed.set(i, with(o, o.callNanos(), o.returnNanos(), other.outcome()));
                }
            }
            case 2 -> {
                if (outcome instanceof Outcome.Written || outcome instanceof Outcome.Deleted) {
                    Outcome unknown =
                            random.nextBoolean() ? Outcome.DEFINITE : Outcome.INDETERMINATE;
                    changed.set(i, with(o, o.callNanos(), o.returnNanos(), unknown));
                }
            }
            default -> changed.set(i, with(o, o.callNanos(), o.returnNanos(), twisted(outcome)));
        }
        return changed;
    }

    private Outcome twisted(Outcome outcome) {
        return switch (outcome) {
            case Outcome.Found(var seen, var seenAt) ->
                    random.nextBoolean()
                            ? new Outcome.Found(seen, near())
                            : new Outcome.Found(Bytes.utf8("v" + random.nextInt(3)), seenAt);
            case Outcome.Missing _ -> new Outcome.Missing(namesDeletes ? near() : Version.NONE);
            case Outcome.Written _ -> new Outcome.Written(near());
            case Outcome.Deleted(var existed, var deletedAt) ->
                    random.nextBoolean()
                            ? new Outcome.Deleted(!existed, deletedAt)
                            : new Outcome.Deleted(existed, near());
            case Outcome.Mismatch _, Outcome.Definite _, Outcome.Indeterminate _ -> outcome;
        };
    }

    private static Operation with(Operation o, long from, long to, Outcome outcome) {
        return new Operation(o.process(), o.key(), o.call(), from, to, outcome);
    }
}
