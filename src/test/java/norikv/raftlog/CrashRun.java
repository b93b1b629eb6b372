package norikv.raftlog;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.stream.Stream;
import norikv.bytes.Bytes;
import norikv.disk.SimDisk;
import norikv.disk.SimFault;
import norikv.domain.NoriException;
import norikv.observe.Event;
import norikv.observe.Meter;
import norikv.raftlog.RaftModel.Group;
import norikv.raftlog.RaftModel.Op;
import norikv.wal.WalOptions;
import norikv.work.SeededLoops;
import norikv.work.SeededNode;

/// One life of a disk under one seed: a log is written, read, flushed, closed, crashed at any call,
/// also while it is opened, and compared with [RaftModel] each time it comes back.
///
/// After a crash the log must be what some prefix of the batches says that holds every acknowledged
/// one: all groups at the same prefix, because a log has one order.
final class CrashRun {
    private static final List<Integer> GROUPS = List.of(0, 1, 2, 7, 1024, 65_536);
    private static final long STEPS_MAX = 1_000_000;
    private static final int SEGMENT_BYTES = 16 << 10;

    private final long seed;
    private final SplittableRandom random;
    private final SeededLoops loops;
    private final RaftLogOptions options;
    private final ArrayDeque<List<Op>> pending = new ArrayDeque<>();
    private final ArrayDeque<LogBatch> spareBatches = new ArrayDeque<>();
    private final List<Throwable> faults = new ArrayList<>();

    /// What the owner has elsewhere; survives everything.
    private final TreeMap<Integer, Long> flushed = new TreeMap<>();

    private SimDisk disk;
    private SeededNode node;
    private RaftLog log;

    /// What is acknowledged, and what will be when all that was accepted is.
    private RaftModel durable = new RaftModel();

    private RaftModel ahead = new RaftModel();
    private boolean faultsExpected;
    private long payloads;
    private int tablets;

    // What happened, for those who ask whether the run is worth something.
    int crashes;
    int crashesWhileOpening;
    int acknowledged;
    int lost;
    int recycled;
    int refusals;
    int fatalFaults;

    CrashRun(long seed) {
        this.seed = seed;
        this.random = new SplittableRandom(seed);
        this.loops = new SeededLoops(seed);
        this.disk = new SimDisk(seed);
        var wal =
                WalOptions.defaults(seed)
                        .withSegmentBytes(SEGMENT_BYTES)
                        .withCacheBytes(random.nextInt(3) * 10_000);
        this.options =
                new RaftLogOptions(
                        wal,
                        random.nextInt(3) * (long) SEGMENT_BYTES,
                        new RaftLogOptions.Pinned(
                                (1 + random.nextInt(5)) * (long) SEGMENT_BYTES, 0));
        if (random.nextInt(4) == 0) {
            disk.setTotalBytes(SEGMENT_BYTES * (3L + random.nextInt(3)));
        }
    }

    void run(int rounds) {
        open();
        for (int round = 0; round < rounds; round++) {
            if (random.nextInt(5) > 0) {
                disk.crashAfter(1 + random.nextInt(random.nextBoolean() ? 20 : 120));
            } else if (random.nextInt(3) == 0) {
                injectOneFault();
            }
            live();
            if (random.nextInt(8) == 0 && !disk.hasCrashed() && faults.isEmpty()) {
                closeAndOpen();
            } else {
                crashAndOpen();
            }
        }
        finish();
    }

    private void injectOneFault() {
        SimFault fault =
                switch (random.nextInt(3)) {
                    case 0 -> new SimFault.Broken();
                    case 1 -> new SimFault.NoSpace();
                    default -> new SimFault.ShortWrite();
                };
        faultsExpected = true;
        int n = 1 + random.nextInt(40);
        disk.inject(SimFault.nth(n, call -> call.op().changes()), fault);
    }

    /// Does random things until the disk crashes, a fault is reported, or enough was done.
    private void live() {
        int actions = 10 + random.nextInt(50);
        try {
            if (random.nextInt(3) == 0) {
                flush(); // before the loops have made the next segment
            }
            for (int i = 0; i < actions && !disk.hasCrashed() && faults.isEmpty(); i++) {
                act();
            }
        } catch (SimDisk.Crashed _) {
            assertTrue(disk.hasCrashed());
        }
        for (Throwable fault : faults) {
            boolean expected = fault instanceof SimDisk.Crashed || faultsExpected;
            assertTrue(expected, () -> describe("fault " + fault));
            fatalFaults += fault instanceof SimDisk.Crashed ? 0 : 1;
        }
    }

