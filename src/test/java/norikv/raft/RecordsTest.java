package norikv.raft;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

/// What records on their way prove when they arrive.
final class RecordsTest {
    private final Records records = new Records();

    @Test
    void aRecordProvesNothingAboutEntriesThatWereReplacedSince() {
        long old = records.begin(5, at(0));
        records.cutTo(3);
        long replacement = records.begin(5, at(0));
        assertEquals(3, records.persisted(old));
        assertEquals(5, records.persisted(replacement));
    }

    @Test
    void oneAnswerMayStandForAllRecordsBefore() {
        records.begin(5, at(0));
        records.begin(0, at(0));
        long last = records.begin(4, at(0));
        assertEquals(5, records.persisted(last));
        assertTrue(records.isEmpty());
    }

    @Test
    void itIsFullAtTheBoundAndStalledByItsOldest() {
        for (int i = 0; i < Records.IN_FLIGHT_MAX; i++) {
            assertFalse(records.isFull());
            records.begin(i, at(i));
        }
        assertTrue(records.isFull());
        assertTrue(records.stalled(at(20), 20));
        records.persisted(1);
        assertFalse(records.stalled(at(20), 20));
    }

    private static Now at(long nanos) {
        return new Now(nanos, 0);
    }
}
