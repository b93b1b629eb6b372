package norikv.mutant;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;

/// Our classes with one mutant among them, for a test that looks for a seed which kills it.
public final class Mutated {
    private static final Path MUTANTS = Path.of("src", "test", "resources", "mutants");

    private Mutated() {}

    /// {@return a loader of all our classes anew, with the mutant of that name in them}
    ///
    /// @param classes the compiled main classes
    public static ClassLoader load(String name, Path classes) throws IOException {
        Mutant mutant = Mutant.read(MUTANTS.resolve(name + ".mutant"));
        var mutants = new Mutants(Path.of("src", "main", "java"), classes, Duration.ofSeconds(1));
        return mutants.load(mutant);
    }
}
