package norikv.wire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import norikv.bytes.ByteWriter;
import norikv.bytes.Bytes;
import norikv.bytes.Crc32c;
import norikv.domain.Consistency;
import norikv.domain.ErrorCode;
import norikv.domain.Limits;
import norikv.domain.NoriException;
import norikv.domain.Precondition;
import norikv.domain.Request;
import org.junit.jupiter.api.Test;

/// Cutting a stream into frames, and refusing what is none.
final class FrameReaderTest {
    private static final long SEED = Long.getLong("seed", 42);

    private final FrameReader reader = new FrameReader();

    @Test
    void aStreamIsCutAlikeInWhateverPiecesItArrives() {
        var random = new Random(SEED);
        var samples = new Samples(random);
        var stream = new ByteWriter(1 << 16);
        List<Request> sent = new ArrayList<>();
        for (int i = 0; i < 300; i++) {
            sent.add(samples.request());
            RequestCodec.encode(stream, i, 5, sent.get(i));
        }
        for (int pieceMax : new int[] {1, 7, 100, 5_000, 1 << 20}) {
            var cut = new FrameReader();
            List<Request> received = new ArrayList<>();
            int at = 0;
            while (at < stream.length()) {
                var room = cut.room();
                int piece = 1 + random.nextInt(pieceMax);
                int count = Math.min(Math.min(piece, stream.length() - at), room.remaining());
                room.put(stream.array(), at, count);
                cut.filled(count);
                at += count;
                while (cut.next()) {
                    assertEquals(received.size(), cut.requestId());
                    received.add(RequestCodec.decode(cut.payload()).request());
                }
            }
            assertTrue(cut.isEmpty());
            assertEquals(sent, received, () -> "pieces of %d, seed %d".formatted(pieceMax, SEED));
        }
    }

    @Test
    void theLargestFrameFitsAndTheBufferShrinksAfterwards() {
        var out = new ByteWriter(64);
        Bytes half = Bytes.wrap(new byte[Limits.VALUE_BYTES_MAX - 100]);
        Bytes key = Bytes.utf8("k");
        var large =
                new Request.Batch(
                        List.of(
                                new Request.Put(key, half, 0, Precondition.NONE),
                                new Request.Put(key, half, 0, Precondition.NONE)));
        RequestCodec.encode(out, 1, 1, large);
        feed(out.array(), out.length());
        assertTrue(reader.next());
        assertEquals(large, RequestCodec.decode(reader.payload()).request());
        assertTrue(reader.room().capacity() > FrameReader.BUFFER_BYTES);

        out.clear();
        RequestCodec.encode(out, 2, 1, new Request.Get(key, Consistency.STALE));
        for (int i = 0; i < 100; i++) {
            feed(out.array(), out.length());
            assertTrue(reader.next());
        }
        assertEquals(FrameReader.BUFFER_BYTES, reader.room().capacity());
    }

    @Test
    void theBufferGrowsWithWhatArrivesAndNotWithWhatIsPromised() {
        byte[] header = header(Frame.PAYLOAD_BYTES_MAX);
        feed(header, header.length);
        assertFalse(reader.next());
        assertEquals(FrameReader.BUFFER_BYTES, reader.room().capacity());
    }

    @Test
    void aFrameAboveTheLimitIsRefusedByItsHeaderAlone() {
        byte[] header = header(Frame.PAYLOAD_BYTES_MAX + 1);
        feed(header, header.length);
        refused(
                ErrorCode.REQUEST_TOO_LARGE,
                "frame at byte 0: payload of at most 2162688 bytes, got 2162689");
        assertEquals(7, reader.requestId());

        var other = new FrameReader();
        byte[] huge = header(-1);
        other.room().put(huge);
        other.filled(huge.length);
        var refused = assertThrows(NoriException.Malformed.class, other::next);
        assertTrue(refused.getMessage().endsWith("got 4294967295"), refused.getMessage());
    }

    @Test
    void anyFlippedBitIsNoticed() {
        byte[] frame = get(7);
        for (int bit = 0; bit < 8 * frame.length; bit++) {
            byte[] flipped = frame.clone();
            flipped[bit / 8] ^= (byte) (1 << bit % 8);
            var own = new FrameReader();
            own.room().put(flipped);
            own.filled(flipped.length);
            int at = bit;
            var refused =
                    assertThrows(NoriException.Malformed.class, own::next, () -> "bit " + at);
            assertEquals(ErrorCode.MALFORMED_FRAME, refused.code());
            // A stream that cannot be cut stays so.
            assertThrows(NoriException.Malformed.class, own::next);
        }
    }

