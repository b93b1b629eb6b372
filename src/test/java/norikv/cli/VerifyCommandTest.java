package norikv.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import norikv.disk.FileDisk;
import norikv.json.Json;
import norikv.json.JsonReader;
import norikv.lsm.Durability;
import norikv.lsm.LsmOptions;
import norikv.lsm.Store;
import norikv.lsm.StoreOptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Plants one fault of each kind in a folder and requires that verify names it, and that inspect
/// shows what is left.
final class VerifyCommandTest {
    private static final int FOOTER_BYTES = 64;

    @TempDir Path base;
    private Path folder;

    @BeforeEach
    void aStoreWithTablesAndALog() {
        folder = base.resolve("store");
        LsmOptions engine = LsmOptions.defaults().withMemtableBytes(1 << 20);
        var options =
                StoreOptions.defaults()
                        .withEngine(engine)
                        .withLog(new StoreOptions.Log(true, 64 << 10, 1 << 20, 5))
                        .withCloseMillisMax(0);
        Store store = Store.open(FileDisk.open(folder), options);
        for (int round = 0; round < 3; round++) {
            fill(store, round);
            store.flush(60_000);
        }
        for (int round = 3; round < 7; round++) {
            fill(store, round);
            store.sync();
        }
        store.close();
    }

    private static void fill(Store store, int round) {
        byte[] value = new byte[200];
        for (int i = 0; i < 300; i++) {
            value[i % 200] = (byte) (i + round);
            store.put(("key" + i).getBytes(), value, Durability.LATER);
        }
    }

    @Test
    void aSoundFolderIsSoundAndStaysAsItIs() throws IOException {
        Map<Path, FileTime> before = times();
        Run run = Run.of("verify", folder.toString());
        assertEquals(0, run.exitCode(), run::toString);
        assertTrue(run.out().contains("a store's folder"), run::out);
        assertTrue(run.out().endsWith("sound\n"), run::out);
        assertEquals("", run.err());
        Json.Obj json = json(Run.of("verify", folder.toString(), "-o", "json", "-q"));
        assertEquals(new Json.Bool(true), json.members().get("ok"));
        assertEquals(before, times());
    }

    @Test
    void theIdentityOfANodesFolderIsReadToo() throws IOException {
        Path node = Files.createDirectories(base.resolve("node"));
        Files.writeString(node.resolve("identity"), "norikv-identity 1\ncrc32c=00000000\n");
        Run run = Run.of("verify", node.toString());
        assertEquals(9, run.exitCode(), run::toString);
        assertTrue(run.out().contains("identity: checksum does not match"), run::out);
        Files.delete(node.resolve("identity"));
        Files.createDirectories(node.resolve("wal"));
        Files.writeString(node.resolve("wal").resolve("something"), "");
        run = Run.of("verify", node.toString());
        assertEquals(9, run.exitCode(), run::toString);
        assertTrue(run.out().contains("identity: missing"), run::out);
    }

    @Test
    void aFolderInUseIsRefusedAndTheOwnerIsNotDisturbed() {
        try (Store store = Store.open(FileDisk.open(folder), StoreOptions.defaults())) {
            assertEquals(11, Run.of("verify", folder.toString()).exitCode());
            store.put("k".getBytes(), "v".getBytes(), Durability.SYNC);
            assertEquals(11, Run.of("verify", folder.toString()).exitCode());
        }
        assertEquals(0, Run.of("verify", folder.toString()).exitCode());
    }

    @Test
    void aFolderThatIsNotThereIsAMistakeOfTheUser() {
        assertEquals(11, Run.of("verify", folder + "-none").exitCode());
        assertFalse(Files.exists(Path.of(folder + "-none")));
        assertEquals(2, Run.of("verify").exitCode());
    }

    @Test
    void aByteInABlockIsNamed() throws IOException {
        flip(table(), 100);
        assertFault(table(), 0, "block");
    }

    @Test
    void everyPartOfATableIsLookedAt() throws IOException {
        Path table = table();
        int size = (int) Files.size(table);
        ByteBuffer footer = ByteBuffer.allocate(FOOTER_BYTES).order(ByteOrder.LITTLE_ENDIAN);
        try (FileChannel file = FileChannel.open(table)) {
            file.read(footer, size - FOOTER_BYTES);
        }
        List<Integer> parts =
                List.of(
                        footer.getInt(8), // index
                        footer.getInt(16), // filter
                        footer.getInt(20), // properties
                        footer.getInt(24)); // footer
        for (int part : parts) {
            flip(table, part + 10);
            assertFault(table, part, "");
            flip(table, part + 10);
        }
        assertEquals(0, Run.of("verify", folder.toString()).exitCode());
    }

