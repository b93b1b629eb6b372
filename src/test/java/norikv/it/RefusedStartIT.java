package norikv.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import norikv.bytes.Crc32c;
import norikv.client.Batch;
import norikv.client.Norikv;
import norikv.client.ScanOptions;
import norikv.domain.ErrorCode;
import norikv.domain.NoriException;
import norikv.domain.Reply;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Folders and ports that a node must not be started with: the exit code says why, the message what
/// and where, and nothing is touched.
@Timeout(180)
final class RefusedStartIT {
    @TempDir private Path folder;

    @Test
    void aFolderInUseIsRefusedAndNotTouched() throws Exception {
        try (NodeProcess owner = NodeProcess.start(folder).mustBeReady();
                Norikv client = owner.connect()) {
            String identity = Files.readString(folder.resolve("identity"));
            refuses(folder, 11, "CANNOT_START", folder.toString());
            assertEquals(identity, Files.readString(folder.resolve("identity")));
            client.put("still", "here");
        }
    }

    @Test
    void aPortInUseIsRefusedAndNoFolderMade() throws Exception {
        Path other = folder.resolve("other");
        try (NodeProcess owner = NodeProcess.start(folder.resolve("first")).mustBeReady()) {
            try (NodeProcess second =
                    NodeProcess.start(other, "--rpc-addr", owner.endpoint())) {
                assertEquals(11, second.awaitEnd(), second::errors);
                assertTrue(second.errors().contains("rpc_addr"), second::errors);
                assertTrue(second.errors().contains(owner.endpoint()), second::errors);
            }
            String http = owner.httpAddress().substring("http://".length());
            try (NodeProcess third = NodeProcess.start(other, "--http-addr", http)) {
                assertEquals(11, third.awaitEnd(), third::errors);
                assertTrue(third.errors().contains("http_addr"), third::errors);
                assertTrue(third.errors().contains(http), third::errors);
            }
            assertFalse(Files.exists(other));
        }
    }

    @Test
    void whoseFolderItIsNotIsRefusedAndTheFolderNotTouched() throws Exception {
        startAndStop();
        Map<String, String> before = Folder.contents(folder);

        refuses(folder, 12, "CLUSTER_MISMATCH", "node_id", "n2", "--node-id", "n2");
        refuses(folder, 12, "CLUSTER_MISMATCH", "cluster.id", "--set", "cluster.id=another");
        refuses(
                folder,
                12,
                "cluster.total_shards",
                "1024",
                "--set",
                "cluster.total_shards=512");
        assertEquals(before, Folder.contents(folder));
    }

    @Test
    void aNewerOrDamagedIdentityIsRefusedAndTheFolderNotTouched() throws Exception {
        startAndStop();
        Path identity = folder.resolve("identity");
        String text = Files.readString(identity);

        Files.writeString(identity, withCrc(text.replace("format_log=1", "format_log=2")));
        Map<String, String> before = Folder.contents(folder);
        refuses(folder, 12, "VERSION_UNSUPPORTED", "format_log");
        assertEquals(before, Folder.contents(folder));

        Files.writeString(identity, text.replace("total_shards=1024", "total_shards=1025"));
        before = Folder.contents(folder);
        refuses(folder, 9, "CORRUPTION", "identity");
        assertEquals(before, Folder.contents(folder));

        Files.delete(identity);
        before = Folder.contents(folder);
        refuses(folder, 9, "CORRUPTION", "identity");
        assertEquals(before, Folder.contents(folder));
    }

    @Test
    void aDamagedLogIsRefusedWithFileAndOffset() throws Exception {
        try (NodeProcess node = NodeProcess.start(folder);
                Norikv client = node.mustBeReady().connect()) {
            put(client, 50);
            put(client, 50);
            node.kill();
        }
        Path segment = Folder.first(folder.resolve("wal"), ".log");
        Folder.damage(segment, 5 * 4096);
        Map<String, String> before = Folder.contents(segment.getParent());

        refuses(folder, 9, "CORRUPTION", segment.getFileName() + "@");
        assertEquals(before, Folder.contents(segment.getParent()));
    }

