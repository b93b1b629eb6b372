package norikv.adapter.nio;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import norikv.bytes.Bytes;
import norikv.domain.Consistency;
import norikv.domain.Limits;
import norikv.domain.Precondition;
import norikv.domain.Request;
import norikv.work.Bell;
import org.junit.jupiter.api.Test;

/// What one connection may have under way.
final class WindowTest {
    private static final int REQUEST_BYTES = 40;
    private static final long BYTES_MAX = 4 << 20;

    private final Window window = new Window(1024, BYTES_MAX, new Bell());

    @Test
    void aScanReservesWhatAReplyMayTakeAndNoMore() {
        for (int wanted : new int[] {Integer.MAX_VALUE, Integer.MAX_VALUE - 10, 1 << 30}) {
            int reserved = window.open(scan(wanted), REQUEST_BYTES);
            assertEquals(REQUEST_BYTES + Limits.REQUEST_BYTES_MAX, reserved);
        }

        assertFalse(window.hasRoom());
    }

    @Test
    void aScanOfASmallPageReservesThatPage() {
        assertEquals(REQUEST_BYTES + 500, window.open(scan(500), REQUEST_BYTES));
    }

    @Test
    void itIsFullOfRequestsWhateverTheirSize() {
        var put = new Request.Put(Bytes.utf8("k"), Bytes.EMPTY, 0, Precondition.NONE);
        for (int i = 0; i < 1023; i++) {
            window.open(put, 1);
        }
        assertTrue(window.hasRoom());
        window.openFrame();

        assertFalse(window.hasRoom());
    }

    @Test
    void whatIsReadIsReservedByTheLargestOfTheRecentReplies() {
        var get = new Request.Get(Bytes.utf8("k"), Consistency.LINEARIZABLE);
        int first = window.open(get, 1);
        window.settle(first, 1 << 20, true);
        window.close(1, 1 << 20);

        assertTrue(window.isEmpty());
        assertEquals(1 + (1 << 20), window.open(get, 1));
    }

    private static Request scan(int pageBytes) {
        return new Request.Scan(
                Bytes.EMPTY,
                Bytes.EMPTY,
                10,
                pageBytes,
                false,
                Request.Projection.ITEMS,
                Consistency.LINEARIZABLE,
                Bytes.EMPTY);
    }
}
