package norikv.lsm;

import java.util.List;
import java.util.stream.Collectors;

/// What a compaction is to do.
///
/// @param level where the newest of its inputs are
/// @param outputLevel where its outputs go; `level` itself only to leave dead tablets out
/// @param inputs all tables it replaces, newest first
record Plan(Kind kind, int level, int outputLevel, List<LiveTable> inputs) {
    /// How it is done.
    enum Kind {
        /// Read the inputs and write what still matters.
        MERGE,
        /// The one input is as good where it goes as it is.
        MOVE,
        /// Nothing in the inputs matters.
        DROP
    }

    long inputBytes() {
        return inputs.stream().mapToLong(LiveTable::bytes).sum();
    }

    @Override
    public String toString() {
        String names = inputs.stream().map(LiveTable::toString).collect(Collectors.joining(" "));
        return "%s %d -> %d: %s".formatted(kind, level, outputLevel, names);
    }
}
