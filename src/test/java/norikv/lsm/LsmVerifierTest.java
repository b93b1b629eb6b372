package norikv.lsm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import norikv.bytes.Bytes;
import norikv.disk.FileFault;
import norikv.disk.SimDisk;
import norikv.domain.ShardId;
import norikv.domain.Version;
import norikv.sstable.Cursor;
import norikv.sstable.TableFacts;
import norikv.sstable.TableOptions;
import norikv.sstable.TableWriter;
import org.junit.jupiter.api.Test;

/// What a verifier tells of tables that are whole, but stand where they must not.
final class LsmVerifierTest {
    private static final String FOLDER = "lsm";

    private final SimDisk disk = new SimDisk(1);
    private final Slabs slabs = new Slabs(1 << 20, true);
    private final List<Edit> edits =
            new ArrayList<>(
                    List.of(
                            new Edit.Bands(1),
                            new Edit.NextFile(50),
                            new Edit.NextTablet(2),
                            new Edit.MapShard(new ShardId(0), 1),
                            new Edit.Applied(1, new AppliedAt(new Version(1, 40), 0))));
    private final List<FileFault> faults = new ArrayList<>();

    LsmVerifierTest() {
        disk.createDirectories(FOLDER);
    }

    @Test
    void levelsInOrderAreSound() {
        table(9, 0, 30, "a", "k", "z");
        table(8, 0, 20, "a", "k");
        table(3, 1, 10, "a", "c");
        table(4, 1, 11, "d", "z");
        table(1, 2, 1, "a", "z");
        assertEquals(List.of(), verify());
    }

    @Test
    void tablesOfALevelThatOverlapAreTold() {
        table(3, 1, 10, "a", "k");
        table(4, 1, 11, "k", "z");
        assertTrue(verify().getFirst().endsWith("in level 1, got an overlap"), faults::toString);
        assertEquals("lsm/000004.sst", faults.getFirst().path());
    }

    @Test
    void anOlderEntryInANewerPlaceIsTold() {
        table(3, 1, 10, "a", "k");
        table(1, 2, 20, "k", "z");
        assertEquals(
                List.of(
                        "lsm/000003.sst@0: the greater indexes of a key in newer places, got 10"
                                + " beside 20 in lsm/000001.sst"),
                verify());
    }

    @Test
    void oneIndexInTwoPlacesIsTold() {
        table(3, 1, 20, "k");
        table(1, 2, 20, "k");
        assertEquals(1, verify().size());
    }

    @Test
    void entriesBeyondWhatTheManifestSaysOfTheirTabletAreTold() {
        table(3, 0, 41, "a");
        assertEquals(
                List.of(
                        "lsm/000003.sst@0: entries of tablet 1 up to index 40, as the manifest"
                                + " says, got 41"),
                verify());
    }

    @Test
    void aTableThatIsNotTheOneOfTheManifestIsTold() {
        table(3, 0, 30, "a", "b");
        edits.set(
                edits.size() - 1,
                ((Edit.AddTable) edits.getLast()).entries() == 2
                        ? new Edit.AddTable(0, 3, ((Edit.AddTable) edits.getLast()).bytes(), 3, 7)
                        : edits.getLast());
        assertTrue(verify().getFirst().contains("the table of the manifest"), faults::toString);
    }

    @Test
    void aTableThatIsMissingIsToldAndOneThatNothingNamesIsNoFault() {
        table(3, 0, 30, "a");
        table(4, 0, 31, "b");
        disk.rename("lsm/000003.sst", "lsm/000007.sst");
        Manifest.write(disk, FOLDER, edits);
        try (var verifier = new LsmVerifier(disk, FOLDER, faults::add)) {
            while (verifier.step()) {
                // to the end
            }
            assertEquals(List.of("lsm/000007.sst"), verifier.orphans());
        }
        assertEquals("lsm/000003.sst", faults.getFirst().path());
        assertEquals(1, faults.size());
    }

    private List<String> verify() {
        Manifest.write(disk, FOLDER, edits);
        long changes = disk.changes();
        try (var verifier = new LsmVerifier(disk, FOLDER, faults::add)) {
            while (verifier.step()) {
                // to the end
            }
            assertEquals(verifier.bytesTotal(), verifier.bytesRead());
        }
        assertEquals(changes, disk.changes(), "a verifier changes nothing");
        assertEquals(0, disk.openFiles());
        assertEquals(0, disk.openMappings());
        return faults.stream().map(FileFault::message).toList();
    }

    private void table(long number, int level, long index, String... keys) {
        var memtable = new Memtable(slabs.take(1 << 20), number);
        for (String key : keys) {
            byte[] bytes = key.getBytes(StandardCharsets.US_ASCII);
            memtable.insert(
                    bytes, bytes.length, 1, index << 8 | Cursor.KIND_PUT, 1, 0, Bytes.utf8("v"));
        }
        var writer =
                new TableWriter(
                        disk,
                        FOLDER + "/" + FileNames.table(number),
                        number,
                        TableFacts.Reason.FLUSH,
                        TableOptions.defaults());
        Cursor cursor = memtable.cursor();
        for (cursor.seekToFirst(); cursor.isValid(); cursor.next()) {
            writer.add(cursor);
        }
        TableFacts facts = writer.finish();
        slabs.giveBack(memtable.slab());
        edits.add(
                new Edit.AddTable(
                        level, number, facts.bytes(), facts.entries(), facts.contentHash()));
    }
}
