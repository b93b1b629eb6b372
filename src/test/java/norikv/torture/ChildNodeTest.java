package norikv.torture;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import norikv.work.Bell;
import norikv.work.ThreadLoops;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/// A child is watched, killed and frozen as it should be, and what it does by itself is noticed.
/// The children here are shells that say what a node says.
@Timeout(60)
final class ChildNodeTest {
    private static final String SERVES = "echo READY rpc=; while true; do sleep 1; done";
    private static final int LOOKS_MAX = 20_000;

    @TempDir private Path folder;
    private final ThreadLoops loops =
            new ThreadLoops(
                    (where, cause) -> {
                        throw new AssertionError(where, cause);
                    });
    private Path watched;
    private Watchdog watchdog;

    @BeforeEach
    void watch() throws IOException {
        watched = Files.createDirectory(folder.resolve("watched"));
        watchdog = new Watchdog(watched);
    }

    @AfterEach
    void leave() {
        watchdog.close();
    }

    @Test
    void aKillIsOurDoingAndNoTrouble() {
        ChildNode node = node(SERVES);
        node.start();
        assertTrue(node.awaitReady(soon()));
        node.kill();
        assertFalse(node.isAlive());
        node.lookForEnd();
        node.start();
        node.kill();
        assertEquals(List.of(), node.troubles());
    }

    @Test
    void anEndByItselfIsNotedOnceWithItsLastWords() {
        ChildNode node = node("echo it broke >&2; exit 70");
        node.start();
        awaitEnd(node);
        node.lookForEnd();
        node.lookForEnd();
        assertEquals(
                List.of("n1 ended by itself with exit code 70: it broke\n"), node.troubles());
        node.start(); // unseen until it is started again, or stopped
        awaitEnd(node);
        node.stop();
        assertEquals(2, node.troubles().size());
    }

    @Test
    void aStopThatEndsWithAnErrorIsNoted() {
        ChildNode node = node("trap 'exit 9' TERM; " + SERVES);
        node.start();
        assertTrue(node.awaitReady(soon()));
        node.stop();
        assertTrue(
                node.troubles().getFirst().startsWith("n1 stopped with exit code 9"),
                node.troubles()::toString);
    }

    @Test
    void aStopBeforeAnybodyHearsItIsNoTrouble() {
        ChildNode early = node("while true; do sleep 1; done");
        early.start();
        early.stop();
        assertEquals(List.of(), early.troubles());

        ChildNode late = node(SERVES);
        late.start();
        assertTrue(late.awaitReady(soon()));
        late.stop();
        assertTrue(
                late.troubles().getFirst().startsWith("n1 stopped with exit code 143"),
                late.troubles()::toString);
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void aFrozenProcessIsStoppedUntilItIsThawed() throws IOException {
        Path pid = folder.resolve("pid");
        ChildNode node = node("echo $$ > %s; %s".formatted(pid, SERVES));
        node.start();
        assertTrue(node.awaitReady(soon()));
        Path state = Path.of("/proc", Files.readString(pid).strip(), "status");
        node.freeze();
        awaitState(state, "T");
        node.thaw();
        awaitState(state, "S");
        node.freeze();
        node.kill();
        assertFalse(node.isAlive(), "a frozen one, too");
    }

    @Test
    void theWatchdogKillsWhoWasBegunAndRemovesTheFolder() throws Exception {
        Files.writeString(watched.resolve("file"), "x");
        Process killed = new ProcessBuilder("/bin/sh", "-c", SERVES).start();
        Process spared = new ProcessBuilder("/bin/sh", "-c", SERVES).start();
        try {
            watchdog.begun(killed.pid());
            watchdog.begun(spared.pid());
            watchdog.ended(spared.pid());
            watchdog.close();

            assertTrue(killed.waitFor(20, TimeUnit.SECONDS));
            assertTrue(spared.isAlive(), "its number may be another's by then");
            assertFalse(Files.exists(watched));
        } finally {
            killed.destroyForcibly();
            spared.destroyForcibly();
        }
    }

    private ChildNode node(String script) {
        List<String> command = List.of("/bin/sh", "-c", script);
        return new ChildNode("n1", command, folder.resolve("log"), loops, watchdog);
    }

    private static void awaitEnd(ChildNode node) {
        Bell bell = new Bell();
        for (int looks = 0; node.isAlive() && looks < LOOKS_MAX; looks++) {
            bell.await(1_000_000);
        }
        assertFalse(node.isAlive());
    }

    private static void awaitState(Path status, String letter) throws IOException {
        Bell bell = new Bell();
        String wanted = "State:\t" + letter;
        for (int looks = 0; looks < LOOKS_MAX; looks++) {
            if (Files.readString(status).contains(wanted)) {
                return;
            }
            bell.await(1_000_000);
        }
        assertTrue(Files.readString(status).contains(wanted));
    }

    private long soon() {
        return loops.clock().nanoTime() + TimeUnit.SECONDS.toNanos(30);
    }
}
