package norikv.lsm;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import norikv.bytes.ByteReader;
import norikv.bytes.ByteWriter;
import norikv.bytes.Bytes;
import norikv.disk.DiskFile;
import norikv.disk.Reserve;
import norikv.disk.SimDisk;
import norikv.disk.SimFault;
import norikv.domain.NoriException;
import norikv.domain.ShardId;
import norikv.domain.Version;
import norikv.sstable.TableFacts;
import org.junit.jupiter.api.Test;

/// The manifest keeps what was acknowledged, and tells damage from a torn tail.
final class ManifestTest {
    private static final String DIRECTORY = "lsm";
    private static final String FIRST = "lsm/MANIFEST-000001";
    private static final String CURRENT = "lsm/CURRENT";
    private static final long NEVER_ROLL = 1 << 20;

    private final List<String> faults = new ArrayList<>();
    private Reserve reserve = Reserve.NONE;

    /// The commits of the vectors, one after the other.
    static final List<List<Edit>> COMMITS =
            List.of(
                    List.of(
                            new Edit.NextTablet(4),
                            new Edit.MapShard(new ShardId(0), 1),
                            new Edit.MapShard(new ShardId(1), 2),
                            new Edit.MapShard(new ShardId(1000), 3)),
                    List.of(
                            new Edit.NextFile(3),
                            new Edit.AddTable(0, 1, 4321, 100, 0x1122334455667788L),
                            new Edit.AddTable(0, 2, 300, 7, -1),
                            new Edit.Applied(1, place(5, 300, 1_700_000_000_000L)),
                            new Edit.Applied(3, place(1, 2, 0))),
                    List.of(
                            new Edit.DeleteTable(1),
                            new Edit.DeleteTable(2),
                            new Edit.NextFile(4),
                            new Edit.AddTable(6, 3, 4500, 101, 7)),
                    List.of(new Edit.DropTablet(2)),
                    List.of(
                            new Edit.NextTablet(5), new Edit.PendTablet(new ShardId(1), 4)),
                    List.of(new Edit.GoLive(4, place(2, 9, 1000))),
                    List.of(new Edit.Facts(factsOfThree())));

    private static TableFacts factsOfThree() {
        return new TableFacts(
                3,
                TableFacts.Reason.COMPACTION,
                4500,
                101,
                2,
                Bytes.utf8("a"),
                Bytes.utf8("zz"),
                5,
                300,
                0,
                0,
                0,
                9000,
                7,
                List.of(
                        new TableFacts.TabletShare(1, 100, 8900),
                        new TableFacts.TabletShare(3, 1, 100)));
    }

    private static AppliedAt place(long term, long index, long logTime) {
        return new AppliedAt(new Version(term, index), logTime);
    }

    @Test
    void everyCommitIsFoundAgain() {
        var disk = new SimDisk(1);
        ManifestState expected = write(disk, NEVER_ROLL, COMMITS);

        assertEquals(expected.snapshot(), read(disk).snapshot());
        assertEquals(3, read(disk).bands());
    }

    @Test
    void aManifestThatOutgrewWhatItSaysIsWrittenAfresh() {
        var disk = new SimDisk(1);
        write(disk, 1 << 10, List.of());
        Manifest manifest = begin(disk, 1 << 10, Manifest.read(disk, DIRECTORY));
        manifest.commit(_ -> COMMITS.getFirst(), () -> {});
        long longest = 0;
        for (int i = 1; i < 2000; i++) {
            var edit = new Edit.Applied(1, place(1, i, i));
            manifest.commit(_ -> List.of(edit), () -> {});
            longest = Math.max(longest, size(disk));
        }
        manifest.close();

        assertTrue(longest < 12 << 10, "grew to " + longest);
        assertEquals(2, disk.list(DIRECTORY).size(), () -> disk.list(DIRECTORY).toString());
        assertEquals(place(1, 1999, 1999), read(disk).tablets().getFirst().durable());
    }

    @Test
    void anyFlippedByteIsRightOrCorruption() {
        var disk = new SimDisk(1);
        ManifestState expected = write(disk, NEVER_ROLL, COMMITS);
        for (String path : List.of(FIRST, CURRENT)) {
            byte[] bytes = disk.contentOf(path);
            for (int at = 0; at < bytes.length; at++) {
                int mask = 1 << at % 8;
                disk.damage(path, at, mask);
                requireRightOrCorruption(disk, expected, path + "@" + at);
                disk.damage(path, at, mask);
            }
        }
    }

