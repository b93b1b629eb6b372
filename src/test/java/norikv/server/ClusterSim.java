package norikv.server;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import norikv.bytes.Bytes;
import norikv.disk.SimDisk;
import norikv.domain.Consistency;
import norikv.domain.NodeId;
import norikv.domain.NoriException;
import norikv.domain.Placement;
import norikv.domain.Precondition;
import norikv.domain.Reply;
import norikv.domain.Request;
import norikv.domain.ShardId;
import norikv.domain.Version;
import norikv.history.Call;
import norikv.history.HistoryReport;
import norikv.history.Operation;
import norikv.history.Outcome;
import norikv.history.StalePromise;
import norikv.history.Verdict;
import norikv.lsm.Gauges;
import norikv.observe.Event;
import norikv.port.KeyValue;
import norikv.work.SeededLoops;
import norikv.work.SeededNode;

/// A whole cluster below its sockets on one thread, one seed and simulated disks, clocks and links:
/// the production host, shared log, key-value service and storage.
///
/// Clients ask any node; nodes crash at any call of their disk and come back, links break, clocks
/// run apart. What clients saw must be linearizable; after healing everything must work again and
/// all replicas must hold the same.
final class ClusterSim {
    static final long LOG_SALT = 77;
    private static final int KEYS = 6;
    private static final long STEPS_MAX = 30_000_000;
    private static final long SECOND = 1_000_000_000L;
    private static final long DEADLINE_NANOS = 5 * SECOND;

    final Random random;
    final SeededLoops driver;
    final List<Operation> history = new ArrayList<>();
    int crashes, leaderships;
    final CheckWitness checks = new CheckWitness();

    /// The most log that a node had.
    long logBytesMost;
    /// Hears of every node's.
    Event.Sink events = Event.Sink.NONE;

    final SimNetwork network;
    final CallWatch watch;
    private final ClusterShape shape;
    final Stack.Options options;
    final Placement placement;
    final List<Member> members = new ArrayList<>();

    /// What else happens in every step of [#run(int)].
    Runnable meanwhile = () -> {};
    private long processes;
    private boolean mayFail = true;
    private int values;

    /// One node, life after life.
    final class Member {
        final NodeId id;
        SimDisk disk;
        SeededNode node;
        int life;
        Gauges gauges;

        /// When it went on, after it had been stopped.
        long resumedNanos = Long.MIN_VALUE;

        /// Null while it is down.
        Stack stack;

        /// The shards it led when it was last looked at.
        final Set<Integer> led = new HashSet<>();

        boolean isUp() {
            return stack != null && !node.isPaused();
        }

        final List<String> faults = new ArrayList<>();

        Member(NodeId id, long seed) {
            this.id = id;
            this.disk = new SimDisk(seed);
        }

        void start() {
            faults.clear();
            gauges = new Gauges();
            node =
                    driver.node(
                            id + "." + life++,
                            (where, cause) -> faults.add(where + ": " + cause));
            node.jumpWallMillis(driver.nowNanos() / 1_000_000 + random.nextInt(400) - 200);
            try {
                stack =
                        Stack.open(
                                new Stack.Environment(
                                        disk,
                                        node,
                                        (where, cause) -> faults.add(where + ": " + cause),
                                        gauges,
                                        event -> checks.heard(event, events),
                                        () -> new Reply.Status(Map.of(), List.of(), Map.of()),
                                        new Stack.Member(
                                                "sim",
                                                placement,
                                                id,
                                                network.of(id),
                                                LOG_SALT,
                                                new SplittableRandom(random.nextLong()))),
                                options);
            } catch (SimDisk.Crashed _) {
                crash();
            }
        }

        void crash() {
            crashes++;
            node.kill();
            network.leave(id);
            disk.crashNow();
            disk.unmapAll();
            disk = disk.crash(random.nextLong());
            stack = null;
        }

        /// Ends a life that its disk, or a fault, has ended.
        void bury() {
            if (stack != null && (disk.hasCrashed() || !faults.isEmpty())) {
                // Those after the first meet what it left half done.
                boolean isCrash = faults.isEmpty() || faults.getFirst().contains("rashed");
                assertTrue(isCrash, faults::toString);
                crash();
            }
        }
    }

    ClusterSim(long seed) {
        this(seed, ClusterShape.LONG_LOGS);
    }

    ClusterSim(long seed, ClusterShape shape) {
        this(seed, shape, 0, 0);
    }

    /// @param shards how many, and how many nodes; 0: any small number
    ClusterSim(long seed, ClusterShape shape, int shards, int nodesWanted) {
        random = new Random(seed);
        driver = new SeededLoops(seed);
        network = new SimNetwork(driver, random);
        watch = new CallWatch(driver);
        this.shape = shape;
        options = shape.options(random, shards);
        network.streamLossPerMille = shape.streamLossPerMille;
        int few = random.nextInt(4) == 0 ? 5 : 3;
        var numbers = IntStream.rangeClosed(1, nodesWanted == 0 ? few : nodesWanted);
        List<NodeId> ids = numbers.mapToObj(i -> new NodeId("n" + i)).toList();
        placement = Placement.over(ids, options.sharding().totalShards(), 3);
        ids.forEach(id -> members.add(new Member(id, random.nextLong())));
    }

