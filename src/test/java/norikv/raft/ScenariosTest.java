package norikv.raft;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/// The scenarios of `src/test/resources/raft`: how the algorithm works, one idea a file.
///
/// `-Dscenarios.write=true` writes the output of each into it. Read the difference: keep it only
/// if you know why it is right.
final class ScenariosTest {
    private static final Path FOLDER = Path.of("src", "test", "resources", "raft");

    @TestFactory
    Stream<DynamicTest> everyScenarioComesOutAsWritten() throws IOException {
        List<Path> files;
        try (Stream<Path> found = Files.list(FOLDER)) {
            files = found.filter(file -> file.toString().endsWith(".txt")).sorted().toList();
        }
        assertFalse(files.isEmpty());
        return files.stream().map(f -> dynamicTest(f.getFileName().toString(), () -> check(f)));
    }

    /// Mutants name this: all scenarios as one test.
    @Test
    void allScenariosComeOutAsWritten() throws IOException {
        String only = System.getProperty("scenario", "");
        for (DynamicTest each : everyScenarioComesOutAsWritten().toList()) {
            if (each.getDisplayName().startsWith(only)) {
                check(FOLDER.resolve(each.getDisplayName()));
            }
        }
    }

    private static void check(Path file) throws IOException {
        String expected = Files.readString(file);
        String found = Script.run(expected);
        if (Boolean.getBoolean("scenarios.write")) {
            Files.writeString(file, found);
        } else {
            assertEquals(expected, found, file.toString());
        }
    }
}
