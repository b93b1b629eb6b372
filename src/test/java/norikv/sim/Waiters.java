package norikv.sim;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import norikv.bytes.Bytes;
import norikv.domain.Consistency;
import norikv.raft.Entry;
import norikv.raft.Proposed;
import norikv.raft.Raft;
import norikv.raft.Ready;
import norikv.raft.Refusal;
import norikv.raft.Status;

/// Who waits for an answer of one replica, and what must happen before they get it.
///
/// **Limits.** One operation a client, and clients give up before they ask again: what is left of
/// those ends with the index it waits for.
final class Waiters {
    /// A write that stands at some index of the leader's log of `term`.
    private record Write(long term, Operation operation) {}

    /// A read that may be answered once everything up to `index` is applied.
    private record Granted(long index, Operation operation) {}

    private final HostedReplica replica;
    private final Ground ground;
    private final TreeMap<Long, List<Write>> writes = new TreeMap<>();
    private final Map<Long, Operation> reads = new HashMap<>();
    private final List<Granted> granted = new ArrayList<>();

    Waiters(HostedReplica replica) {
        this.replica = replica;
        this.ground = replica.ground;
    }

    /// {@return how many operations wait whose clients wait too}
    int count() {
        long count = reads.values().stream().filter(Waiters::isOpen).count();
        count += granted.stream().filter(g -> isOpen(g.operation)).count();
        for (List<Write> here : writes.values()) {
            count += here.stream().filter(w -> isOpen(w.operation)).count();
        }
        return (int) count;
    }

    private static boolean isOpen(Operation operation) {
        return operation.outcome == Operation.Outcome.OPEN;
    }

    void forget() {
        writes.clear();
        reads.clear();
        granted.clear();
    }

    void ask(Operation operation, Raft raft) {
        if (!operation.isRead()) {
            write(operation, raft);
        } else if (operation.consistency == Consistency.STALE) {
            boolean isNewEnough = replica.table.index() >= operation.sessionIndex;
            answer(operation, isNewEnough ? read(operation) : Answer.DEFINITE);
        } else if (operation.consistency == Consistency.LEASE && leaseHolds()) {
            ground.clients().servedByLease++;
            answer(operation, read(operation));
        } else {
            long token = ground.nextToken();
            Optional<Refusal> refusal = raft.readIndex(ground.now(), token);
            if (refusal.isPresent()) {
                answer(operation, Answer.DEFINITE);
            } else {
                reads.put(token, operation);
            }
        }
    }

    private boolean leaseHolds() {
        return replica.lease().validAt(ground.now())
                && replica.table.index() >= replica.lease().commit();
    }

    private void write(Operation operation, Raft raft) {
        Dice dice = ground.dice();
        int padding = dice.oneIn(16) ? dice.below(600) : dice.below(20);
        Bytes command = operation.command().encode(padding);
        switch (raft.propose(ground.now(), List.of(command))) {
            case Proposed.Refused _ -> answer(operation, Answer.DEFINITE);
            case Proposed.Accepted(var first) ->
                    writes.computeIfAbsent(first.index(), _ -> new ArrayList<>(1))
                            .add(new Write(first.term(), operation));
        }
    }

    /// Only an entry of the same term at the same index is the write; any other says that the write
    /// never happens.
    void applied(Entry entry, Table.Result result) {
        List<Write> here = writes.remove(entry.index());
        if (here == null) {
            return;
        }
        for (Write write : here) {
            boolean isIt = write.term == entry.term();
            Operation operation = write.operation;
            answer(operation, isIt ? Answer.ofWrite(operation, result) : Answer.DEFINITE);
        }
    }

    /// A snapshot took the place of entries: what became of the writes in it nobody knows here.
    void skippedTo(long index) {
        var skipped = writes.headMap(index, true);
        skipped.values()
                .forEach(all -> all.forEach(w -> answer(w.operation, Answer.UNKNOWN)));
        skipped.clear();
    }

    void granted(Ready.ReadGrant grant) {
        Operation operation = reads.remove(grant.token());
        Violation.check(operation != null, "I13", "granted twice, or never asked: %s", grant);
        ground.clients().granted(operation, grant.index());
        granted.add(new Granted(grant.index(), operation));
    }

    void failed(long token) {
        Operation operation = reads.remove(token);
        Violation.check(operation != null, "R2", "failed twice, or never asked: %d", token);
        answer(operation, Answer.DEFINITE);
    }

    /// R2: only who leads can still answer a read that is not granted; others must say so.
    void check(Status status) {
        Violation.check(
                reads.isEmpty() || status.part() == Status.Part.LEADER,
                "R2",
                "%d reads wait at %s",
                reads.size(),
                status);
    }

    /// Answers whoever waited for what is applied now.
    void serve() {
        for (int i = granted.size() - 1; i >= 0; i--) {
            if (granted.get(i).index <= replica.table.index()) {
                Operation operation = granted.remove(i).operation;
                answer(operation, read(operation));
            }
        }
    }

    private Answer read(Operation operation) {
        return Answer.ofRead(replica.table, operation.key);
    }

    private void answer(Operation operation, Answer answer) {
        ground.answer(operation, answer);
    }
}
