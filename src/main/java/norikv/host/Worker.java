package norikv.host;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import norikv.domain.ErrorCode;
import norikv.domain.NoriException;
import norikv.port.Applier;
import norikv.port.ReplicatedLog;
import norikv.port.Storage;
import norikv.raftlog.RaftLog;
import norikv.work.Clock;
import norikv.work.Loop;
import norikv.work.Signal;
import norikv.work.Step;

/// The pass over the groups of one worker: take what came, step the groups that have input, append
/// what they want durable as one batch, apply what is committed as one batch.
///
/// While a batch is forced the next one gathers, because proposals are taken only when there is a
/// flight for them: that is the only batching there is, and it needs no timer. The next batch is
/// given to the log before the last one is applied, so that the disk has work while callers are
/// answered.
///
/// **Threads.** One loop drives it and owns its replicas; any may [#propose] and [#tell].
/// **Limits.** [Mailbox] bounds what waits, [#FLIGHTS_MAX] what is on its way into the log,
/// [#PASS_ENTRIES_MAX] and the longest record of the log one batch, [#APPLY_ENTRIES_MAX] and
/// [#APPLY_BYTES_MAX] one apply.
final class Worker implements Step {
    /// The most batches that are accepted by the log and not durable.
    static final int FLIGHTS_MAX = 2;

    /// The most proposals of one batch.
    static final int PASS_ENTRIES_MAX = 4_096;

    /// The most entries that are applied at a time.
    static final int APPLY_ENTRIES_MAX = 4_096;

    /// About the most bytes of commands that are applied at a time.
    static final long APPLY_BYTES_MAX = 8L << 20;

    /// To how little that is cut when storage has no room for more.
    static final long APPLY_BYTES_MIN = 64 << 10;

    /// From this pressure on committed entries stay in the log.
    static final double PRESSURE_MAX = 1.0;

    /// After how long a pause of applying ends, to look at the pressure again.
    private static final long PAUSE_NANOS = 5_000_000;

    /// After how long a batch is offered again that the log had no place for in memory.
    private static final long FULL_RETRY_NANOS = 1_000_000;

    /// After how long a term is begun again that the log had no room for on the disk.
    private static final long NO_SPACE_RETRY_NANOS = 100_000_000;

    private static final long NO_SPACE_RETRY_MILLIS = 1_000;
    private static final long FULL_RETRY_MILLIS = 10;

    /// What the entries of one group may take in a batch besides themselves, and what each entry
    /// may besides its command.
    private static final int RUN_BYTES_MAX = 160;

    private static final int ENTRY_BYTES_MAX = 64;

    /// What a worker works with.
    record Parts(
            RaftLog log,
            Storage storage,
            Applier applier,
            Clock clock,
            HostMetrics metrics,
            FlushTrigger flushTrigger) {}

    private final Parts parts;
    private final List<Replica> replicas;
    private final WaitingReads waitingReads;
    private final Mailbox proposals = new Mailbox();
    private final Mailbox control = new Mailbox();
    private final ArrayDeque<Message> taken = new ArrayDeque<>();
    private final ArrayDeque<Replica> toStep = new ArrayDeque<>();
    private final ArrayDeque<Replica> toApply = new ArrayDeque<>();
    private final ArrayDeque<Flight> idleFlights = new ArrayDeque<>();
    private final Signal drained;
    private final int batchBytesMax;

    /// A flight that is filled and that the log had no place for; null if there is none.
    private Flight held;

    private long heldUntilNanos;
    private long campaignAtNanos;

    /// When those that are left to step can go on.
    private long stepAtNanos;

    private long pausedUntilNanos = Long.MIN_VALUE;
    private long applyBytes = APPLY_BYTES_MAX;
    private int inboxCount;
    private int stalledCount;
    private volatile boolean isClosing;

    /// Null until it is started.
    private volatile Loop loop;

