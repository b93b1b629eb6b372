package norikv.sim;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/// Whole clusters of replicas over the production log, in worlds of one thread and one seed each.
///
/// By default the committed seeds; with any of the properties that [Campaign] knows, a campaign.
final class SimulationTest {
    private static final Path FAILED = Path.of("src/test/resources/seeds/simulation.txt");
    private static final int SHORT_SEEDS = 300;
    private static final int OTHER_SEEDS = 20;
    private static final long SHORT_NANOS = 2_000 * Plan.MILLI;

    @Test
    void everyWorldKeepsEveryInvariantAndRunsTheSameTwice() throws IOException {
        if (isCampaign()) {
            assertTrue(new Campaign().run(), "see above");
            return;
        }
        List<String> broken = new ArrayList<>();
        for (Seed seed : committed()) {
            Seed.Outcome outcome = seed.run();
            if (outcome.failure().isPresent()) {
                broken.add(seed.report(outcome));
            } else if (seed.run().hash() != outcome.hash()) {
                broken.add("another world the second time: " + seed.command());
            }
        }
        assertEquals("", String.join("\n", broken));
    }

    private static boolean isCampaign() {
        return System.getProperties().stringPropertyNames().stream()
                .anyMatch(name -> name.startsWith("sim."));
    }

    private static List<Seed> committed() throws IOException {
        List<Seed> seeds = new ArrayList<>();
        for (long number = 1; number <= SHORT_SEEDS; number++) {
            seeds.add(new Seed(number, Profile.SWARM, Limits.NONE, SHORT_NANOS));
        }
        for (long number = 1; number <= OTHER_SEEDS; number++) {
            seeds.add(new Seed(number, Profile.RIFT, Limits.NONE, SHORT_NANOS));
            seeds.add(new Seed(number, Profile.FEUD, Limits.NONE, SHORT_NANOS));
            seeds.add(new Seed(number, Profile.GRUDGE, Limits.NONE, SHORT_NANOS));
            seeds.add(new Seed(number, Profile.CLOCK, Limits.NONE, SHORT_NANOS));
        }
        for (String line : Files.readAllLines(FAILED)) {
            if (!line.startsWith("#")) {
                seeds.add(read(line.split(" ")));
            }
        }
        return seeds;
    }

    private static Seed read(String[] words) {
        return new Seed(
                Long.parseUnsignedLong(words[0].substring(2), 16),
                Profile.named(words[1]),
                Limits.NONE,
                Long.parseLong(words[2]) * Plan.MILLI);
    }
}
