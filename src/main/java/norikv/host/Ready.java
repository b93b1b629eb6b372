package norikv.host;

import java.util.ArrayList;
import java.util.List;
import norikv.port.Applier.Committed;
import norikv.raftlog.HardState;

/// What a core wants done, in the order in which it must be: make `hardState` and `entries` durable
/// in one record, then, when the core was told so, apply up to `commit`.
///
/// Reused from one core to the next. **Threads.** Confined to the worker. **Source.** Ongaro's
/// dissertation, section 10.2.1, for why entries may be sent and persisted at the same time.
final class Ready {
    final List<Committed> entries = new ArrayList<>();
    boolean hasHardState;
    HardState hardState = HardState.NONE;

    /// The entry that `entries` follow.
    long previousIndex;

    long previousTerm;

    void clear() {
        entries.clear();
        hasHardState = false;
    }
}
