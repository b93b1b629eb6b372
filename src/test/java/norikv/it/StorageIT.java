package norikv.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import norikv.client.Norikv;
import norikv.domain.ErrorCode;
import norikv.domain.NoriException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// What lies below a real node: its folder is read through by `norikv verify`, and its file system
/// runs full.
@Timeout(300)
final class StorageIT {
    private static final int WRITES_MAX = 4_000;
    private static final int TRIES_MAX = 600;
    private static final String VALUE = "v".repeat(32 << 10);

    @TempDir private Path folder;

    @Test
    void verifyReadsANodesFolderAndNamesWhatIsDamaged() throws Exception {
        try (NodeProcess node =
                        NodeProcess.start(folder, "--set", "storage.memtable_bytes=1MiB")
                                .mustBeReady();
                Norikv client = node.connect()) {
            for (int i = 0; i < 100; i++) {
                client.put("key" + i, VALUE);
            }
            assertEquals(11, verify().exitCode(), "a folder in use");
            assertEquals(0, node.stop(), node::errors);
        }
        Map<String, String> before = Folder.contents(folder);
        Verified sound = verify();
        assertEquals(0, sound.exitCode(), sound::text);
        assertTrue(sound.text().contains("a node's folder"), sound::text);
        assertTrue(sound.text().strip().endsWith("sound"), sound::text);
        assertEquals(before, Folder.contents(folder));

        namesDamageOf(folder.resolve("identity"), 30);
        Path table = one("lsm", ".sst");
        namesDamageOf(table, 100);
        namesDamageOf(table, Files.size(table) - 10);
        namesDamageOf(one("wal", ".log"), 5);
        assertEquals(0, verify().exitCode());
    }

    @Test
    void onAFullFileSystemANodeRefusesPutsAnswersReadsAndGoesOnWhenThereIsRoom() throws Exception {
        assumeTrue("root".equals(System.getProperty("user.name")), "only root may mount a tmpfs");
        boolean mounted =
                run("mount", "-t", "tmpfs", "-o", "size=128m", "tmpfs", folder.toString()) == 0;
        assumeTrue(mounted, "no tmpfs can be mounted here");
        try {
            fillAndClear();
        } finally {
            assertEquals(0, run("umount", folder.toString()));
        }
    }

    private void fillAndClear() throws Exception {
        Path data = folder.resolve("data");
        Path ballast = folder.resolve("ballast");
        Set<String> written = new TreeSet<>();
        try (NodeProcess node = NodeProcess.start(data).mustBeReady();
                Norikv client = node.connect()) {
            assertTrue(put(client, "first", written).isEmpty());
            try (OutputStream file = Files.newOutputStream(ballast)) {
                fill(file);
            }
            List<ErrorCode> refusals = List.of();
            for (int i = 0; i < WRITES_MAX && refusals.isEmpty(); i++) {
                refusals = put(client, "key" + i, written);
            }
            assertEquals(List.of(ErrorCode.DISK_WATERMARK), refusals);
            assertHolds(client, written);
            assertTrue(node.isAlive(), node::errors);

            Files.delete(ballast);
            boolean taken = false;
            for (int i = 0; i < TRIES_MAX && !taken; i++) {
                taken = put(client, "after" + i, written).isEmpty();
                pause();
            }
            assertTrue(taken, "it goes on by itself");
            assertHolds(client, written);
            assertEquals(0, node.stop(), node::errors);
        }
        try (NodeProcess node = NodeProcess.start(data).mustBeReady();
                Norikv client = node.connect()) {
            assertHolds(client, written);
        }
        Verified sound = verify(data);
        assertEquals(0, sound.exitCode(), sound::text);
    }

    /// Writes until nothing fits any more.
    private static void fill(OutputStream file) {
        for (int piece = 1 << 20; piece >= 1 << 12; ) {
            try {
                file.write(new byte[piece]);
            } catch (IOException _) {
                piece /= 2;
            }
        }
    }

    /// {@return why it was refused, which is a definite no; empty if it was written}
    private static List<ErrorCode> put(Norikv client, String key, Set<String> written) {
        try {
            client.put(key, VALUE);
            written.add(key);
            return List.of();
        } catch (NoriException.Overloaded refused) {
            return List.of(refused.code());
        }
    }

    private static void assertHolds(Norikv client, Set<String> written) {
        for (String key : written) {
            assertEquals(VALUE, client.get(key).orElseThrow().value().toUtf8(), key);
        }
    }

    /// Between two looks at a node that recovers; decides nothing.
    private static void pause() throws Exception {
        assertEquals(0, run("sleep", "0.1"));
    }

    private void namesDamageOf(Path file, long at) throws Exception {
        byte[] whole = Files.readAllBytes(file);
        byte[] damaged = whole.clone();
        damaged[(int) at] ^= 1;
        Files.write(file, damaged);
        Verified verified = verify();
        Files.write(file, whole);
        assertEquals(9, verified.exitCode(), () -> file + "\n" + verified.text());
        assertTrue(verified.text().contains(file.getFileName().toString()), verified::text);
    }

    private Path one(String below, String ending) throws IOException {
        try (Stream<Path> files = Files.list(folder.resolve(below))) {
            return files.filter(file -> file.toString().endsWith(ending))
                    .sorted()
                    .findFirst()
                    .orElseThrow();
        }
    }

    private record Verified(int exitCode, String text) {}

    private Verified verify() throws Exception {
        return verify(folder);
    }

    private static Verified verify(Path data) throws Exception {
        Process process =
                new ProcessBuilder(
                                NodeProcess.JAVA,
                                "-p",
                                NodeProcess.JAR.toString(),
                                "-m",
                                "norikv",
                                "verify",
                                data.toString())
                        .redirectErrorStream(true)
                        .start();
        String text = new String(process.getInputStream().readAllBytes());
        return new Verified(process.waitFor(), text);
    }

    private static int run(String... command) throws Exception {
        Process process =
                new ProcessBuilder(command)
                        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                        .redirectError(ProcessBuilder.Redirect.DISCARD)
                        .start();
        return process.waitFor();
    }
}
