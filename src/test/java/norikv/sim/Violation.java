package norikv.sim;

import java.util.function.Supplier;

/// An invariant does not hold. An [AssertionError], so that nobody takes it for an answer.
final class Violation extends AssertionError {
    private final String invariant;

    Violation(String invariant, String otherwise) {
        super(invariant + ": " + otherwise);
        this.invariant = invariant;
    }

    /// {@return which one: `I1` … `I15`, `J1` …, `R1`, `R2`, `LIVE`}
    String invariant() {
        return invariant;
    }

    static void check(boolean holds, String invariant, Supplier<String> otherwise) {
        if (!holds) {
            throw new Violation(invariant, otherwise.get());
        }
    }

    static void check(boolean holds, String invariant, String otherwise, Object... values) {
        if (!holds) {
            throw new Violation(invariant, otherwise.formatted(values));
        }
    }
}
