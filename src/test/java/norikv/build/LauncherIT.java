package norikv.build;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import java.util.zip.ZipFile;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Runs the script `norikv` on a small tree of sources in a folder with blanks in its name, whose
/// program prints its arguments and the command line it was started with.
final class LauncherIT {
    private static final String MAIN =
            """
            package norikv.cli;

            public final class Main {
                public static void main(String[] args) {
                    IO.println(String.join("|", args) + " in " + System.getenv("NORIKV_X"));
                    IO.println(ProcessHandle.current().info().commandLine().orElse("?"));
                }
            }
            """;

    private static final String EXTRA = "package norikv.cli;\n\nfinal class Extra {}\n";

    /// This very JVM: the launcher finds a JDK by itself only where one is installed.
    private static final String JDK = System.getProperty("java.home");

    @TempDir static Path shared;
    @TempDir Path temp;

    private static Path built;
    private Path root;

    @BeforeAll
    static void buildASmallTree() throws IOException, InterruptedException {
        built = shared.resolve("built");
        Path sources = built.resolve("src/main/java");
        Files.createDirectories(sources.resolve("norikv/cli"));
        Files.createDirectories(built.resolve("src/main/resources/norikv"));
        Files.writeString(sources.resolve("module-info.java"), "module norikv {}\n");
        Files.writeString(sources.resolve("norikv/cli/Main.java"), MAIN);
        Files.writeString(sources.resolve("norikv/cli/Extra.java"), EXTRA);
        Files.writeString(built.resolve("src/main/resources/norikv/page.html"), "<p>\n");
        for (String file : List.of("norikv", "LICENSE", "pom.xml")) {
            Files.copy(Path.of(file), built.resolve(file));
        }
        assertTrue(built.resolve("norikv").toFile().setExecutable(true));
        Ran ran = start(built, Map.of(), "first").await();
        assertEquals(0, ran.exit(), ran.err());
    }

    @BeforeEach
    void copyTheTree() throws IOException {
        root = temp.resolve("it's a tree");
        try (Stream<Path> files = Files.walk(built)) {
            List<Path> all = files.toList();
            for (Path from : all) {
                Files.copy(from, copyOf(from));
            }
            for (Path from : all) { // folders too, which the copies in them have changed
                Files.setLastModifiedTime(copyOf(from), Files.getLastModifiedTime(from));
            }
        }
    }

    @Test
    void threeStartsAtOnceBuildOnceAndAllRun() throws IOException, InterruptedException {
        Files.delete(jar());

        List<Ran.Running> starts = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            starts.add(start(root, Map.of(), "start"));
        }
        StringBuilder err = new StringBuilder();
        for (Ran.Running running : starts) {
            Ran ran = running.await();
            assertEquals(0, ran.exit(), ran.err());
            assertTrue(ran.out().startsWith("start in null\n"), ran.out());
            err.append(ran.err());
        }