    void start() {
        members.forEach(Member::start);
    }

    /// Lets clients and faults go on for `seconds` of the simulated clock.
    void run(int seconds) {
        network.lossPerMille = random.nextInt(3) == 0 ? 1 + random.nextInt(20) : 0;
        long end = driver.nowNanos() + seconds * SECOND;
        while (driver.nowNanos() < end) {
            driver.advance(random.nextLong(random.nextBoolean() ? 2_000_000 : 60_000_000));
            members.forEach(Member::bury);
            watch.check();
            members.forEach(this::checkLog);
            members.forEach(this::askNewLeader);
            meanwhile.run();
            for (int i = random.nextInt(4); i > 0; i--) {
                ask();
            }
            if (random.nextInt(40) == 0) {
                fault();
            }
        }
    }

    /// R4: the log of a node has a bound.
    private void checkLog(Member member) {
        if (member.stack != null) {
            long bytes = ClusterShape.logBytes(member.disk);
            logBytesMost = Math.max(logBytesMost, bytes);
            assertTrue(
                    bytes <= shape.logBytesMax(),
                    () -> "R4: %d bytes of log at %s".formatted(bytes, member.id));
        }
    }

    /// Stops a node, flips bits in every table of it, and starts it again.
    ///
    /// @return how many tables there were
    int rot(int number) {
        Member victim = members.get(number);
        resume(victim);
        if (victim.stack != null) {
            victim.crash();
        }
        int tables = Shards.rot(victim.disk);
        victim.start();
        return tables;
    }

    /// Ends all faults, and waits until every shard can be written.
    void heal() {
        mayFail = false;
        network.heal();
        network.lossPerMille = 0;
        for (Member member : members) {
            resume(member);
            member.bury();
            if (member.stack == null) {
                member.disk.crashAfter(Long.MAX_VALUE / 2);
                member.start();
            }
            member.disk.crashAfter(Long.MAX_VALUE / 2);
        }
        for (int shard = 0; shard < placement.totalShards(); shard++) {
            write(shard);
        }
        driver.advance(2 * DEADLINE_NANOS);
        watch.check();
    }

    /// What clients saw can be explained, and all replicas hold the same.
    void check() {
        for (int key = 0; key < KEYS; key++) {
            readUntilAnswered(key);
        }
        Verdict verdict = HistoryReport.of(history, StalePromise.NONE).verdict();
        assertTrue(!verdict.isBroken(), verdict::toString);
        driver.advance(20 * SECOND);
        watch.check();
        checks.requireAgreement();
        var quiet = new ClusterChecks(this);
        quiet.leaders();
        for (int key = 0; key < KEYS; key++) {
            quiet.replicas(Bytes.utf8("k" + key));
        }
        quiet.shards();
        quiet.nodes();
    }

    private void fault() {
        Member victim = members.get(random.nextInt(members.size()));
        switch (random.nextInt(12)) {
            case 0, 1 -> {
                if (victim.stack != null) {
                    victim.crash();
                }
            }
            case 2 -> victim.disk.crashAfter(1 + random.nextInt(200));
            case 3 -> isolate(victim);
            case 4 -> {
                Member other = members.get(random.nextInt(members.size()));
                network.cut(victim.id, other.id);
            }
            case 5 -> network.heal();
            case 6 -> {
                if (victim.node.isAlive()) {
                    victim.node.driftWall(random.nextInt(8_000) - 4_000);
                }
            }
            case 7 -> {
                if (victim.isUp()) {
                    victim.node.pause();
                }
            }
            case 8, 9 -> members.forEach(this::resume);
            default -> {
                for (Member member : members) {
                    if (member.stack == null) {
                        member.start();
                    }
                }
            }
        }
    }

    /// Who was stopped is asked before it has seen that time went on.
    private void resume(Member member) {
        if (member.stack != null && member.node.isPaused()) {
            member.node.resume();
            member.resumedNanos = driver.nowNanos();
            readAll(member);
        }
    }

    private void isolate(Member victim) {
        for (Member other : members) {
            if (other != victim) {
                network.cut(victim.id, other.id);
                network.cut(other.id, victim.id);
            }
        }
    }

    /// Whoever leads since a moment ago is asked at once: it may not know all yet.
    private void askNewLeader(Member member) {
        for (int shard = 0; shard < placement.totalShards(); shard++) {
            boolean leads =
                    member.isUp()
                            && member.stack
                                    .leader(new ShardId(shard))
                                    .equals(Optional.of(member.id));
            if (leads && !member.led.contains(shard)) {
                leaderships++;
                readAll(member);
            }
            if (leads) {
                member.led.add(shard);
            } else {
                member.led.remove(shard);
            }
        }
    }

    private void readAll(Member member) {
        for (int key = 0; key < KEYS; key++) {
            var consistency =
                    random.nextBoolean() ? Consistency.LINEARIZABLE : Consistency.LEASE;
            submit(member, Bytes.utf8("k" + key), new Call.Get(consistency));
        }
    }

