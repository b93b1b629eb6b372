package norikv.host;

import java.util.List;
import norikv.bytes.Bytes;
import norikv.raft.Message;

/// What hosts say to each other, for who watches the links from outside.
public final class PeerFrames {
    private PeerFrames() {}

    /// {@return the messages in a frame that a host sent}
    public static List<Message> decode(Bytes frame) {
        return PeerFrame.decode(frame).messages();
    }
}
