package norikv.host;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import norikv.domain.NoriException;
import norikv.raft.Message;
import norikv.raft.Now;
import norikv.raft.Ready;
import norikv.work.Loop;
import norikv.work.Signal;
import norikv.work.Step;

/// The pass over the groups of one worker: give the cores what came, send one frame a node, append
/// what the cores want durable as one batch, apply what is committed as one batch.
///
/// While a batch is forced the next one gathers; that is the only batching there is, and it needs
/// no timer. What goes to other nodes leaves before the disk is asked, and promises leave when the
/// disk has answered.
///
/// **Threads.** One loop drives it and owns its replicas; any may [#propose] and [#tell].
/// **Limits.** [Mailbox] bounds what waits, [#FLIGHTS_MAX] what is on its way into the log,
/// [Proposing] and the longest record of the log one batch, [Applying] one apply. When the
/// batch that gathers is full the groups with more wait, their messages included. **Source.**
/// Ongaro's dissertation, §10.2.1, for why entries are sent and persisted at the same time.
final class Worker implements Step {
    /// The most batches that are accepted by the log and not durable.
    static final int FLIGHTS_MAX = 2;

    /// After how long a batch is offered again that the log had no place for in memory.
    private static final long FULL_RETRY_NANOS = 1_000_000;

    /// After how long a batch is offered again that the log had no room for on the disk.
    private static final long NO_SPACE_RETRY_NANOS = 100_000_000;

    private static final Logger LOG = System.getLogger("norikv.host");

    private final WorkerParts parts;
    private final List<Replica> replicas;
    private final Replica[] byGroup;
    private final Reads reads;
    private final Applying applying;
    private final Deadlines deadlines;
    private final Balance balance;
    private final Outbox outbox;
    private final Proposing proposing;
    private final Moves moves;
    private final Mailbox control = new Mailbox();
    private final ArrayDeque<HostMessage> taken = new ArrayDeque<>();
    private final ArrayDeque<Replica> dirty = new ArrayDeque<>();

    /// Those whose record the gathering batch has no room for, until it has left.
    private final List<Replica> blocked = new ArrayList<>();

    private final ArrayDeque<Flight> idleFlights = new ArrayDeque<>();
    private final Ready ready = new Ready();
    private final Signal drained;

    /// What the next batch will be.
    private Flight gathering;

    /// How many are accepted by the log and not durable.
    private int flying;

    private long offerAtNanos = Long.MIN_VALUE;

    /// The time of this pass.
    private Now now = new Now(0, 0);

    private volatile boolean isClosing;

    /// Null until it is started.
    private volatile Loop loop;

    Worker(WorkerParts parts, List<Replica> replicas, Signal drained) {
        this.parts = parts;
        this.replicas = replicas;
        this.drained = drained;
        this.proposing = new Proposing(parts.log(), parts.proposedBytesMax(), new Groups());
        this.reads = new Reads(replicas.size(), parts.metrics());
        this.applying = new Applying(parts.applier(), parts.storage(), this::moved);
        this.deadlines = new Deadlines(replicas.size());
        this.balance = new Balance(replicas, parts.heartbeatNanos(), parts.wallClocks());
        this.outbox =
                new Outbox(
                        parts.peers(),
                        parts.placement(),
                        (replica, to) -> {
                            guard(replica, () -> replica.core.unreachable(now, to));
                            touch(replica);
                        });
        this.moves =
                new Moves(
                        parts,
                        replicas,
                        applying,
                        this::tell,
                        this::give,
                        this::moved,
                        this::refuseAll);
        this.byGroup = new Replica[parts.placement().totalShards() + 1];
        for (int slot = 0; slot < replicas.size(); slot++) {
            Replica replica = replicas.get(slot);
            replica.slot = slot;
            byGroup[replica.group] = replica;
            touch(replica);
        }
        for (int i = 0; i <= FLIGHTS_MAX; i++) {
            idleFlights.add(new Flight(parts.log().newBatch(), this::tell));
        }
        this.gathering = idleFlights.removeFirst();
    }

