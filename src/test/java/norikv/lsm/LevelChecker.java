package norikv.lsm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.fail;

import norikv.bytes.Bytes;
import norikv.sstable.ContentHash;
import norikv.sstable.Cursor;
import norikv.sstable.TableFacts;

/// Reads all tables of a read state and requires what must hold of levels.
///
/// How tables stand to each other is looked at by [LevelCheck], as a verifier does; that each holds
/// what it says of itself is counted here anew.
final class LevelChecker {
    private LevelChecker() {}

    static void check(Levels levels) {
        LevelCheck.run(levels, fault -> fail(fault.message()));
        levels.all().forEach(LevelChecker::checkTable);
    }

    private static void checkTable(LiveTable table) {
        TableFacts facts = table.facts();
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
    }
}