    Worker(Parts parts, List<Replica> replicas, Signal drained) {
        this.parts = parts;
        this.replicas = replicas;
        this.waitingReads = new WaitingReads(replicas);
        this.drained = drained;
        this.batchBytesMax = parts.log.newBatch().payloadBytesMax();
        for (int i = 0; i < FLIGHTS_MAX; i++) {
            idleFlights.add(new Flight(parts.log.newBatch(), this::tell));
        }
        for (Replica replica : replicas) {
            addToStep(replica);
            if (replica.applyLag() > 0) {
                addToApply(replica);
            }
        }
    }

    void startedAs(Loop newLoop) {
        loop = newLoop;
        // For what was put in before the loop was known here.
        newLoop.wake();
    }

    /// {@return the longest command that fits in a batch}
    int commandBytesMax() {
        return batchBytesMax - RUN_BYTES_MAX - ENTRY_BYTES_MAX;
    }

    void propose(Message.Propose message) {
        switch (isClosing ? Mailbox.Put.CLOSED : proposals.put(message)) {
            case FIRST -> wake();
            case BEHIND -> {}
            case FULL -> message.proposal.refused(tooMuchWaits());
            case CLOSED -> message.proposal.refused(closed());
        }
    }

    /// Takes a message of any other kind. One that asks to read may be refused.
    void tell(Message message) {
        switch (control.put(message)) {
            case FIRST -> wake();
            case BEHIND -> {}
            case FULL -> refuse(message, tooMuchWaits());
            case CLOSED -> refuse(message, closed());
        }
    }

    /// Refuses what is not taken yet and lets the rest end.
    void beginClose() {
        isClosing = true;
        wake();
    }

    @Override
    public long runOnce(long nowNanos) {
        takeControl();
        offer(nowNanos);
        apply(nowNanos);
        waitingReads.sweep(nowNanos);
        if (isClosing && isDrained()) {
            drained.raise();
        }
        return nextNanos(nowNanos);
    }

    /// Tells everybody who still waits that it is over. The loop has ended.
    void finish() {
        proposals.close(new Message.Closed(), taken);
        control.close(new Message.Closed(), taken);
        taken.forEach(message -> refuse(message, closed()));
        taken.clear();
        if (held != null) {
            refuse(held, closed());
            held = null;
        }
        var reason =
                new NoriException.Indeterminate("the node closed before the write was applied");
        waitingReads.refuseAll(closed());
        for (Replica replica : replicas) {
            replica.inbox.forEach(message -> message.proposal.refused(closed()));
            replica.inbox.clear();
            parts.applier.lost(replica.shard, replica.appliedIndex() + 1, reason);
        }
    }

    private void takeControl() {
        control.drainTo(taken);
        for (Message message = taken.poll(); message != null; message = taken.poll()) {
            switch (message) {
                case Message.Durable durable -> land(durable.flight);
                case Message.Resume resume -> resume(resume.replica);
                case Message.AwaitRead read -> waitingReads.admit(read);
                case Message.Propose _, Message.Closed _ ->
                        throw new IllegalStateException("a message of control, got " + message);
            }
        }
    }

    private void land(Flight flight) {
        flight.persisted();
        parts.metrics.committed(parts.clock.nanoTime() - flight.beganNanos);
        flight.replicas.forEach(this::addToApply);
        flight.clear();
        idleFlights.add(flight);
    }

    private void resume(Replica replica) {
        if (replica.isStalled) {
            replica.isStalled = false;
            stalledCount--;
            addToApply(replica);
        }
    }

    /// Fills the next batch, if there is a flight for it, and gives it to the log.
    private void offer(long nowNanos) {
        parts.flushTrigger.look(nowNanos);
        if (held != null && nowNanos >= heldUntilNanos) {
            Flight flight = held;
            held = null;
            submit(flight, nowNanos);
        }
        if (held != null || idleFlights.isEmpty()) {
            return;
        }
        if (inboxCount < PASS_ENTRIES_MAX) {
            takeProposals();
        }
        Flight flight = idleFlights.getFirst();
        fill(flight, nowNanos);
        if (!flight.isEmpty()) {
            submit(idleFlights.removeFirst(), nowNanos);
        }
    }

