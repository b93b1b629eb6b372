package norikv.wal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import norikv.disk.SimDisk;
import norikv.disk.SimFault;
import norikv.domain.NoriException;
import org.junit.jupiter.api.Test;

/// A read that errs while a log is opened: what comes of it is right or an error, and is never made
/// durable.
final class WalReadFaultTest {
    private static final List<String> WRITTEN = new ArrayList<>();

    @Test
    void aReadThatErrsOnceLosesNothing() {
        for (SimFault fault : List.of(new SimFault.BitFlip(), new SimFault.Broken())) {
            boolean met = true;
            for (int k = 1; met; k++) {
                assertTrue(k < 1000, "no end of reads");
                met = failOnce(k, fault);
            }
        }
    }

    /// @return whether an opening has a `k`-th read
    private static boolean failOnce(int k, SimFault fault) {
        var rig = new WalRig(1);
        WRITTEN.clear();
        Wal wal = rig.open();
        for (int i = 0; i < 8; i++) {
            WRITTEN.add(rig.write(wal, Note.padded("n" + i, 3000)).text());
        }
        rig.crash(k);
        int[] reads = {0};
        rig.disk.inject(call -> call.op() == SimDisk.Op.READ && ++reads[0] == k, fault);
        String from = "read %d, %s".formatted(k, fault);
        try {
            rig.open();
            assertEquals(WRITTEN, rig.replayed, from);
            rig.settle();
        } catch (NoriException.Corruption e) {
            assertTrue(fault instanceof SimFault.BitFlip, from);
        }
        rig.disk.heal();
        rig.crash(k);
        rig.open();
        assertEquals(WRITTEN, rig.replayed, "then, after " + from);
        return reads[0] >= k;
    }
}
