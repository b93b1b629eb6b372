package norikv.build;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.module.ModuleDescriptor;
import java.lang.module.ModuleFinder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import java.util.zip.ZipFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Looks at the jar that people get: `target/norikv.jar` as Maven made it, and the one that the
/// script makes of the same sources.
final class JarIT {
    private static final Path JAR = Path.of("target", "norikv.jar").toAbsolutePath();
    private static final long JAR_BYTES_MAX = 3 << 20;
    private static final String JDK = System.getProperty("java.home");

    /// Access that a later JDK will refuse, or warn of.
    private static final List<String> STRICT =
            List.of("--illegal-native-access=deny", "--sun-misc-unsafe-memory-access=deny");

    @TempDir Path temp;

    @Test
    void runsAsAModuleWithoutAWordOnStderr() throws IOException, InterruptedException {
        requireVersion(java("-p", JAR.toString(), "-m", "norikv", "version"));
    }

    @Test
    void runsAsAJarWithoutAWordOnStderr() throws IOException, InterruptedException {
        requireVersion(java("-jar", JAR.toString(), "version"));
    }

    @Test
    void isSmall() throws IOException {
        assertTrue(Files.size(JAR) <= JAR_BYTES_MAX, () -> "bytes: " + JAR.toFile().length());
    }

    @Test
    void needsNothingButTheJdk() {
        ModuleDescriptor module =
                ModuleFinder.of(JAR).find("norikv").orElseThrow().descriptor();

        assertEquals("norikv.cli.Main", module.mainClass().orElse("none"));
        assertEquals(
                List.of(),
                module.requires().stream()
                        .map(ModuleDescriptor.Requires::name)
                        .filter(name -> !name.startsWith("java.") && !name.startsWith("jdk."))
                        .toList());
    }

    @Test
    void holdsOursAndTheLicenceAlone() throws IOException {
        try (ZipFile zip = new ZipFile(JAR.toFile())) {
            List<String> others =
                    zip.stream()
                            .map(Object::toString)
                            .filter(name -> !name.startsWith("norikv/"))
                            .sorted()
                            .toList();

            assertEquals(
                    List.of(
                            "META-INF/",
                            "META-INF/LICENSE",
                            "META-INF/MANIFEST.MF",
                            "module-info.class"),
                    others);
            assertFalse(zip.stream().anyMatch(entry -> entry.getName().contains("Test")));
        }
    }

    @Test
    void twoBuildsByTheScriptAreTheSameBytesAndRun() throws IOException, InterruptedException {
        Path root = temp.resolve("a clone");
        copy(Path.of("src", "main"), root.resolve("src/main"));
        for (String file : List.of("norikv", "LICENSE", "pom.xml")) {
            Files.copy(Path.of(file), root.resolve(file));
        }
        Path script = root.resolve("norikv");
        assertTrue(script.toFile().setExecutable(true));
        Path jar = root.resolve("target/norikv.jar");

        Ran first = version(script);
        byte[] before = Files.readAllBytes(jar);
        Files.delete(jar);
        Ran second = version(script);
        Ran third = version(script);

        assertEquals(0, first.exit(), first.err());
        assertEquals(0, second.exit(), second.err());
        assertArrayEquals(before, Files.readAllBytes(jar));
        assertTrue(before.length <= JAR_BYTES_MAX, () -> "bytes: " + before.length);
        requireVersion(third);
    }

    private static void requireVersion(Ran ran) {
        assertEquals(0, ran.exit(), ran.err());
        assertEquals("", ran.err());
        assertFalse(ran.out().isBlank());
    }

    private Ran version(Path script) throws IOException, InterruptedException {
        Map<String, String> environment =
                Map.of("NORIKV_JAVA", JDK, "NORIKV_JAVA_OPTS", String.join(" ", STRICT));
        return Ran.run(temp, environment, List.of(script.toString(), "version"));
    }

    private Ran java(String... arguments) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(JDK + "/bin/java"));
        command.addAll(STRICT);
        command.addAll(List.of(arguments));
        return Ran.run(temp, Map.of(), command);
    }

    private static void copy(Path from, Path to) throws IOException {
        Files.createDirectories(to.getParent());
        try (Stream<Path> all = Files.walk(from)) {
            for (Path file : all.toList()) {
                Files.copy(file, to.resolve(from.relativize(file).toString()));
            }
        }
    }
}
