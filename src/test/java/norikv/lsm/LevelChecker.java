package norikv.lsm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import norikv.bytes.Bytes;
import norikv.sstable.ContentHash;
import norikv.sstable.Cursor;
import norikv.sstable.TableFacts;

/// Reads all tables of a read state and requires what must hold of levels.
///
/// - Below level 0, tables are sorted, and no key is in two of a level.
/// - Of one key and tablet, what is in an older place has a smaller index.
/// - What a table says of itself is what it holds.
final class LevelChecker {
    private record Place(Bytes key, int tablet) {}

    private LevelChecker() {}

    static void check(Levels levels) {
        Map<Place, Long> oldestSoFar = new HashMap<>();
        for (int level = 0; level < Levels.COUNT; level++) {
            List<LiveTable> tables = levels.level(level);
            Map<Place, Long> oldestOfLevel = new HashMap<>();
            for (int i = 0; i < tables.size(); i++) {
                if (level > 0 && i > 0) {
                    byte[] before = tables.get(i - 1).maxKey();
                    byte[] next = tables.get(i).minKey();
                    assertTrue(
                            Arrays.compareUnsigned(before, next) < 0,
                            "a key in two tables of level " + level);
                }
                if (level == 0) {
                    checkTable(tables.get(i), oldestSoFar, oldestSoFar);
                } else {
                    checkTable(tables.get(i), oldestSoFar, oldestOfLevel);
                }
            }
            oldestOfLevel.forEach((place, index) -> oldestSoFar.merge(place, index, Math::min));
        }
    }

    private static void checkTable(
            LiveTable table, Map<Place, Long> above, Map<Place, Long> found) {
        TableFacts facts = table.facts();
        Map<Place, Long> own = new HashMap<>();
        var hash = new ContentHash();
        long entries = 0;
        long sum = 0;
        long minIndex = Long.MAX_VALUE;
        long maxIndex = 0;
        Bytes first = Bytes.EMPTY;
        Bytes last = Bytes.EMPTY;
        try (Cursor cursor = table.table().cursor(norikv.sstable.Reach.DISK)) {
            for (cursor.seekToFirst(); cursor.isValid(); cursor.next()) {
                last = cursor.keyRegion().bytes(cursor.keyOffset(), cursor.keyLength());
                first = entries == 0 ? last : first;
                long index = cursor.trailer() >>> 8;
                var place = new Place(last, cursor.tablet());
                Long younger = above.get(place);
                assertTrue(
                        younger == null || younger > index,
                        () -> "%s has index %d below %d".formatted(table, index, younger));
                own.merge(place, index, Math::min);
                minIndex = Math.min(minIndex, index);
                maxIndex = Math.max(maxIndex, index);
                sum += hash.of(cursor);
                entries++;
            }
        }
        assertEquals(facts.entries(), entries, table::toString);
        assertEquals(facts.contentHash(), sum, table::toString);
        assertEquals(facts.minKey(), first, table::toString);
        assertEquals(facts.maxKey(), last, table::toString);
        assertEquals(facts.minIndex(), minIndex, table::toString);
        assertEquals(facts.maxIndex(), maxIndex, table::toString);
        own.forEach((place, index) -> found.merge(place, index, Math::min));
    }
}
