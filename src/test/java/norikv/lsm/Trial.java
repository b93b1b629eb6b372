package norikv.lsm;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.IntStream;

/// One history under one or all sets of options; a failing one is made small and written down.
///
/// **Threads.** Confined to one.
final class Trial {
    private static final String FAILURE = "failure";
    private static final Path FAILED = Path.of("target", "histories");

    private final long seed;
    private final List<Operation> operations;
    private int crashes;
    private int crashesInRecovery;
    private long steps;

    /// @param seed of the order in which loops run, and of what crashes leave
    Trial(long seed, List<Operation> operations) {
        this.seed = seed;
        this.operations = operations;
    }

    int crashes() {
        return crashes;
    }

    int crashesInRecovery() {
        return crashesInRecovery;
    }

    /// {@return how many operations were done, over all sets}
    long steps() {
        return steps;
    }

    /// Requires of all sets of options that nothing fails, and that each answers what the first
    /// does.
    void runAll(IntStream sets) {
        LsmOptions reference = OptionSets.numbered(0);
        List<String> first = run(0);
        sets.filter(set -> set > 0)
                .forEach(
                        set -> {
                            LsmOptions options = OptionSets.numbered(set);
                            if (!run(set).equals(first)) {
                                throw failed(
                                        set,
                                        part ->
                                                outcome(part, reference)
                                                        .equals(outcome(part, options)),
                                        null);
                            }
                        });
    }

    /// {@return what was seen under the options of a number, line by line}
    List<String> run(int set) {
        LsmOptions options = OptionSets.numbered(set);
        try {
            return play(operations, options);
        } catch (RuntimeException | Error e) {
            throw failed(set, part -> !outcome(part, options).contains(FAILURE), e);
        }
    }

    /// {@return what was seen, or that it failed}
    private List<String> outcome(List<Operation> part, LsmOptions options) {
        try {
            return play(part, options);
        } catch (RuntimeException | Error e) {
            return List.of(FAILURE);
        }
    }

    private List<String> play(List<Operation> part, LsmOptions options) {
        var world = new World(seed, options);
        List<String> seen = new ArrayList<>();
        for (Operation operation : part) {
            seen.add(world.step(operation));
        }
        world.end();
        crashes += world.crashes();
        crashesInRecovery += world.crashesInRecovery();
        steps += part.size();
        return seen;
    }

    private AssertionError failed(
            int set, Predicate<List<Operation>> passes, Throwable cause) {
        List<Operation> small = Shrink.shrink(operations, part -> !passes.test(part));
        Path file = FAILED.resolve("%d-%d.history".formatted(seed, set));
        StringBuilder text = new StringBuilder("seed %d\noptions %d\n".formatted(seed, set));
        small.forEach(operation -> text.append(operation).append('\n'));
        try {
            Files.createDirectories(FAILED);
            Files.writeString(file, text);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return new AssertionError(
                "mvn -q test -Dtest=MetamorphicTest -Dhistory=%s replays it (seed %d):%n%s"
                        .formatted(file, seed, text),
                cause);
    }

    /// Runs a history that was written down: under the set it failed under, and beside the first.
    static void replay(Path file) throws IOException {
        List<String> lines = Files.readAllLines(file);
        long seed = number(lines, "seed ").orElseThrow();
        int set = number(lines, "options ").orElseThrow().intValue();
        List<Operation> operations =
                lines.stream().filter(l -> l.contains("[")).map(Operations::parse).toList();
        new Trial(seed, operations).runAll(IntStream.of(set));
    }

    private static Optional<Long> number(List<String> lines, String label) {
        return lines.stream()
                .filter(line -> line.startsWith(label))
                .map(line -> Long.valueOf(line.substring(label.length())))
                .findFirst();
    }
}
