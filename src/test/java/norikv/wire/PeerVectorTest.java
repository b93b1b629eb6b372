package norikv.wire;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import java.util.function.Consumer;
import norikv.bytes.ByteReader;
import norikv.bytes.ByteWriter;
import norikv.bytes.Bytes;
import norikv.domain.NodeId;
import norikv.domain.NoriException;
import norikv.wal.HexVector;
import org.junit.jupiter.api.Test;

/// The examples of `wire/peers.md`, byte for byte, both ways.
final class PeerVectorTest {
    private static final Bytes NONCE = Bytes.hex("000102030405060708090a0b0c0d0e0f");
    private static final PeerHello HELLO =
            new PeerHello(
                    1, 1, 0, "prod", new NodeId("n1"), new UUID(1, 2), 0x1122334455667788L, 1,
                    NONCE);
    private static final PeerWelcome WELCOME =
            new PeerWelcome(
                    1, 0, new NodeId("n2"), new UUID(3, 4), 1_735_689_600_000L, NONCE,
                    Bytes.wrap(new byte[32]));

    @Test
    void aHelloIsReadAndWrittenByteForByte() throws Exception {
        assertEquals(HELLO, PeerHello.decode(payload("peer-hello", FrameType.PEER_HELLO)));
        assertWritten("peer-hello", HELLO::encode);
    }

    @Test
    void aWelcomeIsReadAndWrittenByteForByte() throws Exception {
        assertEquals(WELCOME, PeerWelcome.decode(payload("peer-welcome", FrameType.PEER_WELCOME)));
        assertWritten("peer-welcome", WELCOME::encode);
    }

    @Test
    void aProofIsReadAndWrittenByteForByte() throws Exception {
        var proof = new PeerProof(Bytes.EMPTY);
        assertEquals(proof, PeerProof.decode(payload("peer-proof", FrameType.PEER_PROOF)));
        assertWritten("peer-proof", proof::encode);
    }

    @Test
    void messagesAreOpaque() throws Exception {
        ByteReader in = payload("peer-messages", FrameType.PEER_MESSAGES);
        Bytes messages = in.bytes(in.remaining());
        assertWritten("peer-messages", out -> PeerProof.encodeMessages(out, messages));
    }

    @Test
    void everyVectorIsNamedInTheProse() throws Exception {
        String prose = Files.readString(Path.of("wire", "peers.md"));
        for (String name : List.of("peer-hello", "peer-welcome", "peer-proof", "peer-messages")) {
            assertTrue(prose.contains("`" + name + "`"), name);
        }
    }

    @Test
    void whatIsCutShortIsRefused() {
        Bytes whole = HELLO.payload();
        for (int length = 0; length < whole.length(); length++) {
            Bytes cut = whole.slice(0, length);
            assertThrows(
                    NoriException.class, () -> PeerHello.decode(ByteReader.of(cut)), "" + length);
        }
    }

    private static ByteReader payload(String name, FrameType type) throws Exception {
        byte[] vector = HexVector.read(name);
        var reader = new FrameReader();
        reader.room().put(vector);
        reader.filled(vector.length);
        assertTrue(reader.next());
        assertEquals(type, reader.type());
        return reader.payload();
    }

    private static void assertWritten(String name, Consumer<ByteWriter> writing) throws Exception {
        var out = new ByteWriter(16);
        writing.accept(out);
        assertArrayEquals(
                HexVector.read(name), Arrays.copyOf(out.array(), out.length()));
    }
}
