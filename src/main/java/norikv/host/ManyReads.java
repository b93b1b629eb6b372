package norikv.host;

import java.util.ArrayList;
import java.util.List;
import norikv.domain.NoriException;

/// Who wants to read many shards, of all who came to one worker while others were asking: they
/// share one question a group, however many they are.
///
/// **Threads.** The worker's.
final class ManyReads {
    private static final byte UNKNOWN = 0;
    private static final byte WAITS = 1;
    private static final byte PASSED = 2;
    private static final byte REFUSED = 3;

    /// By slot.
    private final byte[] states;

    /// By slot, why it is [#REFUSED]; null for the others.
    private final NoriException[] reasons;

    private final List<HostMessage.AwaitReads> readers = new ArrayList<>();
    private long deadlineNanos = Long.MIN_VALUE;
    private int left;

    /// @param slots how many replicas the worker has
    ManyReads(int slots) {
        states = new byte[slots];
        reasons = new NoriException[slots];
    }

    /// Takes one more in.
    void add(HostMessage.AwaitReads reader) {
        readers.add(reader);
        deadlineNanos = Math.max(deadlineNanos, reader.deadlineNanos);
    }

    /// Refuses those whose deadline has passed; none of them is asked for yet.
    ///
    /// @return how many
    int expire(long nowNanos, NoriException why) {
        int before = readers.size();
        readers.removeIf(
                reader -> {
                    boolean isOver = reader.deadlineNanos <= nowNanos;
                    if (isOver) {
                        reader.refused(why);
                    }
                    return isOver;
                });
        return before - readers.size();
    }

    int count() {
        return readers.size();
    }

    /// {@return when the last of them waits no more}
    long deadlineNanos() {
        return deadlineNanos;
    }

    /// {@return each replica that somebody wants to read, once; all of them wait from now on}
    List<Replica> begin() {
        List<Replica> wanted = new ArrayList<>();
        for (HostMessage.AwaitReads reader : readers) {
            for (Replica replica : reader.replicas) {
                if (states[replica.slot] == UNKNOWN) {
                    states[replica.slot] = WAITS;
                    wanted.add(replica);
                }
            }
        }
        left = wanted.size();
        return wanted;
    }

    void pass(Replica replica) {
        decide(replica, PASSED);
    }

    void refuse(Replica replica, NoriException why) {
        reasons[replica.slot] = why;
        decide(replica, REFUSED);
    }

    private void decide(Replica replica, byte state) {
        assert states[replica.slot] == WAITS : "shard " + replica.shard + " was decided before";
        states[replica.slot] = state;
        left--;
    }

    boolean isDecided() {
        return left == 0;
    }

    /// Tells everybody.
    void end() {
        for (HostMessage.AwaitReads reader : readers) {
            for (Replica replica : reader.replicas) {
                int shard = replica.shard.number();
                if (states[replica.slot] == PASSED) {
                    reader.gate.pass(shard);
                } else {
                    reader.gate.refuse(shard, reasons[replica.slot]);
                }
            }
            reader.gate.done(reader.replicas.size());
        }
    }
}
