package norikv.lsm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.logging.Level;
import java.util.logging.Logger;
import norikv.disk.SimDisk;
import norikv.disk.SimDisk.Call;
import norikv.disk.SimFault;
import norikv.domain.NoriException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Whatever is damaged, unreadable or without room: an answer is right or an error, never
/// "missing", and nothing of it is fatal.
final class LsmDamageTest {
    private static final int KEYS = 24;
    private static final int CALLS_MAX = 2_000;

    private final Logger log = Logger.getLogger("norikv");

    @BeforeEach
    void silence() {
        log.setLevel(Level.OFF);
    }

    @AfterEach
    void speak() {
        log.setLevel(null);
    }

    @Test
    void noByteOfAnyFileMakesAnAnswerWrong() {
        LsmRig rig = written();
        List<String> files = rig.files();
        int noticed = 0;
        for (String name : files) {
            String path = "lsm/" + name;
            int length = rig.disk.contentOf(path).length;
            int step = name.endsWith(".sst") ? 5 : 41;
            for (int at = 0; at < length; at += step) {
                int mask = 1 << at % 8;
                rig.disk.damage(path, at, mask);
                noticed += opensRightOrSaysSo(rig, "%s@%d".formatted(path, at));
                rig.disk.damage(path, at, mask);
            }
        }
        assertTrue(noticed > 100, "noticed " + noticed);
        assertEquals(0, opensRightOrSaysSo(rig, "nothing"), "whole again");
    }

    /// {@return whether anything was noticed} Fails on a wrong answer.
    private static int opensRightOrSaysSo(LsmRig whole, String what) {
        LsmRig rig = whole.copy();
        int noticed = 0;
        try {
            rig.open();
            for (int i = 0; i < KEYS; i++) {
                try {
                    assertEquals(value(i), rig.get(0, key(i)), what);
                } catch (NoriException.Corruption e) {
                    assertTrue(e.getMessage().startsWith("lsm/"), e::getMessage);
                    noticed = 1;
                }
            }
            assertEquals(List.of(), rig.faults, what);
            rig.close();
        } catch (NoriException.Corruption | NoriException.Refused e) {
            noticed = 1;
        }
        return noticed;
    }

    @Test
    void aReadThatFailsForGoodCostsWhatNeedsItAndNothingElse() {
        boolean met = true;
        for (int k = 1; met; k++) {
            assertTrue(k < CALLS_MAX, "no end of reads");
            met = readFailsForGood(k);
        }
    }

    /// @return whether there is a `k`-th read
    private static boolean readFailsForGood(int k) {
        LsmRig rig = written();
        int[] reads = {0};
        List<Call> broken = new ArrayList<>();
        rig.disk.inject(
                call -> {
                    if (call.op() != SimDisk.Op.READ) {
                        return false;
                    }
                    if (broken.isEmpty() && ++reads[0] == k) {
                        broken.add(call);
                    }
                    return broken.stream()
                            .anyMatch(
                                    b ->
                                            b.path().equals(call.path())
                                                    && b.position() == call.position());
                },
                new SimFault.Broken());
        try {
            rig.open();
            for (int i = 0; i < KEYS; i++) {
                try {
                    assertEquals(value(i), rig.get(0, key(i)), "read " + k);
                } catch (NoriException.DiskFailure failed) {
                    assertTrue(!broken.isEmpty(), failed::getMessage);
                }
            }
            rig.put(0, "zz", "more");
            rig.lsm.requestFlush();
            rig.driver.advance(200_000_000);
            assertEquals(List.of(), rig.faults, "read " + k);
            rig.disk.heal();
            rig.driver.advance(200_000_000);
            assertEquals(KEYS + 1, rig.scan().size(), "read " + k);
            rig.close();
        } catch (NoriException.DiskFailure e) {
            rig.disk.heal();
            rig.open();
            assertEquals(KEYS, rig.scan().size(), "read " + k);
            rig.close();
        }
        return !broken.isEmpty();
    }

    @Test
    void noRoomForACallIsNeverFatal() {
        boolean met = true;
        for (int k = 1; met; k++) {
            assertTrue(k < CALLS_MAX, "no end of calls");
            met = noRoomFor(k);
        }
    }

    /// @return whether there is a `k`-th call that may need room
    private static boolean noRoomFor(int k) {
        var rig = new LsmRig(LsmRig.options(2)).withShards(1);
        int[] calls = {0};
        rig.disk.inject(
                call ->
                        switch (call.op()) {
                            // The marks of a manifest are written in their place.
                            case WRITE -> call.length() != 12 && ++calls[0] == k;
                            case CREATE, RENAME -> ++calls[0] == k;
                            default -> false;
                        },
                new SimFault.NoSpace());
        for (int i = 0; i < KEYS; i++) {
            rig.put(0, key(i), value(i));
            if (i % 6 == 5) {
                rig.lsm.requestFlush();
                rig.driver.advance(50_000_000);
            }
        }
        rig.driver.advance(200_000_000);
        rig.flush();
        assertEquals(List.of(), rig.faults, "call " + k);
        assertEquals(KEYS, rig.scan().size(), "call " + k);
        rig.crash(k);
        rig.open();
        assertEquals(KEYS, rig.scan().size(), "call " + k);
        rig.close();
        return calls[0] >= k;
    }

    /// A closed engine with some tables.
    private static LsmRig written() {
        var rig = new LsmRig(LsmRig.options(4)).withShards(1);
        for (int i = 0; i < KEYS; i++) {
            rig.put(0, key(i), value(i));
            if (i % 8 == 7) {
                rig.flush();
            }
        }
        rig.close();
        return rig;
    }

    private static String key(int i) {
        return "key%03d".formatted(i);
    }

    private static String value(int i) {
        return "value" + i;
    }
}
