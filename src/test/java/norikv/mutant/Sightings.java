package norikv.mutant;

import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;

/// Runs worlds of the simulator on a mutant.
///
/// As a program it goes through the mutants whose name matches its argument and which have a line
/// `museum` or `world`, and looks for a world that notices each; it writes the line `world` where
/// the one that stands there does not notice it any more: a change of the simulator draws other
/// worlds from the same seeds. `-Dprofile=swarm`, `-Dmillis=2000`, `-Dtries=2000` and
/// `-Dclasses=target/classes` say where it looks; without them, in worlds like that of the line.
///
/// **Limits.** [#RUN_TIME_MAX] a world.
final class Sightings {
    /// A bug that is not noticed within so many worlds shows that they are too kind.
    private static final int TRIES_MAX = 2000;

    private static final Duration RUN_TIME_MAX = Duration.ofSeconds(60);
    private static final Mutant.Sight USUAL = new Mutant.Sight(0, "swarm", 2000, "");
    private static final Path MUTANTS = Path.of("src", "test", "resources", "mutants");

    private final ClassLoader loader;

    /// @param loader of all our classes, with a mutant among them or as they are
    Sightings(ClassLoader loader) {
        this.loader = loader;
    }

    /// Finds worlds, as above.
    public static void main(String[] arguments) throws IOException {
        String wanted = arguments.length == 0 ? ".*" : arguments[0];
        Path classes = Path.of(System.getProperty("classes", "target/classes"));
        var mutants = new Mutants(Path.of("src", "main", "java"), classes, RUN_TIME_MAX);
        List<Path> found = new ArrayList<>();
        try (Stream<Path> files = Files.list(MUTANTS)) {
            files.filter(f -> f.getFileName().toString().endsWith(".mutant"))
                    .sorted()
                    .forEach(found::add);
        }
        for (Path file : found) {
            Mutant mutant = Mutant.read(file);
            boolean isMeant = mutant.sight().isPresent() || !mutant.museum().isEmpty();
            if (isMeant && mutant.id().matches(wanted)) {
                IO.println(mutant.id() + " " + settle(file, mutant, mutants));
            }
        }
    }

    private static String settle(Path file, Mutant mutant, Mutants mutants) throws IOException {
        var sane = new Sightings(Sightings.class.getClassLoader());
        var mutated = new Sightings(mutants.load(mutant));
        if (mutant.sight().isPresent()) {
            Mutant.Sight known = mutant.sight().get();
            if (mutated.run(known).startsWith(known.invariant() + " ")
                    && sane.run(known).isEmpty()) {
                return "is seen in " + known;
            }
        }
        Mutant.Sight usual = mutant.sight().orElse(USUAL);
        String profile = System.getProperty("profile", usual.profile());
        long millis = Long.getLong("millis", usual.millis());
        int tries = Integer.getInteger("tries", TRIES_MAX);
        for (int seed = 1; seed <= tries; seed++) {
            String seen = mutated.run(new Mutant.Sight(seed, profile, millis, ""));
            if (!seen.isEmpty()) {
                var sight = new Mutant.Sight(seed, profile, millis, seen.split(" ")[0]);
                if (sane.run(sight).isEmpty()) {
                    write(file, sight);
                    return sight + ": " + seen.lines().findFirst().orElse("");
                }
            }
        }
        return "SURVIVES " + tries + " worlds";
    }

    private static void write(Path file, Mutant.Sight sight) throws IOException {
        String text = Files.readString(file).replaceFirst("(?m)^(world|unseen): .*\n", "");
        int old = text.indexOf("--- old\n");
        String line = "world: " + sight + "\n";
        Files.writeString(file, text.substring(0, old) + line + text.substring(old));
    }

    /// {@return the invariant that does not hold in that world, and how; empty if all hold}
    String run(Mutant.Sight world) {
        var seen = new AtomicReference<Optional<String>>(Optional.empty());
        var runner = new Thread(() -> seen.set(Optional.of(replay(world))), "world");
        runner.setDaemon(true);
        runner.start();
        try {
            runner.join(RUN_TIME_MAX);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
        return seen.get().orElse("TIME the world did not end");
    }

    private String replay(Mutant.Sight world) {
        try {
            return (String)
                    loader.loadClass("norikv.sim.Replay")
                            .getMethod("run", long.class, String.class, long.class)
                            .invoke(null, world.seed(), world.profile(), world.millis());
        } catch (InvocationTargetException e) {
            return "THROWN " + e.getCause();
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(e);
        }
    }
}
