package norikv.embedded;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import norikv.client.Norikv;
import norikv.work.Bell;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

/// What is closed leaves nothing behind: no thread, no descriptor, no mapping, no folder.
@Timeout(240)
final class EmbeddedLeaksTest {
    private static final long PATIENCE_NANOS = 20_000_000_000L;

    @Test
    @EnabledOnOs(OS.LINUX)
    void closingGivesThreadsFilesAndMappingsBack() throws IOException {
        oneLife(); // what the JVM opens once and keeps
        Set<Thread> threads = threads();
        Set<String> files = openFiles();

        oneLife();

        Bell bell = new Bell();
        long deadline = System.nanoTime() + PATIENCE_NANOS;
        // A thread that was told to end may be about to.
        while (System.nanoTime() < deadline
                && !(newThreads(threads).isEmpty() && newFiles(files).isEmpty())) {
            bell.await(1_000_000);
        }
        assertEquals(List.of(), newThreads(threads));
        assertEquals(Set.of(), newFiles(files));
    }

    private static void oneLife() {
        Path folder;
        try (EmbeddedCluster cluster = EmbeddedCluster.start();
                Norikv client = cluster.client()) {
            folder = cluster.node(0).folder();
            client.put("k", "v");
            cluster.node(0).kill();
            cluster.node(0).restart();
            client.get("k");
        }
        assertEquals(false, Files.exists(folder.getParent()));
    }

    private static List<String> newThreads(Set<Thread> before) {
        return threads().stream()
                .filter(thread -> !before.contains(thread))
                .map(Thread::getName)
                // The carriers and timers of virtual threads belong to the JVM.
                .filter(name -> !name.startsWith("ForkJoinPool") && !name.startsWith("Virtual"))
                .toList();
    }

    private static Set<Thread> threads() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> !thread.isVirtual())
                .collect(Collectors.toSet());
    }

    private static Set<String> newFiles(Set<String> before) throws IOException {
        Set<String> more = openFiles();
        more.removeAll(before);
        return more;
    }

    /// {@return what this process holds open or has mapped, that belongs to a node}
    private static Set<String> openFiles() throws IOException {
        Set<String> found = new TreeSet<>();
        try (Stream<Path> descriptors = Files.list(Path.of("/proc/self/fd"))) {
            for (Path descriptor : descriptors.toList()) {
                if (Files.isSymbolicLink(descriptor)) {
                    String target = Files.readSymbolicLink(descriptor).toString();
                    if (target.startsWith("socket:") || target.contains("norikv-embedded-")) {
                        found.add(target);
                    }
                }
            }
        }
        for (String line : Files.readAllLines(Path.of("/proc/self/maps"))) {
            if (line.contains("norikv-embedded-")) {
                found.add(line);
            }
        }
        return found;
    }
}
