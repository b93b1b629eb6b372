package norikv.host;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import norikv.bytes.Bytes;
import norikv.domain.Version;
import norikv.port.Applier.Committed;
import norikv.raftlog.HardState;
import org.junit.jupiter.api.Test;

/// The core of one.
final class SoloCoreTest {
    private static final Bytes COMMAND = Bytes.utf8("c");

    private final SoloCore core = new SoloCore(new HardState(4, 1, 0), 10, 3);
    private final Ready ready = new Ready();

    @Test
    void aTermBeginsWithItsHardStateAndAnEmptyEntry() {
        assertFalse(core.leads());
        core.campaign(77);
        core.drainReady(ready);

        assertTrue(ready.hasHardState);
        assertEquals(new HardState(5, 1, 10), ready.hardState);
        assertEquals(10, ready.previousIndex);
        assertEquals(3, ready.previousTerm);
        assertEquals(List.of(new Committed(new Version(5, 11), 77, Bytes.EMPTY)), ready.entries);
        assertFalse(core.hasReady());
    }

    @Test
    void onlyWhatIsDurableIsCommittedAndReadsWaitForTheTerm() {
        assertEquals(10, core.commit());
        core.campaign(77);
        core.drainReady(ready);
        core.propose(COMMAND, 78);
        core.drainReady(ready);
        assertEquals(11, ready.previousIndex);
        assertEquals(5, ready.previousTerm);
        assertFalse(ready.hasHardState);
        assertEquals(10, core.commit());
        core.onPersisted(5, 11);

        assertEquals(11, core.commit());
        assertFalse(core.grantsReads(10));
        assertTrue(core.grantsReads(11));
        core.onPersisted(4, 12);
        assertEquals(11, core.commit());
    }

    @Test
    void whatTheLogRefusedNeverWas() {
        core.campaign(77);
        core.drainReady(ready);
        core.takeBack(ready.previousIndex, ready.previousTerm, true);
        assertFalse(core.leads());
        assertEquals(4, core.term());
        core.campaign(78);
        core.drainReady(ready);
        core.onPersisted(5, 11);
        core.propose(COMMAND, 79);
        core.drainReady(ready);
        core.takeBack(ready.previousIndex, ready.previousTerm, false);

        assertEquals(new Version(5, 12), core.propose(COMMAND, 80));
        assertTrue(core.leads());
    }
}
