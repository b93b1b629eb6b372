package norikv.domain;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import norikv.domain.ErrorCode.Outcome;
import norikv.domain.ErrorCode.Retry;
import norikv.domain.NoriException.DiskFailure;
import norikv.domain.NoriException.DiskFailure.Reason;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// The error registry, and that an error is the same on both sides of the wire.
final class ErrorCodeTest {
    @Test
    void numbersAreUniqueAndFound() {
        Set<Integer> numbers = new HashSet<>();
        for (ErrorCode code : ErrorCode.values()) {
            assertTrue(numbers.add(code.number()), code::name);
            assertTrue(code.number() >= 1000 && code.number() < 2000, code::name);
            assertEquals(Optional.of(code), ErrorCode.byNumber(code.number()));
        }
        assertEquals(Optional.empty(), ErrorCode.byNumber(0));
        assertEquals(Optional.empty(), ErrorCode.byNumber(-1001));
    }

    /// Others have these numbers in their code; a new one is added here, none is ever changed.
    @Test
    void numbersNeverChange() {
        List<String> registry =
                Arrays.stream(ErrorCode.values()).map(c -> c.number() + " " + c).toList();

        assertEquals(
                List.of(
                        "1000 INTERNAL",
                        "1001 NOT_FOUND",
                        "1002 PRECONDITION_FAILED",
                        "1003 ALREADY_EXISTS",
                        "1004 KEY_REUSED",
                        "1101 INVALID_ARGUMENT",
                        "1102 KEY_TOO_LARGE",
                        "1103 VALUE_TOO_LARGE",
                        "1104 REQUEST_TOO_LARGE",
                        "1105 BAD_CURSOR",
                        "1106 MALFORMED_FRAME",
                        "1107 NOT_EXECUTED",
                        "1201 NOT_LEADER",
                        "1202 NO_QUORUM",
                        "1203 UNAVAILABLE",
                        "1204 STALE_EPOCH",
                        "1205 SHARD_MOVING",
                        "1301 RESOURCE_EXHAUSTED",
                        "1302 DISK_WATERMARK",
                        "1303 WRITE_STALL",
                        "1401 UNAUTHENTICATED",
                        "1402 PERMISSION_DENIED",
                        "1501 INDETERMINATE",
                        "1502 DEADLINE_EXCEEDED",
                        "1503 SESSION_EXPIRED",
                        "1601 WATCH_RESET",
                        "1602 CURSOR_EXPIRED",
                        "1701 CORRUPTION",
                        "1702 DISK_FAILURE",
                        "1703 CANNOT_START",
                        "1801 VERSION_UNSUPPORTED",
                        "1802 CLUSTER_MISMATCH"),
                registry);
    }

    @Test
    void onlyWhatMayHaveHappenedIsIndeterminate() {
        for (ErrorCode code : ErrorCode.values()) {
            assertEquals(code == ErrorCode.INDETERMINATE, code.isIndeterminate(), code::name);
            assertEquals(code.isIndeterminate(), code.outcome() == Outcome.INDETERMINATE);
            assertEquals(code.isIndeterminate(), code.retry() == Retry.IF_IDEMPOTENT);
        }
    }

    @ParameterizedTest
    @EnumSource
    void anErrorIsTheSameOnBothSides(ErrorCode code) {
        var failed = new Reply.Failed(code, "somewhere: expected a, got b", 250);
        NoriException thrown = NoriException.of(failed);

        assertEquals(failed, thrown.toReply());
        assertEquals(code, thrown.code());
        assertEquals(failed.message(), thrown.getMessage());
        assertEquals(250, thrown.retryAfterMillis());
        assertTrue(code.httpStatus() >= 400 && code.httpStatus() < 600);
        assertTrue(code.exitCode() > 0 && code.exitCode() < 128);
    }

    @Test
    void kindsSayWhatTheCallerMayDo() {
        assertInstanceOf(NoriException.NotLeader.class, thrown(ErrorCode.NOT_LEADER));
        assertInstanceOf(NoriException.Overloaded.class, thrown(ErrorCode.RESOURCE_EXHAUSTED));
        assertInstanceOf(NoriException.Overloaded.class, thrown(ErrorCode.DISK_WATERMARK));
        assertInstanceOf(NoriException.Unavailable.class, thrown(ErrorCode.NO_QUORUM));
        assertInstanceOf(NoriException.Indeterminate.class, thrown(ErrorCode.INDETERMINATE));
        assertInstanceOf(NoriException.Malformed.class, thrown(ErrorCode.KEY_TOO_LARGE));
        assertInstanceOf(NoriException.Corruption.class, thrown(ErrorCode.CORRUPTION));
        assertInstanceOf(NoriException.Broken.class, thrown(ErrorCode.DISK_FAILURE));
        assertInstanceOf(NoriException.Refused.class, thrown(ErrorCode.CANNOT_START));
    }

    @Test
    void aFullDiskIsAWatermarkAndABrokenOneAFailure() {
        assertEquals(
                ErrorCode.DISK_WATERMARK, new DiskFailure(Reason.FULL, "wal", null).code());
        assertEquals(
                ErrorCode.DISK_FAILURE, new DiskFailure(Reason.BROKEN, "wal", null).code());
        assertEquals(70, ErrorCode.DISK_FAILURE.exitCode());
    }

    @Test
    void whatIsOverloadedSaysWhenToComeBack() {
        var thrown = new NoriException.Overloaded(ErrorCode.WRITE_STALL, "memtable", 40);

        assertEquals(new Reply.Failed(ErrorCode.WRITE_STALL, "memtable", 40), thrown.toReply());
        assertEquals(0, NoriException.invalid("limit").retryAfterMillis());
    }

    private static NoriException thrown(ErrorCode code) {
        return NoriException.of(new Reply.Failed(code, "x", 0));
    }
}
