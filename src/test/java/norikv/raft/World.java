package norikv.raft;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.function.Consumer;
import norikv.bytes.ByteReader;
import norikv.bytes.ByteWriter;
import norikv.bytes.Bytes;
import norikv.domain.NoriException;

/// One seed, one world: replicas, a network that loses, doubles and reorders, disks that forget
/// what was not forced, clocks that drift, all in one thread.
final class World {
    static final long MILLI = 1_000_000;
    private static final boolean TRACE = Boolean.getBoolean("trace");
    private static final long CHAOS_NANOS = 8_000 * MILLI;
    private static final long HEALED_NANOS = 15_000 * MILLI;
    private static final long QUIET_NANOS = 7_000 * MILLI;

    /// A read that was asked for: where, and what was committed then.
    private record Asked(long node, long committed) {}

    private record Event(long atNanos, long order, Runnable action)
            implements Comparable<Event> {
        @Override
        public int compareTo(Event other) {
            int byTime = Long.compare(atNanos, other.atNanos);
            return byTime != 0 ? byTime : Long.compare(order, other.order);
        }
    }

    private final SplittableRandom random;
    private final Faults faults;
    private final boolean cold;
    private final PriorityQueue<Event> events = new PriorityQueue<>();
    private final Map<Long, SimNode> nodes = new TreeMap<>();
    private final Map<Long, double[]> clocks = new HashMap<>();
    private final Map<Long, Long> pausedUntil = new HashMap<>();
    private final Map<Long, LeaseView> leases = new HashMap<>();
    private final Map<Long, Long> tickAt = new HashMap<>();
    private final Set<String> cut = new HashSet<>();
    private final Map<Long, Asked> asked = new HashMap<>();
    private final Oracle oracle = new Oracle();
    private final RaftOptions options;
    private final ByteWriter buffer = new ByteWriter(256);
    private long nowNanos;
    private long order;
    private long tokens;
    private long commands;
    private boolean healed;
    long eventCount;
    long grants;
    long leaseChecks;
    long traceHash = 17;

    World(long seed) {
        random = new SplittableRandom(seed);
        cold = seed % 5 == 0;
        faults = Faults.draw(random);
        options =
                RaftOptions.defaults()
                        .withWindow(
                                1 + random.nextInt(500), 1 + random.nextInt(8), 2000)
                        .withBounds(5000, 1000, 1 + random.nextInt(400), 20);
        int count = faults.nodes();
        int voters = random.nextInt(1, count + 1);
        Members first = ids(1, voters);
        Configuration configuration = Configuration.of(first, ids(voters + 1, count));
        for (long id = 1; id <= count; id++) {
            Consumer<Message> send = this::send;
            nodes.put(id, new SimNode(id, options, configuration, send, random.split()));
            double drift = 1 + faults.drift() * (2 * random.nextDouble() - 1);
            clocks.put(id, new double[] {random.nextLong(1L << 50), drift, 1.7e12, 1});
        }
    }

    long elections() {
        return oracle.elections;
    }

    long committed() {
        return oracle.committed();
    }

    void run() {
        nodes.values().forEach(this::start);
        after(0, this::workload);
        after(0, this::disturb);
        runUntil(CHAOS_NANOS);
        heal();
        runUntil(CHAOS_NANOS + HEALED_NANOS);
        checkAlive();
    }

    private void runUntil(long end) {
        while (!events.isEmpty() && events.peek().atNanos() < end) {
            Event event = events.poll();
            nowNanos = event.atNanos();
            eventCount++;
            event.action().run();
        }
        nowNanos = end;
    }

    private void after(long nanos, Runnable action) {
        events.add(new Event(nowNanos + nanos, order++, action));
    }

    private Now clock(SimNode node) {
        double[] clock = clocks.get(node.id);
        long mono = (long) (clock[0] + nowNanos * clock[1]);
        long wall = (long) (clock[2] + nowNanos * clock[1] / MILLI);
        return new Now(mono, wall);
    }