    private void takeProposals() {
        proposals.drainTo(taken);
        inboxCount += taken.size();
        for (Message message = taken.poll(); message != null; message = taken.poll()) {
            var propose = (Message.Propose) message;
            propose.replica.inbox.add(propose);
            addToStep(propose.replica);
        }
    }

    private void fill(Flight flight, long nowNanos) {
        long wallMillis = parts.clock.wallMillis();
        stepAtNanos = UNTIL_WOKEN;
        for (int left = toStep.size(); left > 0; left--) {
            Replica replica = toStep.removeFirst();
            if (step(replica, flight, nowNanos, wallMillis)) {
                replica.isToStep = false;
            } else {
                toStep.addLast(replica);
                long at = replica.core.leads() ? nowNanos : campaignAtNanos;
                stepAtNanos = Math.min(stepAtNanos, at);
            }
        }
    }

    /// Lets `replica` begin its term, if it must, and take proposals, as far as the batch has room.
    ///
    /// @return whether nothing is left for it to do
    private boolean step(Replica replica, Flight flight, long nowNanos, long wallMillis) {
        long room = batchBytesMax - flight.batch.bytes() - RUN_BYTES_MAX;
        if (!replica.core.leads()) {
            if (nowNanos < campaignAtNanos || room < ENTRY_BYTES_MAX) {
                return false;
            }
            replica.campaign(nowNanos, wallMillis);
            room -= ENTRY_BYTES_MAX;
        }
        while (!replica.inbox.isEmpty() && flight.proposals.size() < PASS_ENTRIES_MAX) {
            Message.Propose next = replica.inbox.getFirst();
            room -= next.proposal.command().length() + ENTRY_BYTES_MAX;
            if (room < 0) {
                break;
            }
            replica.inbox.removeFirst();
            inboxCount--;
            flight.proposals.add(next.proposal);
            flight.places.add(replica.propose(next, nowNanos, wallMillis));
        }
        if (replica.core.hasReady()) {
            flight.add(replica);
        }
        return replica.inbox.isEmpty();
    }

    private void submit(Flight flight, long nowNanos) {
        flight.beganNanos = nowNanos;
        switch (parts.log.append(flight.batch, flight.done)) {
            case ACCEPTED -> {
                parts.metrics.passed(flight.proposals.size(), flight.replicas.size());
                flight.tellAppended();
            }
            case FULL -> {
                held = flight;
                heldUntilNanos = nowNanos + FULL_RETRY_NANOS;
            }
            case NO_SPACE -> {
                campaignAtNanos = nowNanos + NO_SPACE_RETRY_NANOS;
                refuse(flight, noSpace());
                idleFlights.add(flight);
            }
            case CLOSED -> {
                campaignAtNanos = UNTIL_WOKEN;
                refuse(flight, closed());
                idleFlights.add(flight);
            }
        }
    }

    private void refuse(Flight flight, NoriException reason) {
        flight.takeBack();
        for (Replica replica : flight.replicas) {
            if (!replica.core.leads()) {
                addToStep(replica);
                stepAtNanos = Math.min(stepAtNanos, campaignAtNanos);
            }
        }
        List<ReplicatedLog.Proposal> refused = List.copyOf(flight.proposals);
        flight.clear();
        refused.forEach(proposal -> proposal.refused(reason));
    }