    @Test
    void aDamagedManifestIsRefused() throws Exception {
        startAndStop();
        Path manifest = manifest();
        Folder.damage(manifest, 5_000);
        Map<String, String> before = Folder.contents(folder);

        refuses(folder, 9, "CORRUPTION", manifest.getFileName().toString());
        assertEquals(before, Folder.contents(folder));
    }

    @Test
    void aDamagedTableIsNeverReadAsIfItHeldNothing() throws Exception {
        try (NodeProcess node = NodeProcess.start(folder);
                Norikv client = node.mustBeReady().connect()) {
            put(client, 200);
            assertEquals(0, node.stop(), node::errors);
        }
        Folder.damage(Folder.first(folder.resolve("lsm"), ".sst"), 2_000);

        try (NodeProcess node = NodeProcess.start(folder);
                Norikv client = node.mustBeReady().connect()) {
            int damaged = 0;
            for (int i = 0; i < 200; i++) {
                damaged += isDamaged(client, i) ? 1 : 0;
            }
            assertTrue(damaged > 0 && damaged < 100, "damaged keys: " + damaged);
            assertEquals(ErrorCode.CORRUPTION, codeOfScan(client));
        }
    }

    /// {@return whether the key cannot be read} It must not be missing, nor have another value.
    private static boolean isDamaged(Norikv client, int key) {
        try {
            var item = client.get("k%03d".formatted(key)).orElseThrow();
            assertEquals("v".repeat(500) + key, item.value().toUtf8());
            return false;
        } catch (NoriException e) {
            assertEquals(ErrorCode.CORRUPTION, e.code(), e::getMessage);
            assertTrue(e.getMessage().contains(".sst"), e::getMessage);
            return true;
        }
    }

    private static ErrorCode codeOfScan(Norikv client) {
        try {
            client.scan(ScanOptions.all()).stream().count();
            throw new AssertionError("a scan over a damaged table must fail");
        } catch (NoriException e) {
            return e.code();
        }
    }

    @Test
    void aFolderThatCannotBeMadeOrReadIsRefused() throws Exception {
        Path file = Files.writeString(folder.resolve("a-file"), "not a folder");
        refuses(file, 11, "CANNOT_START", file.toString());
        assertEquals("not a folder", Files.readString(file));
        refuses(file.resolve("below"), 11, "CANNOT_START", file.toString());
        refuses(Path.of("/proc/norikv-data"), 11, "CANNOT_START", "/proc/norikv-data");
    }

    private static void put(Norikv client, int keys) {
        Batch batch = client.batch();
        for (int i = 0; i < keys; i++) {
            batch.put("k%03d".formatted(i), "v".repeat(500) + i);
        }
        assertTrue(batch.execute().stream().allMatch(Reply.Written.class::isInstance));
    }

    /// Starts a node that must not start.
    ///
    /// @param more texts that stderr must hold, then flags from the first that begins with `--`
    private static void refuses(Path data, int exitCode, String... more) throws Exception {
        int flags = 0;
        while (flags < more.length && !more[flags].startsWith("--")) {
            flags++;
        }
        String[] server = java.util.Arrays.copyOfRange(more, flags, more.length);
        try (NodeProcess node = NodeProcess.start(data, server)) {
            assertEquals(exitCode, node.awaitEnd(), node::errors);
            String errors = node.errors();
            for (int i = 0; i < flags; i++) {
                assertTrue(errors.contains(more[i]), more[i] + " in " + errors);
            }
            assertTrue(errors.startsWith("error["), errors);
            assertFalse(errors.contains("\tat "), errors);
        }
    }

    private void startAndStop() throws Exception {
        try (NodeProcess node = NodeProcess.start(folder).mustBeReady()) {
            assertEquals(0, node.stop(), node::errors);
        }
    }

    private Path manifest() throws Exception {
        try (var files = Files.list(folder.resolve("lsm"))) {
            return files.filter(file -> file.getFileName().toString().startsWith("MANIFEST-"))
                    .max(java.util.Comparator.naturalOrder())
                    .orElseThrow();
        }
    }

    private static String withCrc(String text) {
        String lines = text.substring(0, text.lastIndexOf("crc32c="));
        byte[] bytes = lines.getBytes(StandardCharsets.UTF_8);
        return lines + "crc32c=%08x\n".formatted(Crc32c.of(bytes, 0, bytes.length));
    }
}
