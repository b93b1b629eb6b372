package norikv.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.SplittableRandom;
import java.util.UUID;
import norikv.bytes.Bytes;
import norikv.bytes.Crc32c;
import norikv.disk.FileDisk;
import norikv.domain.ErrorCode;
import norikv.domain.NoriException;
import norikv.wal.HexVector;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Whose a data folder is.
final class IdentityTest {
    @TempDir private Path folder;

    private FileDisk disk;
    private Config config;

    @BeforeEach
    void openFolder() {
        disk = FileDisk.open(folder);
        config = Config.defaults().with(ConfigKey.CLUSTER_ID, "prod");
    }

    @Test
    void theSameFolderGivesTheSameStoreAtEveryStart() {
        Identity first = open(config);

        assertEquals(first, open(config));
        assertEquals(first, open(Config.defaults()), "cluster.id=auto");
    }

    @Test
    void anotherNodeClusterShardCountOrBandCountIsRefused() {
        open(config);

        assertMismatch(config.with(ConfigKey.NODE_ID, "n2"), "node_id");
        assertMismatch(config.with(ConfigKey.CLUSTER_ID, "test"), "cluster.id");
        assertMismatch(config.with(ConfigKey.TOTAL_SHARDS, "64"), "cluster.total_shards");
        assertMismatch(config.with(ConfigKey.STORAGE_BANDS, "8"), "storage.bands");
    }

    @Test
    void aNewerFolderIsRefusedAndNotTouched() throws Exception {
        open(config);
        String newer = rewrite("format_tables=1\n", "format_tables=2\n");

        NoriException refused = assertThrows(NoriException.Refused.class, () -> open(config));

        assertEquals(ErrorCode.VERSION_UNSUPPORTED, refused.code());
        assertTrue(refused.getMessage().contains("'2'"), refused.getMessage());
        assertEquals(newer, Files.readString(folder.resolve(Identity.FILE)));
    }

    @Test
    void everyFlippedByteIsNoticed() throws Exception {
        open(config);
        Path file = folder.resolve(Identity.FILE);
        byte[] sound = Files.readAllBytes(file);
        for (int i = 0; i < sound.length; i++) {
            byte[] damaged = sound.clone();
            damaged[i] ^= 0x10;
            Files.write(file, damaged);
            assertThrows(
                    NoriException.class,
                    () -> open(config),
                    "byte " + i);
        }
    }

    @Test
    void aFolderWithDataButWithoutIdentityIsNotTakenOver() throws Exception {
        Files.createDirectories(folder.resolve("wal"));
        Files.writeString(folder.resolve("wal/something"), "x");

        assertThrows(NoriException.Corruption.class, () -> open(config));
    }

    @Test
    void aStartThatDiedBeforeTheRenameIsForgotten() throws Exception {
        Files.writeString(folder.resolve(Identity.FILE + ".tmp"), "half of");

        assertEquals("prod", open(config).clusterId());
    }

    @Test
    void theVectorIsReadAndWrittenAgain() throws Exception {
        String vector = new String(HexVector.read("identity"), StandardCharsets.UTF_8);

        Identity identity = Identity.parse(vector);

        assertEquals("prod", identity.clusterId());
        assertEquals(new UUID(1, 2), identity.storeUuid());
        assertEquals(1 ^ 2, identity.salt());
        assertEquals(vector, TextFile.checked(identity.lines()));
    }

    private Identity open(Config settings) {
        return Identity.openOrCreate(disk, settings, new SplittableRandom(7));
    }

    private void assertMismatch(Config other, String setting) {
        NoriException refused =
                assertThrows(
                        NoriException.Refused.class, () -> open(other));
        assertEquals(ErrorCode.CLUSTER_MISMATCH, refused.code());
        assertTrue(refused.getMessage().startsWith(setting + ":"), refused.getMessage());
    }

    private String rewrite(String old, String young) throws Exception {
        Path file = folder.resolve(Identity.FILE);
        String lines = Files.readString(file).replaceAll("crc32c=.*\n", "").replace(old, young);
        Bytes bytes = Bytes.utf8(lines);
        int crc = Crc32c.of(bytes.array(), 0, bytes.length());
        String text = lines + "crc32c=%08x\n".formatted(crc);
        Files.writeString(file, text);
        return text;
    }
}
