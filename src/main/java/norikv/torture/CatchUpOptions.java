package norikv.torture;

import java.time.Duration;
import norikv.domain.NoriException;

/// What a measurement of catching up is to be like.
///
/// @param nodes how many processes, 2 to [TortureOptions#NODES_MAX]
/// @param shards how many
/// @param calm how long the load is measured before anything happens
/// @param rate calls a second to begin, whatever the answers do: one half puts, one half gets
/// @param keys how many, all written before
/// @param valueBytes how long values are
/// @param seed draws the calls
/// @param deadline how long a call may take
public record CatchUpOptions(
        int nodes,
        int shards,
        Duration calm,
        long rate,
        int keys,
        int valueBytes,
        long seed,
        Duration deadline) {
    /// The most calls a second.
    public static final long RATE_MAX = 100_000;

    /// Refuses what cannot be.
    public CatchUpOptions {
        if (nodes < 2 || nodes > TortureOptions.NODES_MAX) {
            throw NoriException.invalid(
                    "nodes: in [2, %d], got %d".formatted(TortureOptions.NODES_MAX, nodes));
        }
    }
}
