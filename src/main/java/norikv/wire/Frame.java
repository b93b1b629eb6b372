package norikv.wire;

import java.nio.charset.StandardCharsets;
import norikv.bytes.ByteReader;
import norikv.bytes.ByteWriter;
import norikv.bytes.Bytes;
import norikv.bytes.Crc32c;
import norikv.domain.ErrorCode;
import norikv.domain.Limits;
import norikv.domain.NoriException;

/// The envelope of everything that crosses a connection. All numbers are little-endian.
///
/// ```
///  0        4     5      6       8         12          20          24        24+n      28+n
/// ┌────────┬─────┬──────┬───────┬─────────┬───────────┬───────────┬─────────┬─────────┐
/// │ "NKV1" │ ver │ type │ flags │ n       │ request   │ CRC32C of │ payload │ CRC32C  │
/// │        │ u8  │ u8   │ u16   │ u32     │ id u64    │ 0 … 19    │ n bytes │ payload │
/// └────────┴─────┴──────┴───────┴─────────┴───────────┴───────────┴─────────┴─────────┘
/// ```
///
/// Flags 0 to 7 must be understood: a frame with an unknown one is refused. Flags 8 to 15 may be
/// ignored. None is used yet. **Source.** `wire/frames.md`.
public final class Frame {
    /// "NKV1" in written order, read as a little-endian number.
    static final int MAGIC = 0x31564B4E;

    /// The version of the envelope itself. What is inside is negotiated by [Hello].
    static final int VERSION = 1;

    /// Bytes before the payload.
    public static final int HEADER_BYTES = 24;

    /// Bytes after the payload.
    public static final int TRAILER_BYTES = 4;

    /// What a payload may hold beside the request or reply proper: tagged fields, messages.
    public static final int OVERHEAD_BYTES_MAX = 64 << 10;

    /// The longest payload; a header that announces more is refused before anything is read.
    public static final int PAYLOAD_BYTES_MAX = Limits.REQUEST_BYTES_MAX + OVERHEAD_BYTES_MAX;

    /// The longest frame.
    public static final int BYTES_MAX = HEADER_BYTES + PAYLOAD_BYTES_MAX + TRAILER_BYTES;

    /// The longest payload of [FrameType#PING] and [FrameType#PONG].
    public static final int PING_BYTES_MAX = 64;

    static final int FLAGS_TO_UNDERSTAND = 0x00ff;
    static final int FLAGS_KNOWN = 0;

    private Frame() {}

    /// Begins a frame at the end of `out`; the payload is written next.
    ///
    /// @return where the frame begins, for [#end]
    static int begin(ByteWriter out, FrameType type, long requestId) {
        int start = out.length();
        out.i32(MAGIC).u8(VERSION).u8(type.number()).u16(0).i32(0).i64(requestId).i32(0);
        return start;
    }

    /// Ends the frame that began at `start`: fills in its length and checksums.
    static void end(ByteWriter out, int start) {
        int payload = out.length() - start - HEADER_BYTES;
        assert payload <= PAYLOAD_BYTES_MAX : payload;
        int crc = Crc32c.of(out.array(), start + HEADER_BYTES, payload);
        out.patchI32(start + 8, payload);
        out.patchI32(start + 20, Crc32c.of(out.array(), start, HEADER_BYTES - 4));
        out.i32(crc);
    }

    /// Writes a whole [FrameType#PING] or [FrameType#PONG] with `echo` as its payload.
    public static void encodeEcho(ByteWriter out, FrameType type, long requestId, Bytes echo) {
        int start = begin(out, type, requestId);
        out.bytes(echo);
        end(out, start);
    }

    /// {@return the payload of a [FrameType#PING] or [FrameType#PONG]} A copy, to keep.
    public static Bytes decodeEcho(ByteReader in) {
        if (in.remaining() > PING_BYTES_MAX) {
            throw new NoriException.Malformed(
                    ErrorCode.MALFORMED_FRAME,
                    "ping: at most %d bytes, got %d".formatted(PING_BYTES_MAX, in.remaining()));
        }
        return Parts.copy(in, in.remaining());
    }

    /// {@return what to send, before closing, to a client that speaks HTTP on this port}
    ///
    /// @param line one sentence that says what this port is, and where HTTP is spoken
    public static Bytes httpAnswer(String line) {
        int length = line.getBytes(StandardCharsets.UTF_8).length + 1;
        return Bytes.utf8(
                "HTTP/1.1 400 Bad Request\r\n"
                        + "Content-Type: text/plain; charset=utf-8\r\n"
                        + "Content-Length: "
                        + length
                        + "\r\nConnection: close\r\n\r\n"
                        + line
                        + "\n");
    }
}