    private void act() {
        switch (random.nextInt(12)) {
            case 0, 1, 2, 3, 4, 5 -> append();
            case 6, 7 -> loops.runUntil(() -> false, 1 + random.nextInt(6));
            case 8 -> assertTrue(loops.runUntilIdle(STEPS_MAX));
            case 9, 10 -> flush();
            default -> read();
        }
    }

    private void append() {
        List<Op> ops = new ArrayList<>();
        RaftModel after = ahead.copy();
        for (int i = 1 + random.nextInt(4); i > 0; i--) {
            List<Op> more = nextOps(GROUPS.get(random.nextInt(GROUPS.size())), after, ops);
            after.apply(more);
            ops.addAll(more);
        }
        LogBatch batch = spareBatches.isEmpty() ? log.newBatch() : spareBatches.poll();
        batch.clear();
        if (ops.isEmpty() || !RaftModel.fill(batch, ops)) {
            spareBatches.add(batch);
            return;
        }
        RaftLog.Verdict verdict = log.append(batch, () -> acknowledge(batch, ops));
        if (verdict == RaftLog.Verdict.ACCEPTED) {
            pending.add(ops);
            ahead = after;
        } else {
            assertEquals(RaftLog.Verdict.NO_SPACE, verdict, () -> describe("refused"));
            refusals++;
            spareBatches.add(batch);
            flush();
            assertTrue(loops.runUntilIdle(STEPS_MAX));
        }
    }

    private void acknowledge(LogBatch batch, List<Op> ops) {
        assertEquals(List.of(), faults, () -> describe("acknowledged after a fault"));
        assertFalse(disk.hasCrashed(), () -> describe("acknowledged after the crash"));
        assertEquals(pending.poll(), ops, () -> describe("order"));
        durable.apply(ops);
        acknowledged++;
        beginAnew(ops);
        int group = ops.getLast().group();
        assertEquals(durable.of(group).last(), log.lastIndex(group), () -> describe("visible"));
        spareBatches.add(batch);
    }

    /// The owner has nothing of a group that was buried, and what was restored.
    private void beginAnew(List<Op> ops) {
        for (Op op : ops) {
            switch (op) {
                case Op.Bury(int group) -> flushed.remove(group);
                case Op.Restore(int group, long index, _) -> flushed.put(group, index);
                case Op.Begin(int group, var intent) ->
                        flushed.computeIfPresent(group, (_, i) -> Math.min(i, intent.index()));
                case Op.SetHardState _, Op.Append _, Op.Compact _, Op.Done _, Op.Abort _ -> {}
            }
        }
    }

    private List<Op> nextOps(int number, RaftModel model, List<Op> ops) {
        Group group = model.of(number);
        HardState now = group.hardState;
        long lastTerm = group.term(group.last());
        int dice = random.nextInt(40);
        if (dice == 0) {
            return List.of(new Op.Bury(number));
        }
        if (group.intent.isOpen()) {
            boolean isDurable = durable.of(number).intent.equals(group.intent);
            return dice < 8 && isDurable
                    ? endOps(number, group)
                    : List.of(higherTerm(number, group));
        }
        if (dice >= 36 && !renewed(number, ops)) {
            return beginOps(number, group.baseIndex);
        }
        if (dice == 1) {
            long index = Math.max(now.commit(), group.last()) + random.nextInt(4);
            long term = Math.max(now.term(), lastTerm);
            var state = new HardState(term, now.vote(), Math.max(index, now.commit()));
            return List.of(new Op.Restore(number, index, term), new Op.SetHardState(number, state));
        }
        if (dice < 4 && !renewed(number, ops)) {
            Group old = durable.of(number);
            long most = Math.min(old.hardState.commit(), old.last());
            long index = old.baseIndex + random.nextLong(Math.max(1, most - old.baseIndex + 1));
            return List.of(new Op.Compact(number, index, old.term(index)));
        }
        return dice < 12
                ? List.of(higherTerm(number, group))
                : appendOps(number, group, dice < 16);
    }

    private Op higherTerm(int number, Group group) {
        HardState now = group.hardState;
        long commit = now.commit() + random.nextLong(group.last() - now.commit() + 1);
        var state = new HardState(now.term() + 1, 1 + random.nextInt(3), commit);
        return new Op.SetHardState(number, state);
    }

