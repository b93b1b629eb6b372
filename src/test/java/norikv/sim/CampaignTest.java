package norikv.sim;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/// A campaign says how it ended, in whatever way it ends.
final class CampaignTest {
    @Test
    void theLastLineIsThatOfTheTotals() throws IOException, InterruptedException {
        Process campaign = start("-Dsim.count=3", "-Dsim.seed=5", "-Dsim.millis=100");
        try (BufferedReader out = campaign.inputReader()) {
            List<String> lines = out.lines().toList();
            assertEquals("seeds from 0x5, profile SWARM", lines.getFirst());
            assertTrue(lines.getLast().startsWith("seeds=3 virtual_s="), lines::toString);
            assertTrue(lines.getLast().endsWith(" failures=0"), lines::toString);
        }
        assertEquals(0, campaign.waitFor());
    }

    @Test
    void whoEndsItFromOutsideHearsHowFarItCame() throws IOException, InterruptedException {
        Process campaign = start("-Dsim.count=1000000");
        try (BufferedReader out = campaign.inputReader()) {
            String first = out.readLine();
            assertTrue(first.startsWith("seeds from 0x"), first);
            campaign.toHandle().destroy();
            List<String> lines = out.lines().toList();
            assertTrue(lines.getLast().startsWith("ENDED at "), lines::toString);
            assertTrue(lines.getLast().contains("; so far seeds="), lines::toString);
        }
        assertNotEquals(0, campaign.waitFor());
    }

    @Test
    void anErrorOfItsOwnIsToldToo() throws IOException, InterruptedException {
        Process campaign =
                start("-Dsim.count=1", "-Dsim.seed=5", "-Dsim.trace=no/such/folder/trace");
        try (BufferedReader out = campaign.inputReader()) {
            List<String> lines = out.lines().toList();
            assertEquals("the campaign itself failed, at seed 0x5", lines.get(1));
            assertTrue(lines.get(2).contains("NoSuchFileException"), lines::toString);
            assertTrue(lines.getLast().startsWith("ENDED at seed 0x5; so far seeds=0 "));
        }
        assertEquals(1, campaign.waitFor());
    }

    private static Process start(String... properties) throws IOException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.add("-ea");
        command.addAll(List.of("-cp", System.getProperty("java.class.path")));
        command.addAll(List.of(properties));
        command.add("norikv.sim.Campaign");
        return new ProcessBuilder(command).redirectErrorStream(true).start();
    }
}