    @Test
    void aTableThatWasCutOrIsMissingIsNamed() throws IOException {
        Path table = table();
        byte[] whole = Files.readAllBytes(table);
        Files.write(table, java.util.Arrays.copyOf(whole, whole.length - 100));
        assertFault(table, -1, "");
        Files.delete(table);
        assertFault(table, 0, "a table that the manifest names");
    }

    @Test
    void tablesThatChangedPlacesAreNamed() throws IOException {
        List<Path> tables = files("lsm", ".sst");
        Path aside = folder.resolve("aside");
        Files.move(tables.get(0), aside);
        Files.move(tables.get(1), tables.get(0));
        Files.move(aside, tables.get(1));
        Run run = assertFault(tables.get(0), -1, "");
        assertTrue(run.out().contains(name(tables.get(1))), run::out);
    }

    @Test
    void damageInTheManifestIsNamed() throws IOException {
        Path manifest = files("lsm", "").stream()
                .filter(f -> f.getFileName().toString().startsWith("MANIFEST"))
                .findFirst()
                .orElseThrow();
        flip(manifest, 4096 + 30);
        assertFault(manifest, 4096, "a frame that checks out");
        flip(manifest, 4096 + 30);
        flip(manifest, 5);
        assertFault(manifest, -1, "");
        flip(manifest, 5);
        flip(folder.resolve("lsm/CURRENT"), 6);
        assertFault(folder.resolve("lsm/CURRENT"), 0, "the number of a manifest");
    }

    @Test
    void damageInTheMiddleOfTheLogIsNamed() throws IOException {
        Path segment = files("log", ".log").getFirst();
        flip(segment, 4096 + 512 + 100);
        assertFault(segment, 4096 + 512, "a frame");
        flip(segment, 4096 + 512 + 100);
        flip(segment, 20);
        assertFault(segment, 0, "header");
    }

    @Test
    void aMissingSegmentIsNamed() throws IOException {
        List<Path> segments = files("log", ".log");
        assertTrue(segments.size() > 2, segments::toString);
        Files.delete(segments.get(1));
        Run run = Run.of("verify", folder.toString());
        assertEquals(9, run.exitCode());
        assertTrue(run.out().matches("(?s)log@0: segment \\d+, got \\d+ as the.*"), run::out);
    }

    @Test
    void aLogThatDoesNotReachTheTablesIsNamed() throws IOException {
        for (Path segment : files("log", ".log")) {
            Files.delete(segment);
        }
        try (Stream<Path> inside = Files.list(folder.resolve("log"))) {
            assertTrue(inside.noneMatch(f -> f.toString().endsWith(".log")));
        }
        // The tables are all there is: that is a store whose end was lost, and nothing says so.
        assertEquals(0, Run.of("verify", folder.toString()).exitCode());
    }

    @Test
    void faultsAreDataForPrograms() throws IOException {
        flip(table(), 100);
        Run run = Run.of("verify", folder.toString(), "-o", "json");
        assertEquals(9, run.exitCode());
        Json.Obj json = json(run);
        assertEquals(new Json.Num("1"), json.members().get("faults_total"));
        Json.Obj fault = (Json.Obj) ((Json.Arr) json.members().get("faults")).elements().getFirst();
        assertEquals(new Json.Str("lsm/" + name(table())), fault.members().get("file"));
        assertEquals(new Json.Num("0"), fault.members().get("offset"));
        assertTrue(run.err().startsWith("{\"ok\":false"), run::err);
    }