    @Test
    void anErrorStatesPlaceExpectationAndFoundValue() {
        byte[] good = get(1);
        feed(good, good.length);
        assertTrue(reader.next());
        feed("abcd".getBytes(StandardCharsets.US_ASCII), 4);
        refused(
                ErrorCode.MALFORMED_FRAME,
                "frame at byte %d: magic 4e4b5631, got 61626364".formatted(good.length));
        assertFalse(reader.sawHttp());
    }

    @Test
    void otherVersionsTypesAndFlagsAreRefused() {
        byte[] frame = get(7);
        altered(frame, 4, 2, ErrorCode.VERSION_UNSUPPORTED, "envelope version 1, got 2");
        altered(frame, 5, 0, ErrorCode.MALFORMED_FRAME, "type 1 to 7 or 16 to 19, got 0");
        altered(frame, 5, 8, ErrorCode.MALFORMED_FRAME, "type 1 to 7 or 16 to 19, got 8");
        altered(frame, 6, 4, ErrorCode.MALFORMED_FRAME, "no flags 0 to 7 but 0x00, got 0x04");
        byte[] ignored = frame.clone();
        ignored[7] = (byte) 0x80;
        seal(ignored);
        feed(ignored, ignored.length);
        assertTrue(reader.next());
    }

    @Test
    void httpIsRecognizedByItsFirstFourBytes() {
        for (String method : List.of("GET /", "HEAD /", "POST /", "PUT /", "DELETE /", "OPTIONS")) {
            var own = new FrameReader();
            byte[] start = method.getBytes(StandardCharsets.US_ASCII);
            own.room().put(start, 0, 3);
            own.filled(3);
            assertFalse(own.next());
            assertFalse(own.sawHttp());
            own.room().put(start, 3, 1);
            own.filled(1);
            assertThrows(NoriException.Malformed.class, own::next);
            assertTrue(own.sawHttp(), method);
        }
        String answer = Frame.httpAnswer("This is NoriKV.").toUtf8();
        assertTrue(answer.startsWith("HTTP/1.1 400 Bad Request\r\n"), answer);
        assertTrue(answer.contains("Content-Length: 16\r\n"), answer);
        assertTrue(answer.endsWith("\r\n\r\nThis is NoriKV.\n"), answer);
    }

    private void altered(byte[] frame, int at, int value, ErrorCode code, String message) {
        byte[] changed = frame.clone();
        changed[at] = (byte) value;
        seal(changed);
        var own = new FrameReader();
        own.room().put(changed);
        own.filled(changed.length);
        var refused = assertThrows(NoriException.class, own::next);
        assertEquals(code, refused.code());
        assertEquals("frame at byte 0: " + message, refused.getMessage());
    }

    private void refused(ErrorCode code, String message) {
        var refused = assertThrows(NoriException.Malformed.class, reader::next);
        assertEquals(code, refused.code());
        assertEquals(message, refused.getMessage());
    }

    private void feed(byte[] bytes, int length) {
        int at = 0;
        while (at < length) {
            var room = reader.room();
            int count = Math.min(room.remaining(), length - at);
            room.put(bytes, at, count);
            reader.filled(count);
            at += count;
        }
    }

    private static byte[] get(long id) {
        var out = new ByteWriter(64);
        RequestCodec.encode(
                out, id, 5, new Request.Get(Bytes.utf8("key"), Consistency.LINEARIZABLE));
        return Arrays.copyOf(out.array(), out.length());
    }

    /// A sound header that announces `payload` bytes.
    private static byte[] header(int payload) {
        var out = new ByteWriter(64);
        Frame.begin(out, FrameType.REQUEST, 7);
        out.patchI32(8, payload);
        byte[] header = Arrays.copyOf(out.array(), Frame.HEADER_BYTES);
        seal(header);
        return header;
    }

    private static void seal(byte[] frame) {
        var out = new ByteWriter(4);
        out.i32(Crc32c.of(frame, 0, 20));
        System.arraycopy(out.array(), 0, frame, 20, 4);
    }
}
