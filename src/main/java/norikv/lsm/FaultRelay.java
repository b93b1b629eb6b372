package norikv.lsm;

import java.util.ArrayList;
import java.util.List;
import norikv.work.FaultHandler;

/// Takes faults before it is known whom they concern, and hands them on then.
///
/// **Threads.** Any. **Limits.** A few faults: each ends a loop.
final class FaultRelay implements FaultHandler {
    private record Fault(String where, Throwable cause) {}

    /// Guarded by this; null until it is known.
    private FaultHandler target;

    private final List<Fault> early = new ArrayList<>();

    @Override
    public void fatal(String where, Throwable cause) {
        synchronized (this) {
            if (target == null) {
                early.add(new Fault(where, cause));
                return;
            }
        }
        target.fatal(where, cause);
    }

    /// Hands over what came so far and all that will come.
    void goTo(FaultHandler handler) {
        synchronized (this) {
            target = handler;
        }
        early.forEach(fault -> handler.fatal(fault.where(), fault.cause()));
        early.clear();
    }
}
