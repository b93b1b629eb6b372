package norikv.wire;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import norikv.bytes.ByteReader;
import norikv.bytes.Crc32c;
import norikv.domain.ErrorCode;
import norikv.domain.NoriException;

/// Cuts the bytes of one connection into frames.
///
/// ```
/// while (link.read(reader.room()) …) {
///     reader.filled(count);
///     while (reader.next()) { … reader.type(), reader.requestId(), reader.payload() … }
/// }
/// ```
///
/// A payload lies in the reader's own buffer and is valid until the next [#room()]; the codecs copy
/// what they keep, exactly once. **Limits.** The buffer grows with what arrives, not with what a
/// header promises, up to [Frame#BYTES_MAX], and shrinks again after a run of small frames.
/// **Errors.** [#next()] throws [NoriException] for a stream that cannot be cut any further; the
/// message states byte, expectation and found value, and every later call throws again.
/// **Threads.** Confined to one. **Source.** `wire/frames.md`.
public final class FrameReader {
    /// What a connection's buffer holds at ease.
    public static final int BUFFER_BYTES = 64 << 10;

    /// After so many refills that needed no more than [#BUFFER_BYTES] the buffer shrinks.
    private static final int SMALL_REFILLS_MAX = 64;

    private static final VarHandle I32 =
            MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle I64 =
            MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    private byte[] array = new byte[BUFFER_BYTES];
    private ByteBuffer view = ByteBuffer.wrap(array);
    private int from;
    private int to;
    private long streamAt;
    private int smallRefills;
    private boolean headerChecked;

    private int type;
    private long requestId;
    private int payloadAt;
    private int payloadLength;

    /// {@return where to put the next bytes of the connection: position to limit, never empty}
    /// Payloads handed out before are gone.
    public ByteBuffer room() {
        int pending = to - from;
        if (array.length > BUFFER_BYTES && pending < BUFFER_BYTES) {
            smallRefills++;
            if (smallRefills > SMALL_REFILLS_MAX) {
                move(new byte[BUFFER_BYTES]);
            }
        }
        if (from > 0) {
            move(array);
        }
        if (to == array.length) {
            assert array.length < Frame.BYTES_MAX : "a whole frame was not taken by next()";
            move(new byte[Math.min(Frame.BYTES_MAX, 2 * array.length)]);
        }
        return view.limit(array.length).position(to);
    }

    /// Tells that `count` bytes were put into [#room()].
    public void filled(int count) {
        java.util.Objects.checkFromIndexSize(to, count, array.length);
        to += count;
        if (to > BUFFER_BYTES) {
            smallRefills = 0;
        }
    }

    /// Moves on to the next frame.
    ///
    /// @return false when it has not arrived in full
    public boolean next() {
        int there = to - from;
        if (there < 4) {
            return false;
        }
        if (i32(0) != Frame.MAGIC) {
            throw malformed(
                    sawHttp() ? "a frame, got an HTTP request" : found("magic", Frame.MAGIC, 0));
        }
        if (there < Frame.HEADER_BYTES) {
            return false;
        }
        if (!headerChecked) {
            checkHeader();
        }
        int frame = Frame.HEADER_BYTES + payloadLength + Frame.TRAILER_BYTES;
        if (there < frame) {
            return false;
        }
        payloadAt = from + Frame.HEADER_BYTES;
        int crc = Crc32c.of(array, payloadAt, payloadLength);
        if (crc != i32(frame - Frame.TRAILER_BYTES)) {
            throw malformed(found("payload CRC", crc, frame - Frame.TRAILER_BYTES));
        }
        from += frame;
        streamAt += frame;
        headerChecked = false;
        return true;
    }

    /// {@return what the frame is}
    public FrameType type() {
        return FrameType.of(type);
    }

    /// {@return the request id of the frame; after an error, of the refused frame if its header was
    /// sound}
    public long requestId() {
        return requestId;
    }

    /// {@return a cursor over the payload of the frame} Valid until the next [#room()].
    public ByteReader payload() {
        return new ByteReader(array, payloadAt, payloadLength);
    }

    /// {@return whether no part of a further frame has arrived}
    public boolean isEmpty() {
        return from == to;
    }

    /// {@return whether the connection began like an HTTP request} Answer with
    /// [Frame#httpAnswer(String)] and close.
    public boolean sawHttp() {
        if (streamAt != 0 || to < 4) {
            return false;
        }
        return switch (i32(0)) {
            case 0x20544547, // "GET "
                            0x44414548, // "HEAD"
                            0x54534f50, // "POST"
                            0x20545550, // "PUT "
                            0x454c4544, // "DELE"
                            0x4954504f, // "OPTI"
                            0x43544150, // "PATC"
                            0x4e4e4f43, // "CONN"
                            0x43415254, // "TRAC"
                            0x20495250 -> // "PRI ", HTTP/2
                    true;
            default -> false;
        };
    }

    private void checkHeader() {
        int crc = Crc32c.of(array, from, Frame.HEADER_BYTES - 4);
        if (crc != i32(20)) {
            throw malformed(found("header CRC", crc, 20));
        }
        long word = i32(4) & 0xffff_ffffL;
        int version = (int) (word & 0xff);
        int flags = (int) (word >>> 16);
        type = (int) (word >>> 8 & 0xff);
        requestId = (long) I64.get(array, from + 12);
        payloadLength = i32(8);
        if (version != Frame.VERSION) {
            throw new NoriException.Refused(
                    ErrorCode.VERSION_UNSUPPORTED,
                    "frame at byte %d: envelope version %d, got %d"
                            .formatted(streamAt, Frame.VERSION, version));
        }
        int unknown = flags & Frame.FLAGS_TO_UNDERSTAND & ~Frame.FLAGS_KNOWN;
        if (unknown != 0) {
            throw malformed("no flags 0 to 7 but 0x00, got 0x%02x".formatted(unknown));
        }
        if (!FrameType.exists(type)) {
            throw malformed("type 1 to 7 or 16 to 19, got " + type);
        }
        if (Integer.compareUnsigned(payloadLength, Frame.PAYLOAD_BYTES_MAX) > 0) {
            throw new NoriException.Malformed(
                    ErrorCode.REQUEST_TOO_LARGE,
                    "frame at byte %d: payload of at most %d bytes, got %s"
                            .formatted(
                                    streamAt,
                                    Frame.PAYLOAD_BYTES_MAX,
                                    Integer.toUnsignedString(payloadLength)));
        }
        headerChecked = true;
    }

    /// Brings what is pending to the beginning of `target`.
    private void move(byte[] target) {
        System.arraycopy(array, from, target, 0, to - from);
        if (target != array) {
            array = target;
            view = ByteBuffer.wrap(target);
            smallRefills = 0;
        }
        to -= from;
        from = 0;
    }

    private int i32(int at) {
        return (int) I32.get(array, from + at);
    }

    private String found(String what, int expected, int at) {
        return "%s %08x, got %08x"
                .formatted(what, Integer.reverseBytes(expected), Integer.reverseBytes(i32(at)));
    }

    private NoriException malformed(String expectedAndFound) {
        return new NoriException.Malformed(
                ErrorCode.MALFORMED_FRAME,
                "frame at byte %d: %s".formatted(streamAt, expectedAndFound));
    }
}
