package norikv.host;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import norikv.domain.Version;
import norikv.port.Applier.Committed;
import norikv.port.ReplicatedLog;
import norikv.raftlog.LogBatch;

/// One batch on its way into the log, and whose it is. Used again when it is durable.
///
/// **Threads.** The worker's; while the log has it only the batch inside is touched.
final class Flight {
    final LogBatch batch;
    final List<Replica> replicas = new ArrayList<>();
    final List<ReplicatedLog.Proposal> proposals = new ArrayList<>();

    /// The places of `proposals`.
    final List<Version> places = new ArrayList<>();

    /// Told by the log when the batch is durable.
    final Runnable done;

    long beganNanos;

    /// By replica: the entry that its entries follow, the last of them, and its term.
    private long[] previousIndex = new long[16];

    private long[] previousTerm = new long[16];
    private long[] lastIndex = new long[16];
    private boolean[] hadHardState = new boolean[16];
    private final Ready ready = new Ready();

    /// @param tell takes the message that the batch is durable, on the log's thread
    Flight(LogBatch batch, Consumer<Message> tell) {
        this.batch = batch;
        var message = new Message.Durable(this);
        this.done = () -> tell.accept(message);
    }

    void clear() {
        batch.clear();
        replicas.clear();
        proposals.clear();
        places.clear();
    }

    boolean isEmpty() {
        return replicas.isEmpty();
    }

    /// Puts what the core of `replica` has ready into the batch, which has room for it.
    void add(Replica replica) {
        replica.core.drainReady(ready);
        int group = replica.group;
        int row = replicas.size();
        grow(row);
        replicas.add(replica);
        previousIndex[row] = ready.previousIndex;
        previousTerm[row] = ready.previousTerm;
        hadHardState[row] = ready.hasHardState;
        boolean fits = !ready.hasHardState || batch.hardState(group, ready.hardState);
        fits &= batch.after(group, ready.previousIndex, ready.previousTerm);
        for (Committed entry : ready.entries) {
            fits &=
                    batch.entry(
                            entry.at().term(),
                            entry.logTimeMillis(),
                            EntryKind.of(entry.command()),
                            entry.command());
            replica.tail.addLast(entry);
        }
        lastIndex[row] = ready.entries.getLast().at().index();
        if (!fits) {
            throw new IllegalStateException("batch: room for what was counted, got none");
        }
    }

    /// Tells the proposers their places: the log has accepted the batch, and nothing of it can be
    /// applied before this thread hears that it is durable.
    void tellAppended() {
        for (int i = 0; i < proposals.size(); i++) {
            proposals.get(i).appended(places.get(i));
        }
        proposals.clear();
        places.clear();
    }

    /// Tells the cores that the batch is durable.
    void persisted() {
        for (int row = 0; row < replicas.size(); row++) {
            Replica replica = replicas.get(row);
            replica.core.onPersisted(replica.core.term(), lastIndex[row]);
        }
    }

    /// Takes everything back, as if the batch had never been filled: the log has refused it.
    void takeBack() {
        for (int row = replicas.size() - 1; row >= 0; row--) {
            Replica replica = replicas.get(row);
            for (long i = previousIndex[row]; i < lastIndex[row]; i++) {
                replica.tail.removeLast();
            }
            replica.core.takeBack(previousIndex[row], previousTerm[row], hadHardState[row]);
        }
    }

    private void grow(int row) {
        if (row == previousIndex.length) {
            previousIndex = Arrays.copyOf(previousIndex, 2 * row);
            previousTerm = Arrays.copyOf(previousTerm, 2 * row);
            lastIndex = Arrays.copyOf(lastIndex, 2 * row);
            hadHardState = Arrays.copyOf(hadHardState, 2 * row);
        }
    }
}
