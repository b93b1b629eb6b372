package norikv.torture;

import java.time.Duration;
import java.util.List;
import norikv.domain.NoriException;

/// What a run is to be like.
///
/// @param nodes how many processes, 1 to [#NODES_MAX]
/// @param duration how long faults befall them
/// @param faults which; none: a run in peace
/// @param seed draws faults and requests
/// @param clients how many callers, each with one call under way
/// @param keys how many keys they share
/// @param valueBytes how long values are, at least
/// @param deadline how long a call may take
public record TortureOptions(
        int nodes,
        Duration duration,
        List<Fault.Kind> faults,
        long seed,
        int clients,
        int keys,
        int valueBytes,
        Duration deadline) {
    /// The most nodes of a run.
    public static final int NODES_MAX = 9;

    /// The most callers of a run.
    public static final int CLIENTS_MAX = 256;

    /// The most keys of a run.
    public static final int KEYS_MAX = 100_000;

    /// Refuses what cannot be.
    public TortureOptions {
        faults = List.copyOf(faults);
        if (nodes < 1 || nodes > NODES_MAX) {
            throw NoriException.invalid("nodes: in [1, %d], got %d".formatted(NODES_MAX, nodes));
        }
    }
}
