package norikv.server;

import java.util.ArrayList;
import java.util.List;
import norikv.domain.Reply;
import norikv.domain.Room;
import norikv.port.Health;

/// How one node is: a fault that ended it, where its start has got to, whether it drains.
///
/// **Threads.** Any; every field is written by one and read by all.
final class NodeHealth implements Health {
    private volatile String fault = "";
    private volatile boolean recovered;
    private volatile boolean draining;

    /// Null until the node's parts are there.
    private volatile Stack stack;

    void faulted(String where) {
        fault = where;
    }

    void opened(Stack parts) {
        stack = parts;
    }

    void recovered() {
        recovered = true;
    }

    void draining() {
        draining = true;
    }

    boolean isFaulted() {
        return !fault.isEmpty();
    }

    @Override
    public List<Reply.Check> live() {
        return List.of(new Reply.Check("fault", fault.isEmpty(), fault));
    }

    @Override
    public List<Reply.Check> started() {
        Stack parts = stack;
        String detail = "opening the data folder";
        if (recovered) {
            detail = "";
        } else if (parts != null) {
            detail = "replaying the log, %d shards to go".formatted(parts.shardsToRecover());
        }
        return List.of(new Reply.Check("recovery", recovered, detail));
    }

    @Override
    public List<Reply.Check> ready() {
        List<Reply.Check> checks = new ArrayList<>();
        checks.addAll(live());
        checks.addAll(started());
        checks.add(new Reply.Check("drain", !draining, draining ? "shutting down" : ""));
        Stack parts = stack;
        checks.add(leaders(parts));
        double pressure = parts == null ? 0 : parts.pressure();
        checks.add(
                new Reply.Check(
                        "pressure", pressure < 1, pressure < 1 ? "" : "writes are refused"));
        checks.add(new Reply.Check("disk", true, parts == null ? "" : roomDetail(parts.room())));
        checks.add(new Reply.Check("tables", true, parts == null ? "" : parts.damageDetail()));
        checks.add(
                new Reply.Check(
                        "replicas", true, parts == null ? "" : parts.divergenceDetail()));
        return checks;
    }

    /// A leader that loses its majority steps down: so this says that there is a quorum, too.
    private static Reply.Check leaders(Stack parts) {
        int without = parts == null ? 0 : parts.shardsToRecover();
        String detail = without == 0 ? "" : without + " shards without a leader";
        return new Reply.Check("leaders", without == 0, detail);
    }

    /// Reads go on in any case, so requests should.
    private static String roomDetail(Room room) {
        return switch (room) {
            case PLENTY -> "";
            case LOW -> "little room: puts are refused";
            case FULL -> "nearly full: writes are refused";
        };
    }
}