    @Test
    void inspectShowsEachKindOfFileAndWhereItsDamageBegins() throws IOException {
        Path segment = files("log", ".log").getFirst();
        Run wal = Run.of("inspect", "wal", segment.toString(), "--limit", "2");
        assertEquals(0, wal.exitCode(), wal::toString);
        assertTrue(wal.out().contains("  offset=4096 bytes=512 sequence=0 records=0"), wal::out);
        assertTrue(wal.out().contains("… and "), wal::out);
        assertTrue(wal.out().endsWith("no damage\n"), wal::out);
        flip(segment, 4096 + 512 + 100);
        Json.Obj damaged = json(Run.of("inspect", "wal", segment.toString(), "-o", "json"));
        Json.Obj first = (Json.Obj) damaged.members().get("first_damage");
        assertEquals(new Json.Num("4608"), first.members().get("offset"));
        assertEquals(9, Run.of("inspect", "wal", segment.toString()).exitCode());

        Run sst = Run.of("inspect", "sst", table().toString());
        assertEquals(0, sst.exitCode());
        assertTrue(sst.out().contains("\nentries: 300\n"), sst::out);
        flip(table(), 100);
        Run bad = Run.of("inspect", "sst", table().toString());
        assertEquals(9, bad.exitCode());
        assertTrue(bad.out().contains("first damage: " + name(table()) + "@0: "), bad::out);

        Path manifest = folder.resolve("lsm/MANIFEST-000001");
        Run edits = Run.of("inspect", "manifest", manifest.toString());
        assertEquals(0, edits.exitCode(), edits::toString);
        assertTrue(edits.out().contains("MapShard"), edits::out);
        flip(manifest, 4096 + 30);
        assertEquals(9, Run.of("inspect", "manifest", manifest.toString()).exitCode());
    }

    @Test
    void inspectNeverDiesOfGarbage() throws IOException {
        Path garbage = base.resolve("garbage");
        var random = new java.util.SplittableRandom(Long.getLong("seed", 1));
        for (Path good : List.of(files("log", ".log").getFirst(), table())) {
            for (int i = 0; i < 60; i++) {
                byte[] bytes = Files.readAllBytes(good);
                int length = random.nextInt(3) == 0 ? random.nextInt(bytes.length) : bytes.length;
                bytes = java.util.Arrays.copyOf(bytes, length);
                for (int f = random.nextInt(8); f >= 0 && length > 0; f--) {
                    bytes[random.nextInt(length)] = (byte) random.nextInt(256);
                }
                Files.write(garbage, bytes);
                for (String kind : List.of("wal", "sst", "manifest")) {
                    int exit = Run.of("inspect", kind, garbage.toString()).exitCode();
                    assertTrue(List.of(0, 9, 12).contains(exit), kind + " " + exit);
                }
            }
        }
        assertEquals(2, Run.of("inspect", "wal", base.resolve("none").toString()).exitCode());
        assertEquals(2, Run.of("inspect", "vogon", garbage.toString()).exitCode());
    }

    /// @param offset −1: any
    private Run assertFault(Path file, int offset, String what) {
        Run run = Run.of("verify", folder.toString());
        assertEquals(9, run.exitCode(), run::toString);
        String path = folder.relativize(file).toString();
        String place = offset < 0 ? path : path + "@" + offset + ": ";
        assertTrue(
                run.out().lines().anyMatch(line -> line.contains(place) && line.contains(what)),
                () -> "want " + place + " in " + run.out());
        return run;
    }

    private static Json.Obj json(Run run) {
        byte[] text = run.out().strip().getBytes();
        try {
            return (Json.Obj) JsonReader.read(text, 0, text.length);
        } catch (JsonReader.Malformed e) {
            throw new AssertionError(run.out(), e);
        }
    }

    private static String name(Path file) {
        return file.getFileName().toString();
    }

    private Path table() throws IOException {
        return files("lsm", ".sst").getFirst();
    }

    private List<Path> files(String in, String end) throws IOException {
        try (Stream<Path> inside = Files.list(folder.resolve(in))) {
            return inside.filter(f -> f.toString().endsWith(end)).sorted().toList();
        }
    }

    private Map<Path, FileTime> times() throws IOException {
        Map<Path, FileTime> times = new TreeMap<>();
        try (Stream<Path> all = Files.walk(folder)) {
            for (Path one : all.toList()) {
                times.put(one, Files.getLastModifiedTime(one));
            }
        }
        return times;
    }

    private static void flip(Path file, int at) throws IOException {
        try (FileChannel channel =
                FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            ByteBuffer one = ByteBuffer.allocate(1);
            channel.read(one, at);
            one.put(0, (byte) (one.get(0) ^ 0x10)).flip();
            channel.write(one, at);
        }
    }
}
