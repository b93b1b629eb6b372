package norikv.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import norikv.bytes.Bytes;
import norikv.cli.ServerOnUnforcedDisk;
import norikv.client.Norikv;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// A real server on a disk whose force fails: what it answers before it ends, how it ends, and what
/// the next start finds. `-Dseed=` for other writes.
@Timeout(180)
final class FailedForceIT {
    private static final int FATAL = 70;
    private static final int WRITERS = 4;
    private static final int KEYS_PER_WRITER = 30;
    private static final int WRITES_BEFORE = 200;
    private static final String CLASSES = "target/test-classes:target/classes";

    @TempDir private Path folder;

    /// Log, the folder of its names, manifest, the folder of the tables' names.
    @ParameterizedTest
    @ValueSource(strings = {"wal/", "wal", "lsm/MANIFEST", "lsm"})
    void afterAFailedForceTheProcessEndsWith70AndNothingAcknowledgedIsLost(String path)
            throws Exception {
        List<LedgerWriter> writers = writers();
        try (NodeProcess node = start().mustBeReady()) {
            writeUntilLost(node, writers, path);
            assertEquals(FATAL, node.awaitEnd(), node::errors);
            assertSaid(node.errors(), path);
        }
        assertFalse(Files.exists(command()), "the force was met");
        assertAllThere(writers);
    }

    @Test
    void aFailedForceOfATableFailsThatJobOnly() throws Exception {
        List<LedgerWriter> writers = writers();
        try (NodeProcess node = start().mustBeReady();
                Norikv client = node.connect()) {
            CountDownLatch begun = new CountDownLatch(WRITES_BEFORE);
            List<Thread> threads = begin(writers, client, begun);
            begun.await();
            command("lsm/0"); // a table: those have numbers for names
            while (Files.exists(command())) {
                client.get(Bytes.utf8("asked meanwhile"));
            }
            for (int i = 0; i < WRITES_BEFORE; i++) {
                client.put(Bytes.utf8("after"), Bytes.utf8("it"));
            }
            assertTrue(node.isAlive(), node::errors);
            assertEquals(0, node.stop(), node::errors);
            join(threads);
            assertFalse(node.errors().contains("error[FATAL]"), node::errors);
        }
        writers.forEach(LedgerWriter::mustBeUnharmed);
        assertAllThere(writers);
    }

    private static List<LedgerWriter> writers() {
        long seed = Long.getLong("seed", new Random().nextLong());
        System.getLogger("norikv.test").log(System.Logger.Level.INFO, "seed=" + seed);
        Random random = new Random(seed);
        List<LedgerWriter> writers = new ArrayList<>();
        for (int i = 0; i < WRITERS; i++) {
            writers.add(new LedgerWriter("w" + i + ":", KEYS_PER_WRITER, random.nextLong()));
        }
        return writers;
    }

    /// A small memtable: its flush needs manifest and tables soon.
    private NodeProcess start() throws Exception {
        List<String> jvm =
                List.of(
                        "-XX:TieredStopAtLevel=1",
                        "-XX:+UseSerialGC",
                        "-Xmx256m",
                        "-D" + ServerOnUnforcedDisk.COMMAND + "=" + command(),
                        "-cp",
                        CLASSES,
                        ServerOnUnforcedDisk.class.getName());
        List<String> server =
                List.of(
                        "--set", "wal.segment_bytes=4MiB",
                        "--set", "storage.memtable_bytes=1MiB");
        return NodeProcess.run(jvm, folder.resolve("data"), server);
    }

    private Path command() {
        return folder.resolve("command");
    }

    /// Fails the next force of what begins so; whole at once for whoever looks.
    private void command(String path) throws Exception {
        Path whole = Files.writeString(folder.resolve("command.whole"), path);
        Files.move(whole, command(), StandardCopyOption.ATOMIC_MOVE);
    }

    private void writeUntilLost(NodeProcess node, List<LedgerWriter> writers, String path)
            throws Exception {
        try (Norikv client = node.connect()) {
            CountDownLatch begun = new CountDownLatch(WRITES_BEFORE);
            List<Thread> threads = begin(writers, client, begun);
            begun.await();
            command(path);
            join(threads);
        }
        writers.forEach(LedgerWriter::mustBeUnharmed);
    }

    private static List<Thread> begin(
            List<LedgerWriter> writers, Norikv client, CountDownLatch begun) {
        List<Thread> threads = new ArrayList<>();
        for (LedgerWriter writer : writers) {
            threads.add(Thread.ofPlatform().start(() -> writer.writeUntilLost(client, begun)));
        }
        return threads;
    }

    private static void join(List<Thread> threads) throws InterruptedException {
        for (Thread thread : threads) {
            thread.join();
        }
    }

    private static void assertSaid(String errors, String path) {
        assertTrue(errors.contains("error[FATAL]: "), errors);
        assertTrue(errors.contains(path), errors);
        assertTrue(errors.contains("force: Input/output error"), errors);
        String last = "what was acknowledged is on disk; start the server again to recover it\n";
        assertTrue(errors.endsWith(last), errors);
    }

    /// The next start, on a disk that is well, finds all that was acknowledged; of what was not,
    /// a write is there whole or not at all.
    private void assertAllThere(List<LedgerWriter> writers) throws Exception {
        try (NodeProcess node = start().mustBeReady();
                Norikv client = node.connect()) {
            writers.forEach(writer -> writer.check(client));
            assertEquals(0, node.stop(), node::errors);
        }
    }
}
