package norikv.embedded;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.lang.reflect.Field;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import norikv.client.Norikv;
import norikv.domain.NoriException;
import norikv.work.Bell;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// A node inside this process keeps what it acknowledged, ends alone, and gives everything back.
@Timeout(120)
final class EmbeddedNodeTest {
    @TempDir private Path folder;

    @Test
    void whatWasAcknowledgedIsThereAfterAKill() {
        try (EmbeddedNode node = EmbeddedNode.start()) {
            try (Norikv client = node.client()) {
                client.put("k", "v");
            }
            node.kill();
            assertThrows(NoriException.Closed.class, node::endpoint);
            node.restart();
            try (Norikv client = node.client()) {
                assertEquals("v", client.get("k").orElseThrow().value().toUtf8());
            }
        }
    }

    @Test
    void aKillFlushesNothingAndAStopDoes() throws IOException {
        try (EmbeddedNode node =
                EmbeddedNode.start(EmbeddedOptions.defaults().withFolder(folder))) {
            put(node, "k");
            node.kill();
            assertEquals(0, tables());
            node.restart();
            put(node, "l");
            node.stop();
            assertTrue(tables() > 0);
        }
    }

    @Test
    void aFaultStopsTheNodeAndNothingElse() throws IOException {
        var small = EmbeddedOptions.defaults().withSetting("wal.segment_bytes", "4MiB");
        try (EmbeddedNode other = EmbeddedNode.start();
                EmbeddedNode node = EmbeddedNode.start(small.withFolder(folder))) {
            removeLog();
            try (Norikv client = node.client()) {
                assertThrows(NoriException.class, () -> fillUntilRefused(client));
            }
            Bell bell = new Bell();
            for (int looks = 0; node.isRunning() && looks < 10_000; looks++) {
                bell.await(1_000_000);
            }
            assertFalse(node.isRunning());
            assertTrue(node.fault().isPresent());
            put(other, "k");
            assertTrue(other.fault().isEmpty());
        }
    }

    @Test
    void aTemporaryFolderIsRemoved() {
        Path temporary;
        try (EmbeddedNode node = EmbeddedNode.start()) {
            temporary = node.folder();
            assertTrue(Files.isDirectory(temporary));
        }
        assertFalse(Files.exists(temporary));
    }

    @Test
    void assertionsAreOnWithoutAFlag() throws Exception {
        URL[] classes = {Path.of("target", "classes").toUri().toURL()};
        ClassLoader platform = ClassLoader.getPlatformClassLoader();
        try (var loader = new URLClassLoader(classes, platform)) {
            loader.clearAssertionStatus(); // as in a JVM that was started without -ea
            Class<?> type = loader.loadClass("norikv.embedded.EmbeddedNode");
            ((AutoCloseable) type.getMethod("start").invoke(null)).close();

            for (String name : List.of("host.Worker", "lsm.Lsm", "wal.Wal", "kv.KeyValueNode")) {
                Class<?> inside = loader.loadClass("norikv." + name);
                assertTrue(inside.desiredAssertionStatus(), name);
                for (Field field : inside.getDeclaredFields()) {
                    if (field.getName().equals("$assertionsDisabled")) {
                        field.setAccessible(true);
                        assertFalse(field.getBoolean(null), name);
                    }
                }
            }
        }
    }

    private static void put(EmbeddedNode node, String key) {
        try (Norikv client = node.client()) {
            client.put(key, "v");
        }
    }

    private static void fillUntilRefused(Norikv client) {
        String value = "v".repeat(1 << 18);
        for (int i = 0; i < 1_000; i++) {
            client.put("k" + i, value);
        }
    }

    private void removeLog() throws IOException {
        List<Path> files = new ArrayList<>();
        try (Stream<Path> all = Files.walk(folder.resolve("wal"))) {
            all.sorted(Comparator.reverseOrder()).forEach(files::add);
        }
        for (Path file : files) {
            Files.delete(file);
        }
    }

    private long tables() throws IOException {
        try (Stream<Path> files = Files.list(folder.resolve("lsm"))) {
            return files.filter(file -> file.toString().endsWith(".sst")).count();
        }
    }
}
