package norikv.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.SplittableRandom;
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
import norikv.observe.Event;
import norikv.observe.Meter;
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
    /// Hears of every node's.
    Event.Sink events = Event.Sink.NONE;

    final SimNetwork network;
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
            boolean isNew = life == 0;
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
                                        Meter.NONE,
                                        event -> checks.heard(event, events),
                                        () -> new Reply.Status(Map.of(), List.of(), Map.of()),
                                        new Stack.Member(
                                                placement,
                                                id,
                                                network.of(id),
                                                LOG_SALT,
                                                isNew,
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
    }

    /// What clients saw can be explained, and all replicas hold the same.
    void check() {
        for (int key = 0; key < KEYS; key++) {
            readUntilAnswered(key);
        }
        Verdict verdict = HistoryReport.of(history, StalePromise.NONE).verdict();
        assertTrue(!verdict.isBroken(), verdict::toString);
        driver.advance(20 * SECOND);
        checks.requireAgreement();
        checkLeaders();
        for (int key = 0; key < KEYS; key++) {
            compareReplicas(Bytes.utf8("k" + key));
        }
        for (int shard = 0; shard < placement.totalShards(); shard++) {
            compareDigests(new ShardId(shard));
        }
        for (Member member : members) {
            assertEquals(Set.of(), member.stack.shards().damaged(), () -> "at " + member.id);
            assertTrue(member.faults.isEmpty(), member.faults::toString);
        }
    }

    /// Some time after the last fault each shard is led by the node that should lead it.
    private void checkLeaders() {
        for (int number = 0; number < placement.totalShards(); number++) {
            var shard = new ShardId(number);
            NodeId preferred = placement.node(placement.holders(shard)[0]);
            assertEquals(
                    Optional.of(preferred),
                    member(preferred).stack.leader(shard),
                    () -> "leader of shard " + shard);
        }
    }

    private void compareReplicas(Bytes key) {
        List<Reply> seen = new ArrayList<>();
        int[] holders = placement.holders(options.sharding().shardOf(key));
        for (int number : holders) {
            var replies = new ArrayList<Reply>();
            member(placement.node(number))
                    .stack
                    .keyValue()
                    .submit(
                            new Request.Get(key, Consistency.STALE),
                            driver.nowNanos() + DEADLINE_NANOS,
                            replies::add);
            assertTrue(driver.runUntil(() -> !replies.isEmpty(), STEPS_MAX), driver::describe);
            seen.add(Shards.withoutAge(replies.getFirst()));
        }
        assertTrue(seen.stream().distinct().count() == 1, () -> "replicas differ: " + seen);
    }

    private void compareDigests(ShardId shard) {
        Set<String> seen = new HashSet<>();
        for (int number : placement.holders(shard)) {
            seen.add(Shards.of(member(placement.node(number)).stack.shards(), shard));
        }
        assertEquals(1, seen.size(), () -> "replicas differ: " + seen);
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

    private Member member(NodeId id) {
        return members.stream().filter(m -> m.id.equals(id)).findFirst().orElseThrow();
    }

    private void submit(Member member, Bytes key, Call call) {
        long began = driver.nowNanos();
        long process = processes++;
        int at = history.size();
        // Who never answers may have done it.
        Outcome lost = call.isWrite() ? Outcome.INDETERMINATE : Outcome.DEFINITE;
        history.add(new Operation(process, key, call, began, Long.MAX_VALUE / 2, lost));
        Stack asked = member.stack;
        int life = member.life;
        asked.keyValue()
                .submit(
                        request(key, call),
                        began + DEADLINE_NANOS,
                        reply -> {
                            if (member.life == life) {
                                history.set(
                                        at,
                                        new Operation(
                                                process,
                                                key,
                                                call,
                                                began,
                                                driver.nowNanos(),
                                                Outcome.of(reply)));
                                answered(member, reply);
                            }
                        });
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