        assertEquals(1, err.toString().lines().filter(l -> l.contains("building")).count());
        assertEquals(List.of("norikv.jar"), namesIn("target"));
    }

    @Test
    void aCurrentJarIsRunAsItIs() throws IOException, InterruptedException {
        byte[] before = Files.readAllBytes(jar());
        FileTime time = Files.getLastModifiedTime(jar());

        Ran ran = run("again");

        assertEquals("", ran.err());
        assertEquals(time, Files.getLastModifiedTime(jar()));
        assertArrayEquals(before, Files.readAllBytes(jar()));
    }

    @Test
    void aSourceThatChangedIsBuilt() throws IOException, InterruptedException {
        Files.writeString(source("Main"), MAIN.replace(" in ", " within "));

        Ran ran = run("x");

        assertTrue(ran.out().startsWith("x within null\n"), ran.out());
        assertTrue(ran.err().contains("building target/norikv.jar"), ran.err());
        assertEquals("", run("x").err());
    }

    @Test
    void twoBuildsMakeTheSameBytes() throws IOException, InterruptedException {
        byte[] first = Files.readAllBytes(jar());
        Files.delete(jar());

        run("x");

        assertArrayEquals(first, Files.readAllBytes(jar()));
    }

    @Test
    void whoRunsFromTheOldJarKeepsIt() throws IOException, InterruptedException {
        byte[] before = Files.readAllBytes(jar());
        Files.writeString(source("Extra"), EXTRA.replace("{}", "{ int more; }"));

        try (InputStream old = Files.newInputStream(jar())) {
            assertEquals(0, run("x").exit());

            assertArrayEquals(before, old.readAllBytes());
            assertFalse(Arrays.equals(before, Files.readAllBytes(jar())));
        }
    }

    @Test
    void aSourceThatIsGoneLeavesTheJar() throws IOException, InterruptedException {
        Files.delete(source("Extra"));

        run("x");

        try (ZipFile zip = new ZipFile(jar().toFile())) {
            assertEquals(null, zip.getEntry("norikv/cli/Extra.class"));
            assertNotEquals(null, zip.getEntry("norikv/page.html"));
            assertNotEquals(null, zip.getEntry("META-INF/LICENSE"));
        }
    }

    @Test
    void aSourceThatDoesNotCompileKeepsTheOldJar() throws IOException, InterruptedException {
        byte[] before = Files.readAllBytes(jar());
        Files.writeString(source("Extra"), "oops");

        Ran ran = run("x");

        assertEquals(1, ran.exit());
        assertEquals("", ran.out());
        assertTrue(ran.err().contains("Extra.java:1"), ran.err());
        assertArrayEquals(before, Files.readAllBytes(jar()));
        assertEquals(List.of("norikv.jar"), namesIn("target"));
    }

    @Test
    void theLockOfAKilledBuildIsTakenOver() throws IOException, InterruptedException {
        Process dead = new ProcessBuilder("true").start();
        dead.waitFor();
        Files.delete(jar());
        Path left = root.resolve("target/norikv.build." + dead.pid());
        Files.createDirectories(left);
        Files.createSymbolicLink(
                root.resolve("target/norikv.lock"), Path.of(Long.toString(dead.pid())));

        Ran ran = run("x");

        assertEquals(0, ran.exit(), ran.err());
        assertEquals(List.of("norikv.jar"), namesIn("target"));
    }

    @Test
    void argumentsArriveAsTheyAre() throws IOException, InterruptedException {
        String out = run("put", "a  b", "", "*", "$HOME", "\"").out();

        assertTrue(out.startsWith("put|a  b||*|$HOME|\" in null\n"), out);
    }

    @Test
    void aLinkRunsFromAnyFolder() throws IOException, InterruptedException {
        Files.createSymbolicLink(temp.resolve("first"), root.resolve("norikv"));
        Path second = Files.createSymbolicLink(temp.resolve("second"), Path.of("first"));

        Ran ran = Ran.run(temp, Map.of("NORIKV_JAVA", JDK), List.of(second.toString(), "x"));

        assertEquals(0, ran.exit(), ran.err());
    }

    @Test
    void longRunningVerbsGetTheWholeCompiler() throws IOException, InterruptedException {
        for (String verb : List.of("server", "bench", "import", "export")) {
            String command = run(verb).out();
            assertTrue(command.contains("-XX:+UseG1GC"), command);
            assertTrue(command.contains("-XX:+UseCompactObjectHeaders"), command);
            assertTrue(command.contains("-ea:norikv..."), command);
            assertFalse(command.contains("TieredStopAtLevel"), command);
        }
        String command = run("get", "k").out();
        assertTrue(command.contains("-XX:TieredStopAtLevel=1"), command);
        assertTrue(command.contains("-ea:norikv..."), command);
    }

    @Test
    void optionsAndVariablesReachTheProgram() throws IOException, InterruptedException {
        Map<String, String> environment =
                Map.of("NORIKV_JAVA_OPTS", "-Xmx77m -Da=b", "NORIKV_X", "y");

        String out = start(root, environment, "x").await().out();

        assertTrue(out.startsWith("x in y\n"), out);
        assertTrue(out.contains("-Xmx77m -Da=b"), out);
    }

    @Test
    void withoutAJdkItSaysWhereItLooked() throws IOException, InterruptedException {
        String script = Files.readString(root.resolve("norikv"));
        String nowhere = script.replace("in /usr/lib/jvm/* /opt/* ", "in /nowhere/* ");
        assertNotEquals(script, nowhere);
        Files.writeString(root.resolve("norikv"), nowhere);
        Path old = javaIn("old", "17.0.9");

        Ran ran =
                Ran.run(
                        root,
                        Map.of(
                                "JAVA_HOME", "",
                                "HOME", temp.toString(),
                                "PATH", old.resolve("bin") + ":/usr/bin:/bin"),
                        List.of(root + "/norikv", "x"));

        assertEquals(2, ran.exit());
        assertEquals("", ran.out());
        assertTrue(ran.err().contains("no JDK 25 or newer found"), ran.err());
        assertTrue(ran.err().contains("JAVA_HOME: not set"), ran.err());
        assertTrue(ran.err().contains("PATH: " + old.toRealPath() + ": Java 17\n"), ran.err());
        assertTrue(ran.err().contains("/usr/lib/jvm, /opt"), ran.err());
    }

    @Test
    void aJavaWithoutACompilerRunsACurrentJarAndBuildsNone()
            throws IOException, InterruptedException {
        Path jre = javaIn("jre", "25.0.1");
        Map<String, String> environment = Map.of("NORIKV_JAVA", jre.toString());

        Ran current = start(root, environment, "x").await();
        Files.delete(jar());
        Ran missing = start(root, environment, "x").await();

        assertEquals(0, current.exit(), current.err());
        assertEquals(2, missing.exit());
        assertTrue(missing.err().contains("without javac"), missing.err());
    }

    @Test
    void aJarWithoutSourcesIsRun() throws IOException, InterruptedException {
        Files.move(root.resolve("src"), temp.resolve("src"));

        assertEquals(0, run("x").exit());
        Files.delete(jar());
        Ran nothing = run("x");

        assertEquals(2, nothing.exit());
        assertTrue(nothing.err().contains("nor sources"), nothing.err());
    }

    /// A folder that looks like a Java of that version without a compiler.
    private Path javaIn(String name, String version) throws IOException {
        Path home = temp.resolve(name);
        Files.createDirectories(home.resolve("bin"));
        Files.writeString(home.resolve("release"), "JAVA_VERSION=\"" + version + "\"\n");
        Path java = home.resolve("bin/java");
        Files.writeString(java, "#!/bin/sh\nexec '" + JDK + "/bin/java' \"$@\"\n");
        assertTrue(java.toFile().setExecutable(true));
        return home;
    }

    private Ran run(String... arguments) throws IOException, InterruptedException {
        return start(root, Map.of(), arguments).await();
    }

    private static Ran.Running start(Path root, Map<String, String> changes, String... arguments)
            throws IOException {
        List<String> command = new ArrayList<>(List.of(root + "/norikv"));
        command.addAll(List.of(arguments));
        Map<String, String> all = new HashMap<>(Map.of("NORIKV_JAVA", JDK));
        all.putAll(changes);
        return Ran.start(root.getParent(), all, command);
    }

    private Path copyOf(Path file) {
        return root.resolve(built.relativize(file));
    }

    private Path jar() {
        return root.resolve("target/norikv.jar");
    }

    private Path source(String name) {
        return root.resolve("src/main/java/norikv/cli/" + name + ".java");
    }

    private List<String> namesIn(String folder) throws IOException {
        try (Stream<Path> files = Files.list(root.resolve(folder))) {
            return files.map(f -> f.getFileName().toString()).sorted().toList();
        }
    }
}
