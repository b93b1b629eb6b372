package norikv.lsm;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/// What a compaction is to do.
///
/// @param why what it is done for
/// @param level where the upper, newer inputs are
/// @param outputLevel where its outputs go; `level` itself to leave out what does not matter, or to
///     make level 0 less deep
/// @param upper the inputs of `level`, newest first
/// @param lower the inputs of `outputLevel` that they overlap, by key; none if it is `level`
record Plan(
        Kind kind,
        Why why,
        int level,
        int outputLevel,
        List<LiveTable> upper,
        List<LiveTable> lower) {
    /// How it is done.
    enum Kind {
        /// Read the inputs and write what still matters.
        MERGE,
        /// The inputs are as good where they go as they are.
        MOVE,
        /// Nothing in the inputs matters.
        DROP
    }

    /// What it is done for.
    enum Why {
        /// The level is fuller than it is meant to be.
        SIZE,
        /// Level 0 is too deep, and cannot go down now.
        DEPTH,
        /// Tablets that are dead take room.
        DEAD,
        /// Tombstones or expired values take room.
        GARBAGE
    }

    Plan {
        upper = List.copyOf(upper);
        lower = List.copyOf(lower);
        assert !upper.isEmpty() && (lower.isEmpty() || level != outputLevel) : level;
    }

    /// {@return all tables it replaces, newest first}
    List<LiveTable> inputs() {
        List<LiveTable> inputs = new ArrayList<>(upper);
        inputs.addAll(lower);
        return inputs;
    }

    long inputBytes() {
        return upperBytes() + bytes(lower);
    }

    long upperBytes() {
        return bytes(upper);
    }

    long inputEntries() {
        return inputs().stream().mapToLong(t -> t.facts().entries()).sum();
    }

    /// {@return the sum of the content hashes of all inputs}
    long inputHash() {
        return inputs().stream().mapToLong(t -> t.facts().contentHash()).sum();
    }

    byte[] minKey() {
        return inputs().stream()
                .map(LiveTable::minKey)
                .reduce(YoungTables::lesser)
                .orElseThrow();
    }

    byte[] maxKey() {
        return inputs().stream()
                .map(LiveTable::maxKey)
                .reduce(YoungTables::greater)
                .orElseThrow();
    }

    /// {@return the rank of its outputs if they stay in level 0: that of the newest of its inputs}
    long rank() {
        return upper.stream().mapToLong(LiveTable::rank).max().orElseThrow();
    }

    private static long bytes(List<LiveTable> tables) {
        return tables.stream().mapToLong(LiveTable::bytes).sum();
    }

    @Override
    public String toString() {
        String names =
                inputs().stream().map(LiveTable::toString).collect(Collectors.joining(" "));
        return "%s for %s %d -> %d: %s".formatted(kind, why, level, outputLevel, names);
    }
}