    @Test
    void anyZeroedSectorIsRightOrCorruption() {
        byte[] bytes = writtenBytes();
        ManifestState expected = write(new SimDisk(1), NEVER_ROLL, COMMITS);
        for (int from = 0; from < bytes.length; from += 512) {
            byte[] damaged = bytes.clone();
            Arrays.fill(damaged, from, Math.min(from + 512, bytes.length), (byte) 0);
            requireRightOrCorruption(diskWith(damaged), expected, "zeros at " + from);
        }
    }

    @Test
    void aFileCutAtAnyLengthIsCorruption() {
        byte[] bytes = writtenBytes();
        for (int length = 0; length < bytes.length; length++) {
            byte[] cut = Arrays.copyOf(bytes, length);
            assertThrows(NoriException.Corruption.class, () -> read(diskWith(cut)));
        }
    }

    @Test
    void whatWasNotAcknowledgedMayBeTorn() {
        var disk = new SimDisk(1);
        write(disk, NEVER_ROLL, COMMITS.subList(0, COMMITS.size() - 1));
        ManifestState before = read(disk);
        byte[] acknowledged = disk.contentOf(FIRST);
        byte[] longer = writtenBytes();
        for (int length = acknowledged.length; length < longer.length; length++) {
            byte[] torn = Arrays.copyOf(longer, length);
            System.arraycopy(acknowledged, 0, torn, 0, ManifestFile.FRAMES_AT);
            assertEquals(before.snapshot(), read(diskWith(torn)).snapshot());
        }
    }

    /// Every call of a commit is once the last; what the next start finds is the state before or
    /// after, and after if the commit had returned.
    @Test
    void aCrashLeavesTheStateBeforeOrAfter() {
        for (int commits = 0; commits < COMMITS.size(); commits++) {
            for (int change = 1; change <= 14; change++) {
                for (long seed = 0; seed < 20; seed++) {
                    crashIn(commits, change, seed);
                }
            }
        }
    }

    private void crashIn(int commits, int change, long seed) {
        var disk = new SimDisk(seed);
        ManifestState before = write(disk, NEVER_ROLL, COMMITS.subList(0, commits));
        disk.crashAfter(change);
        boolean returned = false;
        try {
            Manifest manifest = begin(disk, NEVER_ROLL, Manifest.read(disk, DIRECTORY));
            manifest.commit(_ -> COMMITS.get(commits), () -> {});
            returned = true;
            disk.crashNow();
        } catch (SimDisk.Crashed _) {
            // as meant
        }
        ManifestState found = read(disk.crash(seed));
        List<Edit> earlier = before.snapshot();
        COMMITS.get(commits).forEach(edit -> before.apply(edit, "twin"));
        boolean isAfter = found.snapshot().equals(before.snapshot());
        assertTrue(isAfter || !returned && found.snapshot().equals(earlier));
    }

    @Test
    void anUnknownKindOfEditStopsTheOpening() {
        var frame = new ByteWriter(16);
        EditCodec.write(new Edit.Bands(3), frame);
        frame.u8(99).varint(1).u8(0);

        assertThrows(
                NoriException.Refused.class,
                () ->
                        EditCodec.readAll(
                                new ByteReader(frame.array(), 0, frame.length()), "test"));
    }

    @Test
    void editsThatContradictEachOtherAreCorruption() {
        var state = new ManifestState();
        state.apply(new Edit.Bands(3), "test");
        List<Edit> wrong =
                List.of(
                        new Edit.Bands(4),
                        new Edit.DeleteTable(1),
                        new Edit.AddTable(0, 1, 1, 1, 1),
                        new Edit.MapShard(new ShardId(0), 1),
                        new Edit.DropTablet(1),
                        new Edit.Applied(1, place(1, 1, 1)),
                        new Edit.NextFile(0));
        for (Edit edit : wrong) {
            assertThrows(NoriException.Corruption.class, () -> state.apply(edit, "test"));
        }
    }

    @Test
    void aFolderThatLostCurrentIsCorruptUnlessItWasNeverBegun() {
        var disk = new SimDisk(1);
        write(disk, NEVER_ROLL, COMMITS);
        disk.delete(CURRENT);
        assertThrows(NoriException.Corruption.class, () -> read(disk));

        var begun = new SimDisk(1);
        begun.createDirectories(DIRECTORY);
        ManifestFile.create(begun, FIRST, 1, List.of(new Edit.Bands(3))).close();
        assertEquals(0, Manifest.read(begun, DIRECTORY).number());

        var tables = new SimDisk(1);
        tables.createDirectories(DIRECTORY);
        tables.create("lsm/000001.sst").close();
        assertThrows(NoriException.Corruption.class, () -> read(tables));
    }

