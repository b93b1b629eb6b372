package norikv.host;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import norikv.bytes.Bytes;
import norikv.domain.NoriException;
import norikv.raft.Message;
import norikv.wal.HexVector;
import norikv.wire.FrameReader;
import org.junit.jupiter.api.Test;

/// What a frame between nodes says, against `wire/peers.md`.
final class PeerFrameTest {
    private static final long WALL_MILLIS = 1_764_547_200_000L;
    private static final Message COMMIT =
            new Message.Commit(new Message.Head(5, 1, 2, 3), 17);

    @Test
    void aFrameIsReadAndWrittenAsItsVector() throws Exception {
        Bytes payload = payload();
        PeerFrame.Said said = PeerFrame.decode(payload);
        assertEquals(WALL_MILLIS, said.wallMillis());
        assertEquals(List.of(COMMIT), said.messages());

        var frame = new PeerFrame();
        assertTrue(frame.isEmpty());
        frame.add(COMMIT, WALL_MILLIS);
        assertEquals(payload, frame.take());
        assertTrue(frame.isEmpty());
    }

    @Test
    void whatIsCutShortIsRefused() throws Exception {
        Bytes payload = payload();
        for (int length = 0; length < payload.length(); length++) {
            Bytes cut = payload.slice(0, length);
            boolean isWhole = length == 7; // without any message
            if (!isWhole) {
                assertThrows(NoriException.Malformed.class, () -> PeerFrame.decode(cut));
            }
        }
    }

    private static Bytes payload() throws Exception {
        var in = new FrameReader();
        byte[] frame = HexVector.read("peer-messages");
        in.room().put(frame);
        in.filled(frame.length);
        assertTrue(in.next());
        var payload = in.payload();
        return payload.bytes(payload.remaining());
    }
}
