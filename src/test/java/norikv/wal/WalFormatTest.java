package norikv.wal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import norikv.bytes.ByteWriter;
import norikv.bytes.Crc32c;
import norikv.disk.DiskFile;
import norikv.domain.ErrorCode;
import norikv.domain.NoriException;
import org.junit.jupiter.api.Test;

/// The bytes of segments and frames, as `wire/files.md` draws them.
final class WalFormatTest {
    private final WalRig rig = new WalRig(1);

    @Test
    void theVectorsAreWhatAClosedLogLooksLike() throws IOException {
        Wal first = rig.open();
        rig.write(first, "a");
        rig.write(first, "hello");
        var both = List.of(new Note("x".repeat(600)), new Note(""));
        both.forEach(note -> assertEquals(Admission.ACCEPTED, first.append(note)));
        first.close();
        rig.head = sink -> sink.record(WalRig.utf8("head"), 0, 4);
        Wal second = rig.open();
        rig.settle();
        second.close();

        assertSameBytes("wal-first", rig.disk.contentOf(rig.segment(1)));
        assertSameBytes("wal-second", rig.disk.contentOf(rig.segment(2)));
    }

    @Test
    void theVectorsAreReadBack() throws IOException {
        rig.disk.createDirectories(WalRig.FOLDER);
        put(rig.segment(1), HexVector.read("wal-first"));
        put(rig.segment(2), HexVector.read("wal-second"));

        Wal wal = rig.open();
        assertEquals(List.of("a", "hello", "x".repeat(600), "", "head"), rig.replayed);
        assertEquals(1, wal.firstSegment());
        ByteBuffer five = ByteBuffer.allocate(5);
        assertTrue(wal.read(Wal.position(1, 4096 + 2 * 512 + 44), five));
        assertEquals("hello", Note.text(five.array()));
    }

    @Test
    void aHeaderOfANewerFormatIsRefusedAndNotCalledDamage() {
        ByteBuffer header = new SegmentHeader(5, 1, 16 << 10, 0, 1).encode();
        var writer = new ByteWriter(SegmentHeader.BYTES);
        writer.bytes(header.array(), 0, SegmentHeader.BYTES - 4).patchI32(4, 2);
        writer.i32(Crc32c.of(writer.array(), 0, writer.length()));

        var refused =
                assertThrows(
                        NoriException.Refused.class,
                        () -> SegmentHeader.decode("x", writer.array(), writer.length()));
        assertEquals(ErrorCode.VERSION_UNSUPPORTED, refused.code());
    }

    @Test
    void aPositionNamesSegmentAndOffset() {
        long position = Wal.position(12, 8192);
        assertEquals(12, Wal.segmentOf(position));
        assertEquals(8192, Wal.offsetOf(position));
        assertTrue(Wal.position(12, (1L << 31) - 1) < Wal.position(13, 0));
        assertEquals("wal/000012.log@8192", Wal.describe("wal", position));
    }

    private void put(String path, byte[] bytes) {
        try (DiskFile file = rig.disk.create(path)) {
            file.write(0, ByteBuffer.wrap(bytes));
            file.force();
        }
        rig.disk.forceDirectory(WalRig.FOLDER);
    }

    private static void assertSameBytes(String vector, byte[] written) throws IOException {
        assertEquals(HexVector.spell(HexVector.read(vector)), HexVector.spell(written));
    }
}
