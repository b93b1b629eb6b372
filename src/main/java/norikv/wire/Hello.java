package norikv.wire;

import norikv.bytes.ByteReader;
import norikv.bytes.ByteWriter;

/// The first thing a client says: which versions of the protocol it speaks, and who it is.
///
/// ```
/// version_min varint ‖ version_max varint ‖ features u64 ‖ client name ‖ tagged
/// ```
///
/// The node answers with a [Welcome], or with a [FrameType#GOAWAY] of `VERSION_UNSUPPORTED`.
/// **Source.** `wire/frames.md`.
///
/// @param features one bit a feature that the client can use
/// @param client free text for the node's logs, such as `norikv-java/0.1.0`
public record Hello(int versionMin, int versionMax, long features, String client) {
    /// The version of requests and replies that this build speaks.
    public static final int VERSION = 1;

    /// The feature of writes that are known again when they come a second time: sessions and
    /// idempotency keys.
    public static final long ONCE = 1;

    /// The feature of reads with bounds: a version, an age.
    public static final long BOUNDS = 2;

    /// The feature of scans with a bound: an age.
    public static final long SCAN_BOUNDS = 4;

    /// All features that this build has.
    static final long FEATURES = ONCE | BOUNDS | SCAN_BOUNDS;

    /// {@return what this build says}
    public static Hello of(String client) {
        return new Hello(VERSION, VERSION, FEATURES, client);
    }

    /// Writes a whole frame.
    public void encode(ByteWriter out, long requestId) {
        int frame = Frame.begin(out, FrameType.HELLO, requestId);
        out.varint(versionMin).varint(versionMax).i64(features);
        Parts.text(out, client);
        Parts.noTagged(out);
        Frame.end(out, frame);
    }

    /// {@return the hello in the payload `in`}
    public static Hello decode(ByteReader in) {
        int min = (int) Parts.number(in, "version_min", Integer.MAX_VALUE);
        int max = (int) Parts.number(in, "version_max", Integer.MAX_VALUE);
        long features = in.i64();
        String client = Parts.text(in, "client");
        Parts.skipTagged(in);
        Parts.exactly(in, "hello");
        return new Hello(min, max, features, client);
    }
}
