package norikv.raftlog;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import norikv.bytes.Bytes;
import norikv.disk.SimDisk;
import norikv.disk.SimFault;
import norikv.domain.NoriException;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// One fixed history, with the k-th call of the disk failing, for every k there is.
final class RaftLogFaultTest {
    private static final int BATCHES = 24;
    private static final int GROUPS = 3;

    static List<SimFault> faults() {
        return List.of(new SimFault.Broken(), new SimFault.NoSpace(), new SimFault.ShortWrite());
    }

    @ParameterizedTest
    @MethodSource("faults")
    void afterAnyFailedCallNothingIsAcknowledgedAndAllThatWasIsFound(SimFault fault) {
        int failed = 0;
        for (int k = 1; ; k++) {
            var rig = new RaftRig(k);
            var met = new AtomicInteger();
            var nth = SimFault.nth(k, call -> call.op().changes());
            rig.disk.inject(call -> nth.test(call) && met.incrementAndGet() > 0, fault);
            int acknowledged = history(rig);
            if (met.get() == 0) {
                break;
            }
            failed++;
            rig.disk.heal();
            check(rig, acknowledged, k);
        }
        int calls = failed;
        assertTrue(calls > 80, () -> "only " + calls + " calls");
    }

    /// Opens, writes, rolls, recycles and closes, as far as it comes.
    ///
    /// @return how many batches were acknowledged
    private static int history(RaftRig rig) {
        var acknowledged = new AtomicInteger();
        try {
            rig.open();
        } catch (NoriException.DiskFailure _) {
            return 0;
        }
        for (int i = 1; i <= BATCHES; i++) {
            LogBatch batch = rig.log.newBatch();
            for (int group = 0; group < GROUPS; group++) {
                batch.hardState(group, new HardState(1 + i / 5, 0, i - 1));
                batch.after(group, i - 1, i == 1 ? 0 : 1);
                batch.entry(1, i, 1, payload(group, i));
            }
            var verdict =
                    rig.log.append(
                            batch,
                            () -> {
                                assertEquals(List.of(), rig.faults);
                                acknowledged.incrementAndGet();
                            });
            rig.settle();
            if (verdict != RaftLog.Verdict.ACCEPTED) {
                assertEquals(RaftLog.Verdict.CLOSED, verdict);
                assertEquals(1, rig.faults.size());
                return acknowledged.get();
            }
            int applied = acknowledged.get() - 2;
            rig.log.flushed(_ -> applied);
            rig.settle();
            // A full disk is looked at again after a while.
            rig.loops.advance(1_500_000_000L);
        }
        rig.log.close();
        assertTrue(acknowledged.get() == BATCHES || rig.faults.size() == 1);
        return acknowledged.get();
    }

    private static void check(RaftRig rig, int acknowledged, int k) {
        if (rig.node != null) {
            rig.node.kill();
        }
        SimDisk after = rig.disk;
        for (int seed = 0; seed < 4; seed++) {
            rig.disk = after.crash(1000L * k + seed);
            RaftLog log = rig.open();
            long last = log.lastIndex(0);
            String message = "call %d crash %d acknowledged %d".formatted(k, seed, acknowledged);
            assertTrue(last >= acknowledged && last <= BATCHES, message + " last " + last);
            for (int group = 0; group < GROUPS; group++) {
                assertEquals(last, log.lastIndex(group), message);
                assertTrue(log.firstIndex(group) <= Math.max(1, acknowledged - 1), message);
                long first = log.firstIndex(group);
                List<LogEntry> entries = log.entries(group, first, Long.MAX_VALUE);
                assertEquals(last - first + 1, entries.size(), message);
                for (LogEntry entry : entries) {
                    assertEquals(payload(group, (int) entry.index()), entry.payload(), message);
                }
                long term = last == 0 ? 0 : 1 + last / 5;
                var state = new HardState(term, 0, Math.max(0, last - 1));
                assertEquals(state, log.hardState(group), message);
            }
            rig.node.kill();
        }
    }

    private static Bytes payload(int group, int index) {
        byte[] bytes = new byte[500];
        Arrays.fill(bytes, (byte) (17 * group + index));
        return Bytes.wrap(bytes);
    }
}