    /// A snapshot of what is committed, or of what is beyond the log.
    private List<Op> beginOps(int number, long dropped) {
        Group old = durable.of(number);
        long least = Math.max(1, log.firstIndex(number) - 1);
        long most = Math.max(least, Math.min(old.hardState.commit(), old.last())) + 3;
        long index = least + random.nextLong(most - least + 1);
        long known = old.term(index);
        long term = known != 0 ? known : Math.max(old.hardState.term(), old.term(old.last()));
        return index < dropped
                ? List.of()
                : List.of(new Op.Begin(number, new Intent(index, term, ++tablets)));
    }

    private List<Op> endOps(int number, Group group) {
        Intent intent = group.intent;
        HardState now = group.hardState;
        boolean keeps = intent.term() != 0 && group.term(intent.index()) == intent.term();
        if (random.nextBoolean() || !keeps && intent.index() < now.commit()) {
            return List.of(new Op.Abort(number, intent.tablet()));
        }
        long commit = Math.max(now.commit(), intent.index());
        long term = Math.max(now.term(), intent.term());
        long vote = term == now.term() ? now.vote() : 0;
        return List.of(
                new Op.Done(number, intent.tablet()),
                keeps
                        ? new Op.Compact(number, intent.index(), intent.term())
                        : new Op.Restore(number, intent.index(), intent.term()),
                new Op.SetHardState(number, new HardState(term, vote, commit)));
    }

    private List<Op> appendOps(int number, Group group, boolean overwrite) {
        HardState now = group.hardState;
        long previous = group.last();
        long term = Math.max(1, now.term());
        if (overwrite) {
            term++;
            long least = Math.max(now.commit(), group.baseIndex);
            previous = least + random.nextLong(previous - least + 1);
        }
        long previousTerm = group.term(previous);
        List<LogEntry> entries = new ArrayList<>();
        int count = 1 + random.nextInt(4);
        for (int i = 1; i <= count; i++) {
            int length = random.nextInt(random.nextInt(6) == 0 ? 2500 : 60);
            entries.add(new LogEntry(previous + i, term, payloads, i, payload(length)));
        }
        long vote = term == now.term() ? now.vote() : 0;
        long commit = now.commit() + random.nextLong(previous + count - now.commit() + 1);
        return List.of(
                new Op.SetHardState(number, new HardState(term, vote, now.commit())),
                new Op.Append(number, previous, previousTerm, entries),
                new Op.SetHardState(number, new HardState(term, vote, commit)));
    }

    /// Never the same twice, so that an entry from another place is seen.
    private Bytes payload(int length) {
        payloads++;
        byte[] bytes = new byte[length];
        for (int i = 0; i < length; i++) {
            bytes[i] = (byte) (payloads >>> 8 * (i % 4));
        }
        return Bytes.wrap(bytes);
    }

    /// The owner makes the effects of some committed entries durable and says so.
    private void flush() {
        for (int number : GROUPS) {
            Group group = durable.of(number);
            long most = Math.min(group.last(), group.hardState.commit());
            long old = flushed.getOrDefault(number, 0L);
            if (group.intent.isOpen()) {
                flushed.put(number, Math.max(old, Math.min(most, group.intent.index())));
            } else if (!renewed(number, List.of()) && most > old) {
                boolean all = random.nextBoolean();
                flushed.put(number, all ? most : old + random.nextLong(most - old + 1));
            }
        }
        long first = oldestSegment();
        log.flushed(this::flushedOf);
        loops.runUntil(() -> false, 3);
        recycled += (int) (oldestSegment() - first);
    }

    /// What an owner says whose state is being replaced matters up to the snapshot's place.
    private long flushedOf(long group) {
        Group known = durable.of((int) group);
        return known.intent.isOpen()
                ? Math.min(known.last(), known.hardState.commit())
                : flushed.getOrDefault((int) group, 0L);
    }

    /// {@return whether a group's log is about to begin anew, or to be replaced}
    private boolean renewed(int number, List<Op> more) {
        return Stream.concat(pending.stream().flatMap(List::stream), more.stream())
                .filter(op -> op.group() == number)
                .anyMatch(
                        op ->
                                op instanceof Op.Bury
                                        || op instanceof Op.Restore
                                        || op instanceof Op.Begin);
    }

    private long oldestSegment() {
        return disk.list("log").stream()
                .filter(name -> name.endsWith(".log"))
                .mapToLong(name -> Long.parseLong(name.substring(0, 6)))
                .min()
                .orElse(0);
    }

    private void read() {
        int number = GROUPS.get(random.nextInt(GROUPS.size()));
        Group group = durable.of(number);
        long first = log.firstIndex(number);
        if (group.last() >= first) {
            long from = first + random.nextLong(group.last() - first + 1);
            List<LogEntry> found = log.entries(number, from, random.nextInt(5000));
            assertFalse(found.isEmpty(), () -> describe("read"));
            List<LogEntry> expected =
                    group.entries.tailMap(from, true).values().stream()
                            .limit(found.size())
                            .toList();
            assertEquals(expected, found, () -> describe("read"));
            assertEquals(group.term(from), log.term(number, from));
        }
    }

