package norikv.lsm;

import java.util.function.UnaryOperator;

/// The current [ReadState] and its replacement.
///
/// **Threads.** Any. Replacing is short and never touches the disk: the apply path does it.
final class ReadStates {
    private final Epochs epochs;
    private final Janitor janitor;
    private final Quarantine quarantine;
    private final Residency residency;
    private volatile ReadState current;

    ReadStates(
            ReadState first,
            Epochs epochs,
            Janitor janitor,
            Quarantine quarantine,
            Residency residency) {
        this.current = first;
        this.quarantine = quarantine;
        quarantine.watch(first.levels());
        this.residency = residency;
        residency.settle(first.levels());
        this.epochs = epochs;
        this.janitor = janitor;
    }

    /// {@return the current state} Its native memory may only be touched inside an epoch that was
    /// entered before this call.
    ReadState current() {
        return current;
    }

    /// {@return the current state, retained: it stays whole until released}
    ReadState retain() {
        int epoch = epochs.enter();
        try {
            while (true) {
                ReadState state = current;
                if (state.tryRetain()) {
                    return state;
                }
            }
        } finally {
            epochs.exit(epoch);
        }
    }

    /// Gives up the current state, when the engine closes: whoever retained it keeps it.
    void end() {
        current.release(janitor);
    }

    /// {@return whether nobody holds the state that was current last}
    boolean isFreed() {
        return current.isReleased();
    }

    /// Makes `next` of the current state the current one.
    synchronized ReadState replace(UnaryOperator<ReadState> next) {
        ReadState before = current;
        ReadState after = next.apply(before);
        if (after.levels() != before.levels()) {
            residency.settle(after.levels()); // before anybody reads what was just written
        }
        current = after;
        if (after.levels() != before.levels()) {
            quarantine.watch(after.levels());
        }
        before.release(janitor);
        return after;
    }
}