    void startedAs(Loop newLoop) {
        loop = newLoop;
        // For what was put in before the loop was known here.
        newLoop.wake();
    }

    void propose(HostMessage.Propose message) {
        switch (isClosing ? Mailbox.Put.CLOSED : proposing.put(message)) {
            case FIRST -> wake();
            case BEHIND -> {}
            case FULL -> message.proposal.refused(Refusals.tooMuchWaits());
            case CLOSED -> message.proposal.refused(Refusals.closed());
        }
    }

    /// Takes a message of any other kind. One that asks to read may be refused, one from another
    /// node dropped: it is as if it had been lost on its way.
    void tell(HostMessage message) {
        switch (control.put(message)) {
            case FIRST -> wake();
            case BEHIND -> {}
            case FULL -> message.refused(Refusals.tooMuchWaits());
            case CLOSED -> message.refused(Refusals.closed());
        }
    }

    /// Refuses what is not taken yet and lets the rest end.
    void beginClose() {
        isClosing = true;
        wake();
    }

    @Override
    public long runOnce(long nowNanos) {
        now = new Now(nowNanos, parts.clock().wallMillis());
        takeControl();
        parts.flushTrigger().look(nowNanos);
        proposing.take();
        proposing.run(now, gathering);
        deadlines.expire(nowNanos, this::expire);
        balance.run(now, this::handOver);
        reads.gather(this::touch);
        drain();
        outbox.flush();
        moves.run(now);
        offer();
        applying.run(now);
        reads.sweep(nowNanos);
        if (isClosing && isDrained()) {
            drained.raise();
        }
        return nextNanos(nowNanos);
    }

    /// Tells everybody who still waits that it is over. The loop has ended.
    void finish() {
        proposing.close(replicas);
        control.close(new HostMessage.Closed(), taken);
        taken.forEach(message -> message.refused(Refusals.closed()));
        taken.clear();
        reads.refuseAll(Refusals.closed());
        moves.finish();
        for (Replica replica : replicas) {
            parts.applier().lost(
                    replica.shard, replica.appliedIndex() + 1, Refusals.closedBeforeApplied());
        }
    }

    private void takeControl() {
        control.drainTo(taken);
        for (HostMessage message = taken.poll(); message != null; message = taken.poll()) {
            switch (message) {
                case HostMessage.FromPeer frame -> frame.messages.forEach(this::step);
                case HostMessage.Durable durable -> land(durable.flight);
                case HostMessage.AwaitRead read -> {
                    reads.admit(read);
                    touch(read.replica);
                }
                case HostMessage.AwaitReads many -> reads.admit(many);
                case HostMessage.Resume resume -> applying.resume(resume.replica);
                case HostMessage.Stop stop -> {
                    if (!moves.stuck(stop.replica, stop.why, now)) {
                        quarantine(stop.replica, stop.why);
                    }
                    applying.resume(stop.replica); // it is not waited for any more
                }
                case HostMessage.Fetched fetched -> fetched(fetched);
                case HostMessage.PeerLost lost -> lost(lost.peer);
                case HostMessage.PeerMet met -> met(met.peer);
                case HostMessage.OfShard shard -> moves.take(shard, now);
                case HostMessage.Propose _, HostMessage.Closed _ ->
                        throw new IllegalStateException("a message of control, got " + message);
            }
        }
    }

    private void step(Message message) {
        long group = message.head().group();
        Replica replica = group > 0 && group < byGroup.length ? byGroup[(int) group] : null;
        if (replica == null || replica.isQuarantined()) {
            parts.metrics().misdirected();
        } else if (message instanceof Message.TimeoutNow && replica.isDamaged) {
            parts.metrics().refusedAppend();
        } else if (message instanceof Message.AppendRequest append
                && !append.entries().isEmpty()
                && (replica.takesNoEntries
                        || parts.flushTrigger().isFull()
                        || !proposing.hasRoom(0))) {
            // Not appended here until something is flushed, or room is made; the leader tries
            // again.
            parts.metrics().refusedAppend();
        } else {
            guard(replica, () -> replica.core.step(now, message));
            touch(replica);
        }
    }

