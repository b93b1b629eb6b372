package norikv.mutant;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// Holds the table of mutants in their folder to the files beside it: each mutant, what it breaks,
/// and the test that kills it. `-Dmutants.write` writes the table anew.
final class MutantTidyTest {
    private static final Path MAIN = Path.of("src", "main", "java");
    private static final Path MUTANTS = Path.of("src", "test", "resources", "mutants");
    private static final Path TABLE = MUTANTS.resolve("README.md");
    private static final String HEAD = "| mutant | breaks | killed by |\n|---|---|---|\n";

    @Test
    void theTableOfMutantsSaysWhatTheFilesSay() throws IOException {
        String text = Files.readString(TABLE);
        int at = text.indexOf(HEAD);
        String before = at < 0 ? text + "\n" : text.substring(0, at);
        String expected = before + HEAD + rows();
        if (System.getProperty("mutants.write") != null) {
            Files.writeString(TABLE, expected);
            return;
        }
        assertEquals(
                expected,
                text,
                "mvn -q test -Dtest=MutantTidyTest -Dmutants.write writes the table anew");
    }

    /// Said here within a second, where `MutantsTest` would say it after minutes.
    @Test
    void eachChangesWhatStandsInItsFileOnce() throws IOException {
        for (Mutant mutant : all()) {
            mutant.applyTo(Files.readString(MAIN.resolve(mutant.file())));
        }
    }

    private static String rows() throws IOException {
        return all().stream().map(MutantTidyTest::row).collect(Collectors.joining());
    }

    private static List<Mutant> all() throws IOException {
        List<Mutant> all = new ArrayList<>();
        try (Stream<Path> files = Files.list(MUTANTS)) {
            for (Path file : files.sorted().toList()) {
                if (file.toString().endsWith(".mutant")) {
                    all.add(Mutant.read(file));
                }
            }
        }
        return all;
    }

    private static String row(Mutant mutant) {
        String test = mutant.test();
        int type = test.lastIndexOf('.', test.indexOf('#')) + 1;
        return "| `%s` | %s | `%s` |%n"
                .formatted(mutant.id(), mutant.claim().replace("|", "\\|"), test.substring(type));
    }
}
