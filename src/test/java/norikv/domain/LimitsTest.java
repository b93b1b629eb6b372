package norikv.domain;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import norikv.bytes.Bytes;
import norikv.domain.Request.Projection;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

/// That what is outside of the limits is refused with the limit and the value found.
final class LimitsTest {
    private static final Bytes KEY = Bytes.utf8("user:42");

    @Test
    void aKeyHasOneTo1024Bytes() {
        for (int length : new int[] {1, 1024}) {
            assertEquals(length, get(Bytes.wrap(new byte[length])).key().length());
        }
        assertRefused(ErrorCode.INVALID_ARGUMENT, "1 to 1024 bytes, got 0", () -> get(Bytes.EMPTY));
        Bytes tooLong = Bytes.wrap(new byte[1025]);
        String says = "1 to 1024 bytes, got 1025";
        assertRefused(ErrorCode.KEY_TOO_LARGE, says, () -> get(tooLong));
        assertRefused(ErrorCode.KEY_TOO_LARGE, says, () -> put(tooLong, Bytes.EMPTY, 1));
        assertRefused(
                ErrorCode.KEY_TOO_LARGE,
                says,
                () -> new Request.Delete(tooLong, Precondition.NONE));
    }

    @Test
    void aValueHasAtMostOneMebibyte() {
        put(KEY, Bytes.EMPTY, 1);
        put(KEY, Bytes.wrap(new byte[1 << 20]), 1);

        assertRefused(
                ErrorCode.VALUE_TOO_LARGE,
                "at most 1048576 bytes, got 1048577",
                () -> put(KEY, Bytes.wrap(new byte[(1 << 20) + 1]), 1));
    }

    @Test
    void aTimeToLiveIsPositiveAndAtMostAHundredYears() {
        put(KEY, Bytes.EMPTY, Request.Put.NO_TTL);
        put(KEY, Bytes.EMPTY, Limits.TTL_MILLIS_MAX);
        for (long ttl : new long[] {-1, Limits.TTL_MILLIS_MAX + 1, Long.MIN_VALUE}) {
            assertRefused(
                    ErrorCode.INVALID_ARGUMENT, ", got " + ttl, () -> put(KEY, Bytes.EMPTY, ttl));
        }
        assertRefused(ErrorCode.INVALID_ARGUMENT, "1 to ", () -> Limits.checkTtl(0));
    }

    @Test
    void aBatchHasABoundAndIsNobodyElsesList() {
        List<Request.Single> operations =
                new ArrayList<>(Collections.nCopies(10_000, get(KEY)));
        var batch = new Request.Batch(operations);
        operations.add(get(KEY));

        assertEquals(10_000, batch.operations().size());
        assertRefused(
                ErrorCode.INVALID_ARGUMENT,
                "at most 10000 operations, got 10001",
                () -> new Request.Batch(operations));
    }

    @Test
    void aRangeThatRunsBackwardsAndAnEmptyPageAreRefused() {
        Bytes a = Bytes.utf8("a");
        Bytes b = Bytes.utf8("b".repeat(20));
        scan(a, b, 1, 1);
        scan(a, a, 1, 1);
        scan(b, Bytes.EMPTY, 1, 1);

        String says = "got from 0x" + "62".repeat(16) + "… > to 0x61";
        assertRefused(ErrorCode.INVALID_ARGUMENT, says, () -> scan(b, a, 1, 1));
        assertRefused(ErrorCode.INVALID_ARGUMENT, "limit: at least 1", () -> scan(a, b, 0, 1));
        assertRefused(
                ErrorCode.INVALID_ARGUMENT, "page_bytes: at least 1", () -> scan(a, b, 1, -5));
    }

    @Test
    void aNodeIdIsShortAndPlain() {
        assertEquals("n-1.eu_west", new NodeId("n-1.eu_west").toString());
        for (String name : List.of("", "a b", "a/b", "n\n", "ä", "x".repeat(65))) {
            assertRefused(ErrorCode.INVALID_ARGUMENT, "node_id", () -> new NodeId(name));
        }
    }

    @Test
    void aConsistencyHasNamesAndAliases() {
        for (String name : List.of("linearizable", "strong", "LINEARIZABLE")) {
            assertEquals(Consistency.LINEARIZABLE, Consistency.parse(name));
        }
        assertEquals(Consistency.LEASE, Consistency.parse("Lease"));
        for (String name : List.of("stale", "stale_ok", "eventual")) {
            assertEquals(Consistency.STALE, Consistency.parse(name));
        }
        assertRefused(
                ErrorCode.INVALID_ARGUMENT,
                "linearizable, lease or stale, got 'fast'",
                () -> Consistency.parse("fast"));
    }

    private static Request.Get get(Bytes key) {
        return new Request.Get(key, Consistency.LINEARIZABLE);
    }

    private static Request.Put put(Bytes key, Bytes value, long ttlMillis) {
        return new Request.Put(key, value, ttlMillis, Precondition.NONE);
    }

    private static Request.Scan scan(Bytes from, Bytes to, int limit, int pageBytes) {
        return new Request.Scan(
                from,
                to,
                limit,
                pageBytes,
                false,
                Projection.ITEMS,
                Consistency.STALE,
                Bytes.EMPTY);
    }

    private static void assertRefused(ErrorCode code, String says, Executable call) {
        var thrown = assertThrows(NoriException.Malformed.class, call);
        assertEquals(code, thrown.code());
        assertTrue(thrown.getMessage().contains(says), thrown::getMessage);
    }
}
