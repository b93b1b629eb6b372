package norikv.lsm;

import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/// The insides of cursors are lent to one at a time, used again, and few are kept.
final class BandMergesTest {
    private static final int MANY = 3 * BandMerges.KEPT_MAX;

    private final BandMerges merges = new BandMerges(1);

    @Test
    void whatWasGivenBackComesNext() {
        BandMerge merge = merges.take();
        merges.giveBack(merge);
        assertSame(merge, merges.take());
    }

    @Test
    void nobodyHasWhatAnotherHas() {
        takeMany().forEach(merges::giveBack);
        List<BandMerge> again = takeMany();
        assertTrue(distinct(again).size() == MANY, "lent to two");
    }

    @Test
    void fewAreKept() {
        for (int round = 0; round < 3; round++) {
            List<BandMerge> taken = takeMany();
            Set<BandMerge> before = distinct(taken);
            taken.forEach(merges::giveBack);
            List<BandMerge> again = takeMany();
            long kept = again.stream().filter(before::contains).count();
            assertTrue(1 < kept && kept <= BandMerges.KEPT_MAX, "kept " + kept);
            again.forEach(merges::giveBack);
        }
    }

    private List<BandMerge> takeMany() {
        List<BandMerge> taken = new ArrayList<>();
        for (int i = 0; i < MANY; i++) {
            taken.add(merges.take());
        }
        return taken;
    }

    private static Set<BandMerge> distinct(List<BandMerge> of) {
        Set<BandMerge> set = Collections.newSetFromMap(new IdentityHashMap<>());
        set.addAll(of);
        return set;
    }
}
