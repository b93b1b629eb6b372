package norikv.wire;

import norikv.bytes.ByteReader;
import norikv.bytes.ByteWriter;
import norikv.bytes.Bytes;
import norikv.domain.ErrorCode;
import norikv.domain.NoriException;

/// The calling node's last word before its messages: the proof that it knows the secret of the
/// cluster, made over both sides' words. Also how messages are put into frames.
///
/// ```
/// proof: length varint ‖ 0 or 32 bytes
/// ```
///
/// **Source.** `wire/peers.md`.
///
/// @param proof empty where the cluster has no secret
public record PeerProof(Bytes proof) {
    /// Writes a whole frame.
    public void encode(ByteWriter out) {
        int frame = Frame.begin(out, FrameType.PEER_PROOF, 0);
        out.lengthAndBytes(proof);
        Frame.end(out, frame);
    }

    /// {@return the proof in the payload `in`}
    public static PeerProof decode(ByteReader in) {
        var decoded = new PeerProof(proof(in));
        Parts.exactly(in, "peer proof");
        return decoded;
    }

    /// Writes a whole frame of messages that are opaque here.
    ///
    /// @param messages at most [Frame#PAYLOAD_BYTES_MAX] bytes
    public static void encodeMessages(ByteWriter out, Bytes messages) {
        int frame = Frame.begin(out, FrameType.PEER_MESSAGES, 0);
        out.bytes(messages);
        Frame.end(out, frame);
    }

    static Bytes proof(ByteReader in) {
        int length = in.varintUpTo(PeerWelcome.PROOF_BYTES);
        if (length != 0 && length != PeerWelcome.PROOF_BYTES) {
            throw new NoriException.Malformed(
                    ErrorCode.MALFORMED_FRAME,
                    "proof: 0 or %d bytes, got %d".formatted(PeerWelcome.PROOF_BYTES, length));
        }
        return Parts.copy(in, length);
    }
}
