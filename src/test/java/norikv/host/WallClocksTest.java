package norikv.host;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

/// Whose clock is taken for wrong.
final class WallClocksTest {
    private static final int SELF = 1;
    private static final long OWN_MILLIS = 1_000_000;

    @Test
    void whoIsFarFromTheMedianIsOffAndNobodyElse() {
        WallClocks clocks = heard(3, 100, 9_000);
        assertFalse(clocks.isOff(1, 0));
        assertFalse(clocks.isOff(2, 0));
        assertTrue(clocks.isOff(3, 0));
        assertEquals(-100, clocks.offMillis(0));
    }

    @Test
    void aNodeKnowsThatItsOwnClockIsTheWrongOne() {
        WallClocks clocks = heard(3, 9_000, 9_100);
        assertTrue(clocks.isOff(SELF, 0));
        assertEquals(-9_000, clocks.offMillis(0));
        assertFalse(clocks.isOff(2, 0));
        assertFalse(clocks.isOff(3, 0));
    }

    @Test
    void fiveSecondsAreNotTooFar() {
        assertFalse(heard(3, 5_000, 5_100).isOff(SELF, 0));
        assertTrue(heard(3, 5_001, 5_100).isOff(SELF, 0));
        assertTrue(heard(3, -5_001, -5_100).isOff(SELF, 0));
    }

    /// What one node takes for 5 s another takes for a bit less: neither hands it to and fro.
    @Test
    void whoIsNearlyTooFarKeepsWhatItLeadsAndGetsNothingMore() {
        WallClocks clocks = heard(3, 100, 4_900);
        assertFalse(clocks.isOff(3, 0));
        assertFalse(clocks.isFit(3, 0));
        assertTrue(heard(3, 100, 4_100).isFit(3, 0));
        assertFalse(heard(3, -4_101, -100).isFit(2, 0));
    }

    @Test
    void ofTwoThatDifferNobodyKnowsWhichIsWrong() {
        WallClocks clocks = heard(3, 9_000);
        assertFalse(clocks.isOff(SELF, 0));
        assertFalse(clocks.isOff(2, 0));
    }

    @Test
    void aMinorityTellsNothing() {
        assertFalse(heard(7, 9_000, 9_000).isOff(SELF, 0));
        assertTrue(heard(7, 9_000, 9_000, 9_000).isOff(SELF, 0));
    }

    @Test
    void whatWasSaidLongAgoDoesNotCount() {
        WallClocks clocks = heard(3, 9_000, 9_000);
        assertTrue(clocks.isOff(SELF, WallClocks.HEARD_NANOS_MAX));
        assertFalse(clocks.isOff(SELF, WallClocks.HEARD_NANOS_MAX + 1));
    }

    /// Nodes 2 and on have said what their clocks show.
    private static WallClocks heard(int nodes, long... offsets) {
        var clocks = new WallClocks(SELF, nodes);
        for (int i = 0; i < offsets.length; i++) {
            clocks.heard(i + 2, OWN_MILLIS + offsets[i], OWN_MILLIS, 0);
        }
        return clocks;
    }
}