    /// Does something with a node that is up, then everything that follows at once.
    private void act(SimNode node, Runnable action) {
        if (!node.isUp()) {
            return;
        }
        action.run();
        node.drain();
        if (TRACE) {
            IO.println(Said.trace(nowNanos, node));
        }
        traceHash = traceHash * 31 + node.id;
        traceHash = traceHash * 31 + node.ready.sendNow().size() * 7L + node.raft.term();
        oracle.look(node, nodes);
        coolDown(node);
        leases.put(node.id, node.raft.lease());
        checkLeases();
        node.ready.grants().forEach(this::granted);
        node.ready.failedReads().forEach(asked::remove);
        node.ready.snapshotsWanted().forEach(to -> snapshot(node, to));
        Raft now = node.raft;
        if (!node.pending.isEmpty()) {
            after(random.nextLong(faults.diskNanos()), () -> persist(node, now));
        }
        if (!node.toApply.isEmpty()) {
            after(random.nextLong(MILLI), () -> apply(node, now));
        }
        if (node.installing != null) {
            after(random.nextLong(20 * MILLI), () -> install(node, now));
        }
        scheduleTick(node);
    }

    /// In some worlds entries leave the memory, and are fetched a little later.
    private void coolDown(SimNode node) {
        if (cold && eventCount % 10 == 0 && !node.disk.cold) {
            Raft raft = node.raft;
            node.disk.cold = true;
            after(
                    5 * MILLI,
                    () -> {
                        node.disk.cold = false;
                        if (node.raft == raft) {
                            act(node, () -> raft.fetched(clock(node)));
                        }
                    });
        }
    }

    /// Somebody may read under a lease at any moment, on any node that is not paused.
    private void checkLeases() {
        for (SimNode node : nodes.values()) {
            LeaseView lease = leases.get(node.id);
            boolean reads = node.isUp() && pausedUntil.getOrDefault(node.id, 0L) <= nowNanos;
            if (reads && faults.leaseHolds() && lease != null && lease.validAt(clock(node))) {
                oracle.lease(node, lease);
                leaseChecks++;
            }
        }
    }

    /// Keeps at most one tick of a node on the way that counts: the next one.
    private void scheduleTick(SimNode node) {
        Raft raft = node.raft;
        long deadline = raft.deadlineNanos();
        if (deadline < Long.MAX_VALUE) {
            double ahead = (deadline - clock(node).nanos()) / clocks.get(node.id)[1];
            long at = nowNanos + (long) Math.max(0, ahead) + random.nextLong(1, MILLI);
            long planned = tickAt.getOrDefault(node.id, 0L);
            if (planned <= nowNanos || planned > at) {
                tickAt.put(node.id, at);
                after(at - nowNanos, () -> tick(node, raft, at));
            }
        }
    }

    private void tick(SimNode node, Raft raft, long at) {
        boolean counts = node.raft == raft && tickAt.get(node.id) == at;
        if (counts && awake(node, () -> tick(node, raft, at))) {
            Now now = clock(node);
            if (now.nanos() >= raft.deadlineNanos()) {
                act(node, () -> raft.tick(now));
            } else {
                scheduleTick(node);
            }
        }
    }

    private void persist(SimNode node, Raft raft) {
        if (node.raft == raft
                && !node.pending.isEmpty()
                && awake(node, () -> persist(node, raft))) {
            act(node, () -> node.persist(clock(node)));
        }
    }

    private void apply(SimNode node, Raft raft) {
        if (node.raft == raft
                && !node.toApply.isEmpty()
                && node.installing == null
                && awake(node, () -> apply(node, raft))) {
            act(
                    node,
                    () -> {
                        node.apply(clock(node), entry -> oracle.applied(node, entry));
                        oracle.appliedAll(node);
                    });
            if (random.nextInt(10) == 0) {
                node.flush();
            }
            if (faults.compacts() && random.nextInt(10) == 0) {
                node.disk.compactTo(node.flushed.at().index());
            }
        }
    }

    private void install(SimNode node, Raft raft) {
        if (node.raft == raft && node.installing != null) {
            act(
                    node,
                    () -> {
                        node.install(
                                clock(node), oracle.hashAt(node.installing.at().index()));
                        oracle.installed(node);
                    });
        }
    }