    @Test
    void aFailedWriteOrForceIsFatalAndNothingFollows() {
        for (SimDisk.Op op : List.of(SimDisk.Op.WRITE, SimDisk.Op.FORCE)) {
            var disk = new SimDisk(1);
            faults.clear();
            write(disk, NEVER_ROLL, List.of());
            Manifest manifest = begin(disk, NEVER_ROLL, Manifest.read(disk, DIRECTORY));
            disk.inject(SimFault.nth(1, SimFault.on(op, "MANIFEST")), new SimFault.Broken());
            assertThrows(
                    NoriException.DiskFailure.class,
                    () -> manifest.commit(_ -> COMMITS.getFirst(), () -> faults.add("installed")));
            assertEquals(1, faults.size(), faults::toString);
            assertThrows(
                    NoriException.Closed.class, () -> manifest.commit(_ -> List.of(), () -> {}));
        }
    }

    @Test
    void theVectorsAreReadAndWrittenAgain() throws IOException {
        var disk = new SimDisk(1);
        ManifestState expected = write(disk, NEVER_ROLL, COMMITS);

        assertArrayEquals(vector("manifest.hex"), disk.contentOf(FIRST));
        assertArrayEquals(vector("manifest-current.hex"), disk.contentOf(CURRENT));
        assertEquals(
                expected.snapshot(), read(diskWith(vector("manifest.hex"))).snapshot());
    }

    /// Begins a folder and makes `commits` in it; returns the state they amount to.
    private ManifestState write(SimDisk disk, long bytesMax, List<List<Edit>> commits) {
        disk.createDirectories(DIRECTORY);
        Manifest manifest = begin(disk, bytesMax, Manifest.read(disk, DIRECTORY));
        commits.forEach(edits -> manifest.commit(_ -> edits, () -> {}));
        manifest.close();
        var state = new ManifestState();
        state.apply(new Edit.Bands(3), "twin");
        commits.forEach(edits -> edits.forEach(edit -> state.apply(edit, "twin")));
        return state;
    }

    private Manifest begin(SimDisk disk, long bytesMax, Manifest.Found found) {
        LsmOpening.removeOrphans(disk, DIRECTORY, found);
        List<Edit> first = found.number() == 0 ? List.of(new Edit.Bands(3)) : List.of();
        return Manifest.begin(
                disk,
                DIRECTORY,
                bytesMax,
                (where, cause) -> faults.add(where),
                reserve,
                found,
                first);
    }

    private byte[] writtenBytes() {
        var disk = new SimDisk(1);
        write(disk, NEVER_ROLL, COMMITS);
        return disk.contentOf(FIRST);
    }

    /// A folder whose manifest in force has these bytes.
    private SimDisk diskWith(byte[] manifest) {
        var disk = new SimDisk(1);
        write(disk, NEVER_ROLL, List.of());
        disk.delete(FIRST);
        try (DiskFile file = disk.create(FIRST)) {
            file.write(0, ByteBuffer.wrap(manifest));
        }
        return disk;
    }

    private static ManifestState read(SimDisk disk) {
        return Manifest.read(disk, DIRECTORY).state();
    }

    private static void requireRightOrCorruption(
            SimDisk disk, ManifestState expected, String where) {
        try {
            assertEquals(expected.snapshot(), read(disk).snapshot(), where);
        } catch (NoriException.Corruption e) {
            assertTrue(e.getMessage().startsWith(DIRECTORY), e::getMessage);
        }
    }

    private static long size(SimDisk disk) {
        long size = 0;
        for (String name : disk.list(DIRECTORY)) {
            if (name.startsWith(Manifest.PREFIX)) {
                size += disk.contentOf(DIRECTORY + "/" + name).length;
            }
        }
        return size;
    }

    private static byte[] vector(String name) throws IOException {
        var bytes = new ByteWriter(4096);
        for (String line : Files.readAllLines(Path.of("wire", "vectors", name))) {
            String text = line.replaceAll("#.*", "").strip();
            for (String word : text.isEmpty() ? new String[0] : text.split("\\s+")) {
                String[] parts = word.split("\\*");
                int times = parts.length == 1 ? 1 : Integer.parseInt(parts[1]);
                for (int i = 0; i < times; i++) {
                    byte[] piece = HexFormat.of().parseHex(parts[0]);
                    bytes.bytes(piece, 0, piece.length);
                }
            }
        }
        return bytes.toBytes().toByteArray();
    }
}
