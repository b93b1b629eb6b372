package norikv.kv;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Optional;
import java.util.stream.IntStream;
import norikv.domain.ErrorCode;
import norikv.domain.Reply;
import norikv.domain.Room;
import norikv.domain.ShardId;
import org.junit.jupiter.api.Test;

/// Which writes are let in.
final class AdmissionTest {
    private static final ShardId A = new ShardId(0);
    private static final ShardId B = new ShardId(1);

    private double pressure;
    private Room room = Room.PLENTY;

    @Test
    void windowsOfNodeAndShardAreBoundedInNumberAndBytes() {
        assertFullAfter(new WriteBounds(3, 1_000, 9, 1_000), 3, 10, A, B);
        assertFullAfter(new WriteBounds(9, 1_000, 2, 1_000), 2, 10, A, A);
        assertFullAfter(new WriteBounds(9, 35, 9, 1_000), 3, 10, A, B);
        assertFullAfter(new WriteBounds(9, 1_000, 9, 25), 2, 10, A, A);
    }

    @Test
    void aFullShardLeavesRoomForOthers() {
        Admission admission = admission(new WriteBounds(9, 1_000, 1, 1_000));
        assertTrue(admission.admit(A, 10, false).isEmpty());
        assertTrue(admission.admit(A, 10, false).isPresent());
        assertTrue(admission.admit(B, 10, false).isEmpty());

        assertEquals(2, admission.writesUnderWay());
        assertEquals(20, admission.bytesUnderWay());
    }

    @Test
    void whereThereIsLittleRoomOnlyDeletesAreLetIn() {
        Admission admission = admission(new WriteBounds(9, 1_000, 9, 1_000));
        room = Room.LOW;
        Reply.Failed refused = admission.admit(A, 10, false).orElseThrow();
        assertEquals(ErrorCode.DISK_WATERMARK, refused.code());
        assertTrue(admission.admit(A, 10, true).isEmpty());
        room = Room.FULL;
        assertEquals(
                ErrorCode.DISK_WATERMARK, admission.admit(A, 10, true).orElseThrow().code());
        assertTrue(admission.admit(A, 10, false).isPresent());
        assertEquals(1, admission.writesUnderWay(), "what is refused takes no place");
        room = Room.PLENTY;
        assertTrue(admission.admit(A, 10, false).isEmpty());
    }

    @Test
    void theShareThatIsRefusedGrowsWithPressureFromNothingToAll() {
        double before = -1;
        for (double p = 0; p <= 1.2; p += 0.01) {
            pressure = p;
            double share = refusedOf(2_000);
            assertEquals(Admission.refusedShare(p), share, 0.01, "at pressure " + p);
            assertTrue(share >= before - 0.01, "at pressure " + p);
            before = share;
        }
        assertEquals(0, Admission.refusedShare(0.5));
        assertEquals(1, Admission.refusedShare(1));
    }

    @Test
    void refusalsSayWhenToTryAgainTheLaterTheWorse() {
        pressure = 0.8;
        Reply.Failed some = refusal();
        pressure = 1;
        Reply.Failed all = refusal();

        assertEquals(ErrorCode.WRITE_STALL, all.code());
        assertEquals(Admission.RETRY_AFTER_MILLIS_MAX, all.retryAfterMillis());
        assertTrue(some.retryAfterMillis() >= Admission.RETRY_AFTER_MILLIS_MIN);
        assertTrue(some.retryAfterMillis() < all.retryAfterMillis());
    }

    private Reply.Failed refusal() {
        Admission admission = admission(WriteBounds.defaults());
        return IntStream.range(0, 100)
                .mapToObj(_ -> admission.admit(A, 1, false))
                .flatMap(Optional::stream)
                .findFirst()
                .orElseThrow();
    }

    private double refusedOf(int writes) {
        Admission admission = admission(WriteBounds.defaults());
        int refused = 0;
        for (int i = 0; i < writes; i++) {
            if (admission.admit(A, 1, false).isPresent()) {
                refused++;
            } else {
                admission.release(A, 1);
            }
        }
        assertEquals(0, admission.writesUnderWay());
        return (double) refused / writes;
    }

    private void assertFullAfter(
            WriteBounds bounds, int admitted, int bytes, ShardId even, ShardId odd) {
        Admission admission = admission(bounds);
        for (int i = 0; i < admitted; i++) {
            assertTrue(admission.admit(i % 2 == 0 ? even : odd, bytes, false).isEmpty());
        }
        ShardId next = admitted % 2 == 0 ? even : odd;
        Reply.Failed refused = admission.admit(next, bytes, false).orElseThrow();
        assertEquals(ErrorCode.RESOURCE_EXHAUSTED, refused.code());
        assertEquals(admitted, admission.writesUnderWay());
        admission.release(even, bytes);
        assertTrue(admission.admit(even, bytes, false).isEmpty());
    }

    private Admission admission(WriteBounds bounds) {
        return new Admission(bounds, 2, () -> pressure, () -> room);
    }
}
