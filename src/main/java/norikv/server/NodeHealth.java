package norikv.server;

import java.util.ArrayList;
import java.util.List;
import norikv.domain.Reply;
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
        double pressure = parts == null ? 0 : parts.pressure();
        checks.add(
                new Reply.Check(
                        "pressure", pressure < 1, pressure < 1 ? "" : "writes are refused"));
        return checks;
    }
}
