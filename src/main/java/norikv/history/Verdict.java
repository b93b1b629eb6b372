package norikv.history;

import java.util.List;
import norikv.bytes.Bytes;

/// What a check says of a history. It never says [Holds] without proof.
public sealed interface Verdict {
    /// The one good verdict.
    Verdict HOLDS = new Holds();

    /// The history can be explained.
    record Holds() implements Verdict {}

    /// The history cannot be explained.
    ///
    /// @param operations of `key`, as far as it is known which of them contradict each other
    record Broken(Bytes key, String why, List<Operation> operations) implements Verdict {
        /// Copies the operations.
        public Broken {
            operations = List.copyOf(operations);
        }

        @Override
        public String toString() {
            StringBuilder text = new StringBuilder("broken: " + why);
            operations.forEach(o -> text.append("\n    ").append(HistoryLine.write(o)));
            return text.toString();
        }
    }

    /// It cannot be told: too much is not known, or the bound of the search was met.
    record Undecided(Bytes key, String why) implements Verdict {}

    /// {@return the worse one: broken before undecided before holds}
    default Verdict and(Verdict other) {
        return other.rank() > rank() ? other : this;
    }

    /// {@return whether this is a proof that the history can be explained}
    default boolean holds() {
        return this instanceof Holds;
    }

    /// {@return whether this is a proof that the history cannot be explained}
    default boolean isBroken() {
        return this instanceof Broken;
    }

    private int rank() {
        return switch (this) {
            case Holds _ -> 0;
            case Undecided _ -> 1;
            case Broken _ -> 2;
        };
    }
}
