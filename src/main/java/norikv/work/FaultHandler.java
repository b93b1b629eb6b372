package norikv.work;

/// What a node does when it cannot go on: given by the composition root (a server halts with exit
/// code 70, an embedded node stops itself, a simulator crashes its node).
@FunctionalInterface
public interface FaultHandler {
    /// Called at most a few times, from any thread, with locks possibly held: must not wait.
    ///
    /// @param where which part failed, such as `wal: force wal-000012`
    void fatal(String where, Throwable cause);
}