    /// Lets a core do something. An assertion that fails in it stops its group, and no other: what
    /// it says can no longer be trusted, and what it has promised others is on the disk.
    private void guard(Replica replica, Runnable input) {
        try {
            input.run();
        } catch (AssertionError broken) {
            quarantine(replica, broken);
        }
    }

    /// As [#guard], and looks at what comes of it. A group that is stopped gets nothing.
    private void give(Replica replica, Runnable input) {
        if (!replica.isQuarantined()) {
            guard(replica, input);
            touch(replica);
        }
    }

    private void quarantine(Replica replica, Throwable broken) {
        if (replica.isQuarantined()) {
            return;
        }
        LOG.log(
                Level.ERROR,
                "A group cannot go on and is stopped. group=" + replica.group,
                broken);
        replica.quarantine();
        deadlines.set(replica.slot, Long.MAX_VALUE);
        refuseAll(replica, Refusals.quarantined(replica));
    }

    /// Nobody who waits is served.
    private void refuseAll(Replica replica, NoriException reason) {
        reads.refuse(replica, reason);
        proposing.refuse(replica, reason);
        parts.applier()
                .lost(
                        replica.shard,
                        replica.appliedIndex() + 1,
                        new NoriException.Indeterminate(reason.getMessage()));
    }

    private void land(Flight flight) {
        parts.metrics().committed(now.nanos() - flight.beganNanos);
        flight.forEachRecord(
                (replica, record) -> {
                    guard(replica, () -> replica.persisted(now, record, outbox));
                    touch(replica);
                });
        flight.clear();
        flying--;
        idleFlights.add(flight);
    }

    private void fetched(HostMessage.Fetched message) {
        Replica replica = message.replica;
        replica.isFetching = false;
        replica.log.fetched(message.wanted, message.entries);
        guard(replica, () -> replica.core.fetched(now));
        touch(replica);
    }

    private void lost(long peer) {
        for (Replica replica : replicas) {
            if (replica.core.isLeader()) {
                guard(replica, () -> replica.core.unreachable(now, peer));
                touch(replica);
            }
        }
    }

    /// Who should lead a new group asks for it as soon as somebody can answer.
    private void met(long peer) {
        for (Replica replica : replicas) {
            if (replica.shouldBegin(peer)) {
                give(replica, () -> replica.core.campaign(now));
            }
        }
    }

    private void handOver(Replica replica, long heir) {
        guard(replica, () -> replica.core.transfer(now, heir));
        touch(replica);
    }

    private void expire(int slot) {
        Replica replica = replicas.get(slot);
        if (replica.isRebuilding()) {
            deadlines.set(slot, now.nanos() + parts.heartbeatNanos()); // it campaigns not
            return;
        }
        guard(
                replica,
                () -> {
                    replica.core.tick(now);
                    deadlines.set(slot, replica.core.deadlineNanos());
                });
        touch(replica);
    }

    /// Does what the cores want done, but for those whose record the gathering batch has no room
    /// for.
    private void drain() {
        for (int left = dirty.size(); left > 0; left--) {
            Replica replica = dirty.removeFirst();
            replica.isDirty = false;
            if (reads.areFresh(replica) && !replica.isQuarantined()) {
                // Before it is looked at whether there is something to do: this may be all.
                guard(replica, () -> reads.ask(replica, now));
            }
            if (!replica.core.hasReady() || replica.isQuarantined()) {
                reads.release(replica);
            } else if (gathering.fits(
                    replica.core.unrecordedBytes(), replica.core.unrecordedEntries())) {
                guard(replica, () -> drain(replica));
            } else {
                blocked.add(replica);
            }
        }
    }

