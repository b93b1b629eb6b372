package norikv.lsm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import norikv.sstable.Cursor;
import norikv.sstable.Reach;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// A plan cut into pieces.
final class CompactionJobTest {
    private final TestTables tables = new TestTables();

    @AfterEach
    void close() {
        tables.close();
    }

    private static LsmOptions.Jobs pieces(int count) {
        return new LsmOptions.Jobs(1, count, 1, 1 << 20, 0);
    }

    private Plan plan() {
        String[] keys = new String[400];
        for (int i = 0; i < keys.length; i++) {
            keys[i] = "k%04d".formatted(i);
        }
        LiveTable whole = tables.add(0, keys);
        LiveTable part = tables.add(0, Arrays.copyOf(keys, 100));
        return new Plan(
                Plan.Kind.MERGE, Plan.Why.SIZE, 0, 6, List.of(part, whole), List.of());
    }

    @Test
    void piecesAreOfAboutTheSameSize() {
        List<KeyRange> ranges = CompactionJob.ranges(plan(), pieces(4));

        assertEquals(4, ranges.size());
        assertEquals(KeyRange.ALL.from().length, ranges.getFirst().from().length);
        assertEquals(KeyRange.ALL.to().length, ranges.getLast().to().length);
        for (KeyRange range : ranges) {
            int entries = keysIn(range).size();
            assertTrue(entries > 60 && entries < 190, () -> "entries " + entries);
        }
    }

    @Test
    void piecesHaveEveryEntryOnce() {
        Plan plan = plan();
        List<String> all = new ArrayList<>();
        for (KeyRange range : CompactionJob.ranges(plan, pieces(7))) {
            List<String> keys = keysIn(range);
            if (!all.isEmpty() && !keys.isEmpty()) {
                assertTrue(all.getLast().compareTo(keys.getFirst()) < 0, "a key in two pieces");
            }
            all.addAll(keys);
        }

        assertEquals(plan.inputEntries(), all.size());
    }

    @Test
    void aPlanIsNotCutIntoPiecesThatAreTooSmall() {
        Plan plan = plan();
        var jobs = new LsmOptions.Jobs(1, 4, plan.inputBytes() / 2 + 1, 1 << 20, 0);

        assertEquals(List.of(KeyRange.ALL), CompactionJob.ranges(plan, jobs));
    }

    @Test
    void aMergeThatLosesSomethingIsNotInstalled() {
        Plan plan = plan();
        long entries = plan.inputEntries();
        long hash = plan.inputHash();

        assertTrue(CompactionJob.isConserved(plan, entries, hash));
        assertThrows(
                AssertionError.class, () -> CompactionJob.isConserved(plan, entries - 1, hash));
        assertThrows(
                AssertionError.class, () -> CompactionJob.isConserved(plan, entries, hash + 1));
    }

    private List<String> keysIn(KeyRange range) {
        List<Cursor> cursors = new ArrayList<>();
        for (LiveTable table : tables.levels().level(0)) {
            cursors.add(table.table().cursor(Reach.DISK));
        }
        List<String> keys = new ArrayList<>();
        try (var merge = new MergeCursor(cursors.toArray(Cursor[]::new))) {
            for (range.seekToFirst(merge);
                    merge.isValid() && !range.isBehind(merge);
                    merge.next()) {
                keys.add(merge.keyRegion().bytes(merge.keyOffset(), merge.keyLength()).toUtf8());
            }
        }
        return keys;
    }
}
