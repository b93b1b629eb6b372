package norikv.lsm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/// Which levels are compressed, and that it changes nothing that can be read.
final class CompressionTest {
    private static final String VALUE = "what is said again and again ".repeat(8);
    private static final int KEYS = 40;

    @Test
    void levelsAreCompressedFromTheOneThatWasAskedFor() {
        var rig = new LsmRig(LsmRig.options(2).withCompressionFrom(6)).withShards(1);
        fill(rig, 0);
        rig.flush();
        assertTrue(rig.tables(0) > 0);
        assertTrue(rig.lsm.levels().all().stream().noneMatch(t -> t.table().isCompressed()));
        fill(rig, KEYS);
        rig.flush();
        rig.settle();

        List<LiveTable> last = rig.lsm.levels().level(6);
        assertFalse(last.isEmpty());
        assertTrue(last.stream().allMatch(t -> t.table().isCompressed()));
        assertTrue(bytes(last) < 2 * KEYS * VALUE.length() / 2, "bytes: " + bytes(last));
        assertEquals(expected(), rig.scan());
        rig.close();
        rig.open();
        assertEquals(expected(), rig.scan());
        assertEquals(VALUE, rig.get(0, "key10"));
        assertEquals("-", rig.get(0, "kez"));
    }

    @Test
    void nothingIsCompressedByDefault() {
        var rig = new LsmRig(LsmRig.options(2)).withShards(1);
        fill(rig, 0);
        rig.flush();
        fill(rig, KEYS);
        rig.flush();
        rig.settle();

        assertTrue(rig.lsm.levels().all().stream().noneMatch(t -> t.table().isCompressed()));
        assertEquals(expected(), rig.scan());
    }

    private static void fill(LsmRig rig, int from) {
        for (int i = from; i < from + KEYS; i++) {
            rig.put(0, "key" + (10 + i), VALUE);
        }
    }

    private static List<String> expected() {
        return IntStream.range(10, 10 + 2 * KEYS).mapToObj(i -> "key" + i + "=" + VALUE).toList();
    }

    private static long bytes(List<LiveTable> tables) {
        return tables.stream().mapToLong(LiveTable::bytes).sum();
    }
}
