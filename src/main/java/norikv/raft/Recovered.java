package norikv.raft;

import java.util.List;
import norikv.domain.Version;

/// What a replica starts from.
///
/// @param hard the last hard state that is durable, [HardState#EMPTY] if none is
/// @param applied the last index in the state machine; counts as committed
/// @param configuration the configuration in effect at `configurationIndex`
/// @param configurationIndex not greater than `applied`
/// @param changes the configuration entries of the log behind `configurationIndex`, in order,
///     committed or not
/// @param virgin whether this replica never ran before. Any other one answers no election for one
///     election time: it may have promised a lease that it forgot
public record Recovered(
        HardState hard,
        long applied,
        Configuration configuration,
        long configurationIndex,
        List<Entry> changes,
        boolean virgin) {
    public Recovered {
        changes = List.copyOf(changes);
    }

    /// {@return the start of a replica that never ran, in a group that begins behind an agreed
    /// snapshot at `start`}
    public static Recovered virgin(Version start, Configuration configuration) {
        var hard = new HardState(start.term(), HardState.NOBODY, start.index());
        return new Recovered(hard, start.index(), configuration, start.index(), List.of(), true);
    }
}