    private void drain(Replica replica) {
        replica.core.drainReady(ready);
        long leadTerm = replica.leadTerm();
        long leader = replica.leader();
        replica.publish(now);
        parts.metrics().published(replica, leadTerm, leader);
        deadlines.set(replica.slot, replica.core.deadlineNanos());
        send(replica, ready.sendNow());
        if (ready.hasRecord()) {
            gathering.add(replica, ready);
        }
        if (!replica.mustWait(ready.record(), ready.sendAfterPersist())) {
            send(replica, ready.sendAfterPersist());
        }
        if (!ready.committed().isEmpty()) {
            replica.committed(ready.committed());
            moves.committed(replica, ready.committed(), now);
            applying.add(replica);
        }
        if (!ready.grants().isEmpty() || !ready.failedReads().isEmpty()) {
            reads.decided(replica, ready);
        }
        reads.release(replica);
        for (long peer : ready.snapshotsWanted()) {
            moves.wanted(replica, peer, now);
        }
        fetchWanted(replica);
    }

    private void send(Replica replica, List<Message> messages) {
        for (int i = 0; i < messages.size(); i++) {
            outbox.add(replica, messages.get(i), now.wallMillis());
        }
    }

    private void fetchWanted(Replica replica) {
        ReplicaLog.Wanted wanted = replica.log.takeWanted();
        if (wanted.isNothing() || replica.isFetching) {
            return;
        }
        replica.isFetching =
                parts.fetches().offer(
                        () -> {
                            var entries = replica.log.fetch(wanted);
                            tell(new HostMessage.Fetched(replica, wanted, entries));
                        });
        if (!replica.isFetching) {
            // No room in the queue: the next input of this core asks again.
            touch(replica);
        }
    }

    /// Gives the gathered batch to the log, if the log takes one more.
    private void offer() {
        if (gathering.isEmpty() || flying == FLIGHTS_MAX || now.nanos() < offerAtNanos) {
            return;
        }
        gathering.beganNanos = now.nanos();
        switch (parts.log().append(gathering.batch, gathering.done)) {
            case ACCEPTED -> {
                parts.metrics().passed(gathering.entryCount(), gathering.recordCount());
                flying++;
                offerAtNanos = Long.MIN_VALUE;
                gathering = idleFlights.removeFirst();
                proposing.batchLeft();
                blocked.forEach(this::touch);
                blocked.clear();
            }
            case FULL -> offerAtNanos = now.nanos() + FULL_RETRY_NANOS;
            case NO_SPACE -> offerAtNanos = now.nanos() + NO_SPACE_RETRY_NANOS;
            case CLOSED -> offerAtNanos = UNTIL_WOKEN;
        }
    }

    /// Something of `replica` was applied.
    private void moved(Replica replica) {
        guard(replica, () -> replica.publish(now));
        moves.moved(replica, now);
        reads.release(replica);
        touch(replica);
    }

    private boolean isDrained() {
        return flying == 0
                && gathering.isEmpty()
                && proposing.isIdle()
                && applying.isIdle()
                && replicas.stream().allMatch(Replica::isSettled);
    }

    private long nextNanos(long nowNanos) {
        long next = Math.min(applying.nextNanos(nowNanos), reads.nextNanos(nowNanos));
        next = Math.min(next, moves.nextNanos());
        next = Math.min(next, Math.min(deadlines.earliestNanos(), balance.nextNanos()));
        if (!dirty.isEmpty() || proposing.isBlocked() && gathering.isEmpty()) {
            next = nowNanos;
        }
        if (!gathering.isEmpty() && flying < FLIGHTS_MAX) {
            next = Math.min(next, Math.max(nowNanos, offerAtNanos));
        }
        return next;
    }

    /// What proposing does to groups.
    private final class Groups implements Proposing.Groups {
        @Override
        public void touch(Replica replica) {
            Worker.this.touch(replica);
        }

        @Override
        public void broke(Replica replica, AssertionError broken) {
            quarantine(replica, broken);
        }
    }

    private void touch(Replica replica) {
        if (!replica.isDirty) {
            replica.isDirty = true;
            dirty.addLast(replica);
        }
    }

    private void wake() {
        Loop running = loop;
        if (running != null) {
            running.wake();
        }
    }
}