    private void apply(long nowNanos) {
        if (toApply.isEmpty()) {
            return;
        }
        if (nowNanos < pausedUntilNanos) {
            return;
        }
        if (parts.storage.pressure() >= PRESSURE_MAX) {
            pausedUntilNanos = nowNanos + PAUSE_NANOS;
            return;
        }
        var pass = new ArrayList<Applier.Group>();
        var passReplicas = new ArrayList<Replica>();
        int count = 0;
        long bytes = 0;
        while (!toApply.isEmpty() && count < APPLY_ENTRIES_MAX && bytes < applyBytes) {
            Replica replica = toApply.removeFirst();
            replica.isToApply = false;
            var entries =
                    replica.committed(parts.log, APPLY_ENTRIES_MAX - count, applyBytes - bytes);
            count += entries.size();
            for (Applier.Committed entry : entries) {
                bytes += entry.command().length();
            }
            pass.add(new Applier.Group(replica.shard, entries));
            passReplicas.add(replica);
        }
        if (isTaken(pass)) {
            applyBytes = APPLY_BYTES_MAX;
            for (int i = 0; i < pass.size(); i++) {
                applied(passReplicas.get(i), pass.get(i));
            }
        } else {
            applyBytes = Math.max(applyBytes / 2, APPLY_BYTES_MIN);
            pausedUntilNanos = nowNanos + PAUSE_NANOS;
            passReplicas.forEach(this::addToApply);
        }
    }

    /// {@return whether storage had room for the pass; if not, nothing of it was done}
    private boolean isTaken(List<Applier.Group> pass) {
        try {
            parts.applier.apply(pass);
            return true;
        } catch (NoriException.Overloaded e) {
            return false;
        }
    }

    private void applied(Replica replica, Applier.Group group) {
        replica.onApplied(group.applied());
        if (group.applied() < group.entries().size()) {
            replica.isStalled = true;
            stalledCount++;
        } else if (replica.applyLag() > 0) {
            addToApply(replica);
        }
        waitingReads.grant(replica);
    }

    private boolean isDrained() {
        return idleFlights.size() == FLIGHTS_MAX
                && inboxCount == 0
                && proposals.isEmpty()
                && toApply.isEmpty()
                && stalledCount == 0;
    }

    private long nextNanos(long nowNanos) {
        long next = UNTIL_WOKEN;
        if (held != null) {
            next = heldUntilNanos;
        } else if (!idleFlights.isEmpty()) {
            next = stepAtNanos;
        }
        if (!toApply.isEmpty()) {
            next = Math.min(next, Math.max(nowNanos, pausedUntilNanos));
        }
        return Math.min(next, waitingReads.nextNanos());
    }

    private void addToStep(Replica replica) {
        if (!replica.isToStep) {
            replica.isToStep = true;
            toStep.addLast(replica);
        }
    }

    private void addToApply(Replica replica) {
        if (!replica.isToApply && !replica.isStalled && replica.applyLag() > 0) {
            replica.isToApply = true;
            toApply.addLast(replica);
        }
    }

    private void wake() {
        Loop running = loop;
        if (running != null) {
            running.wake();
        }
    }

    private static void refuse(Message message, NoriException reason) {
        switch (message) {
            case Message.Propose propose -> propose.proposal.refused(reason);
            case Message.AwaitRead reader -> reader.barrier.refused(reason);
            case Message.Durable _, Message.Resume _, Message.Closed _ -> {}
        }
    }

    static NoriException closed() {
        return new NoriException.Closed("the node is closing; nothing was written");
    }

    static NoriException tooMuchWaits() {
        return new NoriException.Overloaded(
                ErrorCode.RESOURCE_EXHAUSTED,
                "host: at most %d messages of %d bytes wait; nothing was written"
                        .formatted(Mailbox.MESSAGES_MAX, Mailbox.BYTES_MAX),
                FULL_RETRY_MILLIS);
    }

    private static NoriException noSpace() {
        return new NoriException.Overloaded(
                ErrorCode.DISK_WATERMARK,
                "log: no room on the disk for another segment; nothing was written",
                NO_SPACE_RETRY_MILLIS);
    }
}
