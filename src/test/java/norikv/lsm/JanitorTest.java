package norikv.lsm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import norikv.disk.SimDisk;
import org.junit.jupiter.api.Test;

/// Memory comes back after the readers that may see it, and not before.
final class JanitorTest {
    private static final int SLAB_BYTES = 4096;

    private final Epochs epochs = new Epochs();
    private final Slabs slabs = new Slabs(SLAB_BYTES, true);
    private final Janitor janitor = new Janitor(epochs, slabs, new SimDisk(1));

    @Test
    void whatNobodyReadsIsFreedAtOnce() {
        retireOne();
        runSteps();

        assertEquals(0, slabs.bytesInUse());
        assertTrue(janitor.isIdle());
    }

    @Test
    void whatAReaderMaySeeIsKeptUntilItLeaves() {
        int epoch = epochs.enter();
        retireOne();
        runSteps();
        assertEquals(SLAB_BYTES, slabs.bytesInUse());

        epochs.exit(epoch);
        runSteps();
        assertEquals(0, slabs.bytesInUse());
    }

    @Test
    void aReaderThatComesLaterDoesNotHoldUpWhatItCannotSee() {
        int before = epochs.enter();
        retireOne();
        runSteps();
        int after = epochs.enter();
        epochs.exit(before);
        runSteps();

        assertEquals(0, slabs.bytesInUse());
        epochs.exit(after);
    }

    /// The reader loads the parity, a whole grace period goes by, and only then does it count
    /// itself in, on the parity that is not current. Something is retired after it has looked at
    /// the state.
    @Test
    void aReaderThatEntersUnderAnOldParityIsSeenByTheNextGracePeriod() {
        int loaded = epochs.parity();
        retireOne();
        runSteps();
        assertTrue(epochs.parity() != loaded, "the first grace period flips once");

        int epoch = epochs.enter(loaded);
        retireOne();
        runSteps();
        assertEquals(SLAB_BYTES, slabs.bytesInUse(), "freed under a reader");

        epochs.exit(epoch);
        runSteps();
        assertEquals(0, slabs.bytesInUse());
    }

    @Test
    void whatIsRetiredInAGracePeriodWaitsForTheNext() {
        int first = epochs.enter();
        retireOne();
        runSteps();
        int second = epochs.enter();
        retireOne();
        epochs.exit(first);
        runSteps();

        assertEquals(SLAB_BYTES, slabs.bytesInUse());
        assertFalse(janitor.isIdle());
        epochs.exit(second);
        runSteps();
        assertEquals(0, slabs.bytesInUse());
    }

    private void retireOne() {
        janitor.retire(new Memtable(slabs.take(SLAB_BYTES), 1));
    }

    private void runSteps() {
        for (int i = 0; i < 20; i++) {
            janitor.runOnce(i);
        }
    }
}
