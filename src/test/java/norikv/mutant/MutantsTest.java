package norikv.mutant;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.function.Executable;

/// Kills every mutant of `src/test/resources/mutants`, and checks that the harness can fail.
///
/// `-Dmutant=REGEX` runs those whose name matches.
final class MutantsTest {
    private static final Path MUTANTS = Path.of("src", "test", "resources", "mutants");
    private static final Path CLASSES = Path.of("target", "classes");
    private static final Duration RUN_TIME_MAX = Duration.ofSeconds(60);
    private static final int MUSEUM_MIN = 53;

    /// A killing test with its properties: the ground that mutants are compared with.
    private record Ground(String test, Map<String, String> properties)
            implements Comparable<Ground> {
        @Override
        public int compareTo(Ground other) {
            return toString().compareTo(other.toString());
        }

        @Override
        public String toString() {
            return properties.isEmpty() ? test : test + " " + new TreeMap<>(properties);
        }
    }

    @TestFactory
    Stream<DynamicTest> everyMutantIsKilled() throws IOException {
        var mutants = new Mutants(Path.of("src", "main", "java"), CLASSES, RUN_TIME_MAX);
        Map<Ground, List<Mutant>> byGround = new TreeMap<>();
        List<DynamicTest> tests = new ArrayList<>();
        for (Mutant m : readAll()) {
            byGround.computeIfAbsent(new Ground(m.test(), m.properties()), _ -> new ArrayList<>())
                    .add(m);
        }
        byGround.forEach(
                (ground, killed) -> {
                    tests.add(
                            dynamicTest(
                                    "passes without a mutant: " + ground,
                                    () -> mutants.requirePasses(ground.test, ground.properties)));
                    for (Mutant m : killed) {
                        String name = m.id() + ": not (" + m.claim() + ")";
                        tests.add(dynamicTest(name, () -> mutants.requireKilled(m)));
                    }
                });
        return tests.stream();
    }

    @TestFactory
    Stream<DynamicTest> everyMutantOfTheMuseumIsSeenInItsWorld() throws IOException {
        var mutants = new Mutants(Path.of("src", "main", "java"), CLASSES, RUN_TIME_MAX);
        var sane = new Sightings(MutantsTest.class.getClassLoader());
        return readAll().stream()
                .filter(m -> m.sight().isPresent())
                .map(
                        m ->
                                dynamicTest(
                                        m.id() + " in " + m.sight().get(),
                                        () -> {
                                            Mutant.Sight sight = m.sight().get();
                                            assertEquals("", sane.run(sight));
                                            var mutated = new Sightings(mutants.load(m));
                                            String seen = mutated.run(sight);
                                            assertEquals(
                                                    sight.invariant(), seen.split(" ")[0], seen);
                                        }));
    }

    /// `-Dmutants.write` writes it.
    @Test
    void theTableIsThatOfTheFiles() throws IOException {
        Path file = MUTANTS.resolve("MUSEUM.md");
        List<Mutant> all = readAll();
        String table = MutantTable.of(all);
        if (System.getProperty("mutant", "").isEmpty()) {
            if (System.getProperty("mutants.write") != null) {
                Files.writeString(file, table);
            }
            assertEquals(table, Files.readString(file));
            long seen = all.stream().filter(m -> m.sight().isPresent()).count();
            assertTrue(seen >= MUSEUM_MIN, seen + " are seen in the simulator");
        }
        for (Mutant m : all) {
            boolean explained = m.sight().isPresent() != !m.unseen().isEmpty();
            assertTrue(m.museum().isEmpty() || explained, m.id() + ": world or unseen");
        }
    }

    @Test
    void aFailureOfTheTestKills() {
        assertDoesNotThrow(
                kill("even", "half++;", "half += 2;", "halfOfAnEvenNumberIsExact", RUN_TIME_MAX));
    }

    @Test
    void aMutantThatChangesNothingSurvives() {
        assertComplains(
                "survived",
                kill("same", "half++;", "half += 1;", "halfOfAnEvenNumberIsExact", RUN_TIME_MAX));
    }

    @Test
    void aTestThatNeverMeetsTheMutantKillsNothing() {
        assertComplains(
                "never loads", kill("far", "half++;", "half += 2;", "oneIsOne", RUN_TIME_MAX));
    }

    @Test
    void aTestThatHangsKillsNothing() {
        assertComplains(
                "still ran",
                kill(
                        "loop",
                        "i += 2",
                        "i += Thread.interrupted() ? n : 0",
                        "halfOfAnEvenNumberIsExact",
                        Duration.ofMillis(300)));
    }

    @Test
    void anOldTextThatIsGoneOrStandsTwiceIsRefused() {
        assertComplains(
                "no longer applies", kill("gone", "third++;", "", "oneIsOne", RUN_TIME_MAX));
        assertComplains("no longer applies", kill("twice", "half", "", "oneIsOne", RUN_TIME_MAX));
    }

    @Test
    void aMutantThatDoesNotCompileIsRefused() {
        assertComplains(
                "does not compile", kill("broken", "half++;", "half++", "oneIsOne", RUN_TIME_MAX));
    }

    @Test
    void aTestThatFailsOnTheSourcesAsTheyAreIsRefused() {
        String test = "norikv.mutant.HalvingTest#halfOfTheGivenNumberIsExact";
        assertDoesNotThrow(() -> onTestSources(RUN_TIME_MAX).requirePasses(test, Map.of()));
        assertComplains(
                "must pass",
                () -> onTestSources(RUN_TIME_MAX).requirePasses(test, Map.of("half", "3")));
        assertEquals(null, System.getProperty("half"));
    }

    @Test
    void aMalformedMutantIsRefused() {
        String good = "file: a/B.java\nclaim: c\ntest: a.BTest#t\n--- old\nx\n--- new\n--- end\n";
        assertEquals("x\n", Mutant.parse("good", good).oldText());
        for (String line : good.split("(?<=\n)")) {
            if (!line.equals("x\n")) {
                assertThrows(
                        IllegalArgumentException.class,
                        () -> Mutant.parse("bad", good.replace(line, "")),
                        line);
            }
        }
    }

    private static List<Mutant> readAll() throws IOException {
        String wanted = System.getProperty("mutant", ".*");
        List<Mutant> all = new ArrayList<>();
        try (Stream<Path> files = Files.list(MUTANTS)) {
            for (Path file : files.sorted().toList()) {
                if (file.toString().endsWith(".mutant")) {
                    all.add(Mutant.read(file));
                }
            }
        }
        return all.stream().filter(m -> m.id().matches(wanted)).toList();
    }

    private static Executable kill(
            String id, String oldText, String newText, String test, Duration runTimeMax) {
        var mutant =
                new Mutant(
                        id,
                        Path.of("norikv", "mutant", "Halving.java"),
                        "half is exact",
                        "norikv.mutant.HalvingTest#" + test,
                        Map.of(),
                        "",
                        Optional.empty(),
                        "",
                        oldText,
                        newText);
        return () -> onTestSources(runTimeMax).requireKilled(mutant);
    }

    private static Mutants onTestSources(Duration runTimeMax) {
        return new Mutants(Path.of("src", "test", "java"), CLASSES, runTimeMax);
    }

    private static void assertComplains(String expected, Executable run) {
        Throwable thrown = assertThrows(Throwable.class, run);
        assertTrue(thrown.getMessage().contains(expected), thrown::toString);
    }
}