    private void ask() {
        Bytes key = Bytes.utf8("k" + random.nextInt(KEYS));
        String padding = "x".repeat(random.nextInt(shape.paddingBytesMax));
        Bytes value = Bytes.utf8("v" + values++ + padding);
        var consistency =
                switch (random.nextInt(3)) {
                    case 0 -> Consistency.LINEARIZABLE;
                    case 1 -> Consistency.LEASE;
                    default -> Consistency.STALE;
                };
        Call call =
                switch (random.nextInt(8)) {
                    case 0, 1, 2 -> new Call.Get(consistency);
                    case 3 -> new Call.Delete(Precondition.NONE);
                    case 4 -> new Call.Put(value, anyCondition(key));
                    default -> new Call.Put(value, Precondition.NONE);
                };
        Optional<Member> target = target(key);
        target.ifPresent(member -> submit(member, key, call));
    }

    private Precondition anyCondition(Bytes key) {
        for (Operation operation : history.reversed()) {
            if (operation.key().equals(key)
                    && operation.outcome() instanceof Outcome.Written(Version at)) {
                return new Precondition.IfVersion(at);
            }
        }
        return Precondition.IF_ABSENT;
    }

    /// {@return whom a client would ask: mostly the leader, sometimes anybody}
    Optional<Member> target(Bytes key) {
        List<Member> up = members.stream().filter(Member::isUp).toList();
        if (up.isEmpty()) {
            return Optional.empty();
        }
        Member any = up.get(random.nextInt(up.size()));
        Optional<Member> leader =
                any.stack
                        .leader(options.sharding().shardOf(key))
                        .map(this::member)
                        .filter(Member::isUp);
        return random.nextInt(5) == 0 ? Optional.of(any) : leader.or(() -> Optional.of(any));
    }

    Member member(NodeId id) {
        return members.stream().filter(m -> m.id.equals(id)).findFirst().orElseThrow();
    }

    private void submit(Member member, Bytes key, Call call) {
        long began = driver.nowNanos();
        long process = processes++;
        int at = history.size();
        // Who never answers may have done it.
        Outcome lost = call.isWrite() ? Outcome.INDETERMINATE : Outcome.DEFINITE;
        history.add(new Operation(process, key, call, began, Long.MAX_VALUE / 2, lost));
        ask(
                member,
                request(key, call),
                began + DEADLINE_NANOS,
                reply -> {
                    var ended = driver.nowNanos();
                    var outcome = Outcome.of(reply);
                    history.set(at, new Operation(process, key, call, began, ended, outcome));
                    answered(member, reply);
                });
    }

    /// Asks a node, which must answer while it lives.
    ///
    /// @param then hears of the answer, if it comes in this life of the node
    void ask(Member member, Request request, long deadlineNanos, Consumer<Reply> then) {
        KeyValue.Answer answer = watch.asked(member, deadlineNanos, request, then);
        member.stack.keyValue().submit(request, deadlineNanos, answer);
    }

    /// Now and then a leader is cut off right after it answered, before others hear what is
    /// committed.
    private void answered(Member member, Reply reply) {
        if (mayFail && reply instanceof Reply.Written && random.nextInt(100) == 0) {
            isolate(member);
        }
    }

    private static Request request(Bytes key, Call call) {
        return switch (call) {
            case Call.Get get -> new Request.Get(key, get.consistency());
            case Call.Put put ->
                    new Request.Put(key, put.value(), Request.Put.NO_TTL, put.condition());
            case Call.Delete delete -> new Request.Delete(key, delete.condition());
        };
    }

    private void write(int shard) {
        Bytes key = Shards.keyOf(options.sharding(), shard);
        long end = driver.nowNanos() + 30 * SECOND;
        while (driver.nowNanos() < end) {
            int at = history.size();
            target(key).ifPresent(m -> submit(m, key, new Call.Put(key, Precondition.NONE)));
            driver.advance(SECOND);
            if (history.size() > at && history.get(at).outcome() instanceof Outcome.Written) {
                return;
            }
        }
        throw new AssertionError(
                "shard %d cannot be written after healing: %s".formatted(shard, describe()));
    }

    private void readUntilAnswered(int number) {
        Bytes key = Bytes.utf8("k" + number);
        long end = driver.nowNanos() + 30 * SECOND;
        while (driver.nowNanos() < end) {
            int at = history.size();
            target(key)
                    .ifPresent(m -> submit(m, key, new Call.Get(Consistency.LINEARIZABLE)));
            driver.advance(SECOND / 10);
            if (history.size() > at && history.get(at).succeeded()) {
                return;
            }
        }
        throw new AssertionError("%s cannot be read after healing: %s".formatted(key, describe()));
    }

    private String describe() {
        StringBuilder text = new StringBuilder();
        for (Member member : members) {
            text.append(member.id).append(member.stack == null ? " down " : " up ");
            text.append(member.faults).append(' ');
        }
        return text + driver.describe();
    }
}