    private boolean awake(SimNode node, Runnable later) {
        long until = pausedUntil.getOrDefault(node.id, 0L);
        if (until > nowNanos) {
            after(until - nowNanos, later);
        }
        return until <= nowNanos;
    }

    private void send(Message message) {
        SimNode from = nodes.get(message.head().from());
        oracle.sent(from, message);
        String link = message.head().from() + ">" + message.head().to();
        boolean lost = cut.contains(link) || !healed && random.nextDouble() < faults.loss();
        if (!lost) {
            deliverLater(message);
        }
        if (!healed && random.nextDouble() < faults.duplicates()) {
            deliverLater(message);
        }
    }

    private void deliverLater(Message message) {
        Message arriving = faults.codec() ? overTheWire(message) : message;
        if (arriving != null) {
            boolean late = !healed && random.nextDouble() < faults.lateness();
            long delay = random.nextLong(late ? 3000 * MILLI : 5 * MILLI);
            after(delay, () -> deliver(arriving));
        }
    }

    private void deliver(Message message) {
        SimNode to = nodes.get(message.head().to());
        if (to != null && to.isUp() && awake(to, () -> deliver(message))) {
            act(to, () -> to.raft.step(clock(to), message));
        }
    }

    /// {@return what comes out of the real codec, null if bytes were broken on the way}
    private Message overTheWire(Message message) {
        buffer.clear();
        MessageCodec.encode(buffer, message);
        byte[] bytes = buffer.toBytes().toByteArray();
        if (!healed && random.nextInt(50) == 0) {
            bytes[random.nextInt(bytes.length)] ^= (byte) (1 << random.nextInt(8));
            try {
                MessageCodec.decode(new ByteReader(bytes, 0, bytes.length));
            } catch (NoriException.Malformed _) {
                // As it should; and where it reads, the checksum of the frame drops it.
            }
            return null;
        }
        Message decoded = MessageCodec.decode(new ByteReader(bytes, 0, bytes.length));
        Oracle.check(decoded.equals(message), "codec: " + message + " became " + decoded);
        return decoded;
    }

    private void snapshot(SimNode from, long to) {
        Raft raft = from.raft;
        after(random.nextLong(10 * MILLI), () -> {
            if (from.raft == raft) {
                act(from, () -> sendSnapshot(from, to));
            }
        });
    }

    private void sendSnapshot(SimNode from, long to) {
        var message = from.raft.snapshotMade(clock(from), to, from.applied);
        boolean sent = message.isPresent() && (healed || random.nextInt(4) > 0);
        if (sent) {
            send(message.get());
        }
        from.raft.snapshotOutcome(clock(from), to, sent);
    }

    private void granted(Ready.ReadGrant grant) {
        Asked read = asked.remove(grant.token());
        Oracle.check(read != null, "granted twice, or never asked: " + grant);
        oracle.granted(grant.index(), read.committed());
        grants++;
    }

    private void workload() {
        if (nowNanos > CHAOS_NANOS + HEALED_NANOS - QUIET_NANOS) {
            return;
        }
        SimNode node = anyNode();
        if (node.isUp()) {
            act(node, () -> operation(node));
        }
        long pace = healed ? 500 * MILLI : faults.operationNanos();
        after(random.nextLong(pace), this::workload);
    }

    private void operation(SimNode node) {
        Now now = clock(node);
        Raft raft = node.raft;
        int choice = random.nextInt(100);
        if (choice < 60) {
            Bytes command = Bytes.utf8("c" + commands++);
            boolean twice = random.nextInt(4) == 0;
            raft.propose(now, twice ? List.of(command, command) : List.of(command));
        } else if (choice < 90) {
            long token = ++tokens;
            long committed = oracle.committed();
            if (raft.readIndex(now, token).isEmpty()) {
                asked.put(token, new Asked(node.id, committed));
            }
        } else if (choice < 93 && faults.changes()) {
            raft.transfer(now, anyNode().id);
        } else if (choice < 98 && faults.changes()) {
            reconfigure(raft, now);
        } else {
            raft.unreachable(now, anyNode().id);
        }
    }

