package norikv.host;

import java.util.ArrayList;
import java.util.List;
import norikv.domain.Placement;
import norikv.port.Peers;
import norikv.port.Peers.Lane;
import norikv.raft.Message;

/// What one worker says to the other nodes: one frame a node and lane a pass, more only when one
/// gets long.
///
/// **Threads.** The worker's.
final class Outbox {
    private final Peers peers;
    private final Placement placement;

    /// By number of the node, then lane; null until there is something for it.
    private final Line[][] lines;

    /// Told which replicas' messages to which node were not sent.
    private final Unsent unsent;

    private final List<Line> open = new ArrayList<>();

    /// Hears of a frame that found no room, or no link.
    interface Unsent {
        void unsent(Replica replica, long to);
    }

    private static final class Line {
        final long to;
        final Lane lane;
        final PeerFrame frame = new PeerFrame();

        /// Whose entries are in the frame: those who must know if it is not sent.
        final List<Replica> replicas = new ArrayList<>();

        Line(long to, Lane lane) {
            this.to = to;
            this.lane = lane;
        }
    }

    Outbox(Peers peers, Placement placement, Unsent unsent) {
        this.peers = peers;
        this.placement = placement;
        this.unsent = unsent;
        this.lines = new Line[placement.nodes().size() + 1][Lane.values().length];
    }

    void add(Replica from, Message message, long wallMillis) {
        long to = message.head().to();
        assert placement.hasNumber(to) : message;
        Line line = line((int) to, laneOf(message));
        if (line.frame.isEmpty()) {
            open.add(line);
        }
        line.frame.add(message, wallMillis);
        if (message instanceof Message.AppendRequest) {
            line.replicas.add(from);
        }
        if (line.frame.isFull()) {
            send(line);
            open.remove(line);
        }
    }

    /// Sends all there is.
    void flush() {
        for (int i = 0; i < open.size(); i++) {
            send(open.get(i));
        }
        open.clear();
    }

    private void send(Line line) {
        boolean sent = peers.send(placement.node(line.to), line.lane, line.frame.take());
        if (!sent) {
            line.replicas.forEach(replica -> unsent.unsent(replica, line.to));
        }
        line.replicas.clear();
    }

    private Line line(int to, Lane lane) {
        Line line = lines[to][lane.ordinal()];
        if (line == null) {
            line = new Line(to, lane);
            lines[to][lane.ordinal()] = line;
        }
        return line;
    }

    private static Lane laneOf(Message message) {
        return switch (message) {
            case Message.AppendRequest _,
                    Message.Appended _,
                    Message.AppendRejected _,
                    Message.Commit _,
                    Message.InstallSnapshot _ ->
                    Lane.DATA;
            case Message.Vote _,
                    Message.Heartbeat _,
                    Message.HeartbeatReply _,
                    Message.TimeoutNow _ ->
                    Lane.CONTROL;
        };
    }
}
