package norikv.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import norikv.disk.SimDisk;
import norikv.domain.ErrorCode;
import norikv.domain.NoriException;
import org.junit.jupiter.api.Test;

/// A start on a disk that is full already.
final class NodeRoomTest {
    private final SimDisk disk = new SimDisk(1);

    @Test
    void aDiskWithoutRoomForALogIsRefusedAndNotTouched() {
        disk.setTotalBytes(Node.FREE_BYTES_MIN - 1);

        NoriException refused =
                assertThrows(NoriException.Refused.class, () -> Node.requireRoom(disk));

        assertEquals(ErrorCode.CANNOT_START, refused.code());
        assertTrue(refused.getMessage().startsWith("data_dir: "), refused.getMessage());
        assertEquals(List.of(), disk.list(""));
    }

    @Test
    void aDiskWithRoomIsTaken() {
        disk.setTotalBytes(Node.FREE_BYTES_MIN);

        Node.requireRoom(disk); // would throw
    }
}