    private void closeAndOpen() {
        log.close();
        boolean room = disk.totalBytes() == SimDisk.TOTAL_BYTES;
        if (room && faults.isEmpty() && !disk.hasCrashed()) {
            assertTrue(pending.isEmpty(), () -> describe("closed with pending"));
        }
        node.kill();
        reopen(List.copyOf(pending));
    }

    private void crashAndOpen() {
        node.kill();
        crashes++;
        disk = disk.crash(random.nextLong());
        reopen(List.copyOf(pending));
    }

    /// Opens, perhaps after crashes while opening, and finds out which batches survived.
    private void reopen(List<List<Op>> maybe) {
        while (true) {
            if (random.nextInt(5) < 2) {
                disk.crashAfter(1 + random.nextInt(8));
            }
            try {
                open();
                break;
            } catch (SimDisk.Crashed _) {
                node.kill();
                crashesWhileOpening++;
                disk = disk.crash(random.nextLong());
            } catch (NoriException.DiskFailure e) {
                assertTrue(faultsExpected, () -> describe(e.toString()));
                node.kill();
                fatalFaults++;
                disk = disk.crash(random.nextLong());
            }
        }
        faultsExpected = false;
        disk.heal();
        RaftModel model = durable.copy();
        List<String> first = model.differences(log, GROUPS, flushed);
        List<String> differences = first;
        int survived = 0;
        while (!differences.isEmpty() && survived < maybe.size()) {
            model.apply(maybe.get(survived++));
            differences = model.differences(log, GROUPS, flushed);
        }
        if (!differences.isEmpty()) {
            throw new AssertionError(
                    describe(
                            "no prefix fits: acknowledged %s, all %s"
                                    .formatted(first, differences)));
        }
        lost += maybe.size() - survived;
        maybe.subList(0, survived).forEach(this::beginAnew);
        adopt(model);
    }

    private void adopt(RaftModel model) {
        long entries = 0;
        for (int number : GROUPS) {
            Group group = model.of(number);
            group.moveBase(log.firstIndex(number) - 1);
            entries += group.last() - group.baseIndex;
        }
        assertEquals(entries, log.unflushedEntries(), () -> describe("unflushed"));
        pending.clear();
        spareBatches.clear();
        durable = model;
        ahead = model.copy();
        ahead.groups.forEach((number, group) -> forgetFlushed(number, group));
    }

    /// The owner drops what a lost restore had brought: a host would restore again.
    private void forgetFlushed(int number, Group group) {
        flushed.computeIfPresent(number, (_, index) -> Math.min(index, group.last()));
    }

    private void open() {
        faults.clear();
        node = loops.node("node", (_, cause) -> faults.add(cause));
        log =
                RaftLog.open(
                        disk,
                        "log",
                        options,
                        node,
                        Meter.NONE,
                        Event.Sink.NONE,
                        (_, cause) -> faults.add(cause));
    }

    /// In the end everything works as if nothing had happened.
    private void finish() {
        disk.crashAfter(Long.MAX_VALUE / 2);
        disk.heal();
        disk.setTotalBytes(SimDisk.TOTAL_BYTES);
        crashAndOpenQuietly();
        loops.advance(2_000_000_000L);
        for (int i = 0; i < 5; i++) {
            append();
        }
        assertTrue(loops.runUntilIdle(STEPS_MAX));
        assertTrue(pending.isEmpty(), () -> describe("pending"));
        log.close();
        node.kill();
        open();
        assertEquals(List.of(), durable.differences(log, GROUPS, flushed), () -> describe("end"));
        assertEquals(List.of(), faults);
    }

    private void crashAndOpenQuietly() {
        List<List<Op>> maybe = List.copyOf(pending);
        node.kill();
        disk = disk.crash(random.nextLong());
        faultsExpected = false;
        open();
        RaftModel model = durable.copy();
        int survived = 0;
        while (!model.differences(log, GROUPS, flushed).isEmpty()) {
            assertTrue(survived < maybe.size(), () -> describe("no prefix fits"));
            beginAnew(maybe.get(survived));
            model.apply(maybe.get(survived++));
        }
        adopt(model);
    }

    private String describe(String what) {
        return "-Dseed=%d: %s; %s".formatted(seed, what, loops.describe());
    }
}