    private void reconfigure(Raft raft, Now now) {
        Members voters = Members.NONE;
        Members learners = Members.NONE;
        for (long id : nodes.keySet()) {
            int part = random.nextInt(5);
            voters = part < 3 ? voters.plus(Members.of(id)) : voters;
            learners = part == 3 ? learners.plus(Members.of(id)) : learners;
        }
        Configuration current = raft.status().configuration();
        if (random.nextBoolean()) {
            learners = current.learners();
            voters = current.voters().plus(learners);
            learners = Members.NONE;
        }
        if (!voters.isEmpty()) {
            raft.reconfigure(
                    now,
                    Configuration.of(voters, learners),
                    raft.status().configurationIndex());
        }
    }

    private void disturb() {
        if (healed) {
            return;
        }
        SimNode node = anyNode();
        switch (faults.draw(random, 7)) {
            case 0 -> crash(node);
            case 1 -> {
                if (!node.isUp()) {
                    start(node);
                }
            }
            case 2 -> partition();
            case 3 -> cut.clear();
            case 4 ->
                    pausedUntil.put(
                            node.id, nowNanos + random.nextLong(faults.pauseNanos()));
            case 5 -> clocks.get(node.id)[2] += random.nextLong(-3_600_000, 3_600_000);
            case 6 -> suspend(node);
            default -> {}
        }
        after(random.nextLong(faults.disturbNanos()), this::disturb);
    }

    /// The machine stops, its monotonic clock with it; the wall clock goes on.
    private void suspend(SimNode node) {
        long nanos = random.nextLong(faults.pauseNanos());
        pausedUntil.put(node.id, nowNanos + nanos);
        clocks.get(node.id)[0] -= nanos * clocks.get(node.id)[1];
    }

    private void partition() {
        cut.clear();
        boolean oneWay = random.nextBoolean();
        long side = random.nextLong(1L << nodes.size() + 1);
        for (long a : nodes.keySet()) {
            for (long b : nodes.keySet()) {
                boolean apart = (side >> a & 1) != (side >> b & 1);
                if (apart && (!oneWay || a < b)) {
                    cut.add(a + ">" + b);
                }
            }
        }
    }

    private void crash(SimNode node) {
        if (node.isUp()) {
            node.crash();
            leases.remove(node.id);
            tickAt.remove(node.id);
            asked.values().removeIf(read -> read.node() == node.id);
            oracle.crashed(node);
        }
    }

    private void start(SimNode node) {
        node.start(clock(node));
        act(node, () -> {});
    }

    private SimNode anyNode() {
        return nodes.get(1 + random.nextLong(nodes.size()));
    }

    private void heal() {
        healed = true;
        cut.clear();
        pausedUntil.clear();
        nodes.values().stream().filter(node -> !node.isUp()).forEach(this::start);
    }

    /// A while after everything is well again there is one leader, and all have the same.
    private void checkAlive() {
        List<SimNode> leaders =
                nodes.values().stream().filter(node -> node.raft.isLeader()).toList();
        Oracle.check(!leaders.isEmpty(), "no leader: " + nodes.values().stream()
                .map(node -> node.raft.status().toString()).toList());
        SimNode leader = leaders.getLast();
        for (SimNode each : leaders) {
            leader = each.raft.term() > leader.raft.term() ? each : leader;
        }
        Status status = leader.raft.status();
        Oracle.check(!status.configuration().isJoint(), "stuck in joint: " + status);
        Oracle.check(status.commit() == status.last().index(), "not committed: " + status);
        for (Status.FollowerStatus follower : status.followers()) {
            Status theirs = nodes.get(follower.id()).raft.status();
            Oracle.check(
                    theirs.applied() == status.last().index(),
                    "left behind: " + theirs + " " + status);
        }
        Oracle.check(asked.isEmpty(), "reads never answered: " + asked);
    }

    private static Members ids(int from, int to) {
        return Members.of(java.util.stream.LongStream.rangeClosed(from, to).toArray());
    }
}
