package norikv.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.LongFunction;
import norikv.bytes.Bytes;
import norikv.domain.Consistency;
import norikv.domain.Once;
import norikv.domain.Precondition;
import norikv.domain.Reply;
import norikv.domain.Request;
import norikv.domain.Session;
import norikv.domain.ShardId;
import norikv.domain.Version;
import org.junit.jupiter.api.Test;

/// Writes that come again are done once, whoever leads by then. `-Dcluster.seeds=` says in how many
/// worlds, `-Dseed=` replays one.
final class OnceFailoverTest {
    private static final int SEEDS = Integer.getInteger("cluster.seeds", 8);
    private static final int SECONDS = 15;
    private static final int COUNTERS = 4;
    private static final int STEPS_MAX = 3_000_000;
    private static final long SECOND = 1_000_000_000L;
    private static final ShardId SHARD = new ShardId(0);
    private static final Bytes KEY = Bytes.utf8("k");

    @Test
    void countersAreExactWhateverBreaks() {
        long first = Long.getLong("seed", 1);
        long last = Long.getLong("seed") == null ? SEEDS : first;
        int repeats = 0;
        for (long seed = first; seed <= last; seed++) {
            try {
                repeats += live(new ClusterSim(seed)).repeats;
            } catch (AssertionError | RuntimeException e) {
                throw new AssertionError("replay with -Dseed=" + seed + ": " + e, e);
            }
        }
        assertTrue(last == first || repeats > SEEDS, "repeats: " + repeats);
    }

    static Counters live(ClusterSim world) {
        var counters = new Counters(world, COUNTERS);
        world.meanwhile = counters::step;
        world.start();
        world.run(SECONDS);
        world.heal();
        counters.check();
        world.check();
        assertTrue(counters.steps > COUNTERS, () -> counters.steps + " steps");
        return counters;
    }

    /// More clients than a shard may remember, on logs so short that whole shards go around.
    @Test
    void whereThereIsNoRoomForMoreClientsNobodyIsForgotten() {
        long first = Long.getLong("seed", 1);
        long last = Long.getLong("seed") == null ? SEEDS : first;
        int refused = 0;
        int repeated = 0;
        for (long seed = first; seed <= last; seed++) {
            try {
                Passers passers = crowd(seed);
                refused += passers.refused;
                repeated += passers.repeated;
            } catch (AssertionError | RuntimeException e) {
                throw new AssertionError("replay with -Dseed=" + seed + ": " + e, e);
            }
        }
        String counts = "refused=%d repeated=%d".formatted(refused, repeated);
        assertTrue(last == first || refused > 100 && repeated > 40, counts);
    }

    private static Passers crowd(long seed) {
        var world = new ClusterSim(seed, ClusterShape.FEW_SESSIONS);
        var counters = new Counters(world, COUNTERS);
        var passers = new Passers(world);
        world.start();
        world.meanwhile = counters::step;
        world.run(SECONDS / 5);
        world.meanwhile =
                () -> {
                    counters.step();
                    passers.step();
                };
        world.run(SECONDS);
        world.heal();
        counters.check();
        comeInAgain(world, passers);
        world.check();
        return passers;
    }

    /// When those who were there have expired there is room again.
    private static void comeInAgain(ClusterSim world, Passers passers) {
        int before = passers.written;
        world.driver.advance(70 * SECOND);
        for (int i = 0; i < 100; i++) {
            passers.step();
            world.driver.advance(SECOND / 10);
        }
        assertTrue(passers.written > before, () -> before + " passed by, and nobody after them");
    }

    @Test
    void aRetryUnderANameAtTheNextLeaderGetsTheFirstOutcome() {
        retryAtTheNextLeader(_ -> Once.keyed(Bytes.utf8("a name")));
    }

    @Test
    void aRetryOfASessionAtTheNextLeaderGetsTheFirstOutcome() {
        retryAtTheNextLeader(
                wallMillis ->
                        Once.NONE.withSession(
                                new Session(Bytes.utf8("client"), 1, 0, wallMillis + 60_000)));
    }

    /// The leader is killed when it has sent the write to the others and knows of no answer yet.
    private static void retryAtTheNextLeader(LongFunction<Once> knownBy) {
        var world = new ClusterSim(1, ClusterShape.LONG_LOGS, 1, 3);
        world.start();
        ClusterSim.Member old = leader(world);
        Version before = written(ask(world, old, put("before")));
        Once once = knownBy.apply(old.node.clock().wallMillis());
        for (ClusterSim.Member other : world.members) {
            if (other != old) {
                world.network.cut(other.id, old.id);
            }
        }
        List<Reply> answers = new ArrayList<>();
        old.stack
                .keyValue()
                .submit(
                        put("once").with(once),
                        world.driver.nowNanos() + 5 * SECOND,
                        answers::add);
        world.driver.advance(SECOND / 10);
        assertEquals(List.of(), answers, "it hears of nobody who has the write");
        old.crash();
        world.network.heal();

        ClusterSim.Member next = leader(world);
        Version later = written(ask(world, next, put("later")));
        Version first = written(ask(world, next, put("once").with(once)));

        assertEquals(new Version(before.term(), before.index() + 1), first);
        assertTrue(later.term() > first.term(), later + " after " + first);
        assertEquals(first, written(ask(world, next, put("once").with(once))));
        Reply found = ask(world, next, new Request.Get(KEY, Consistency.LINEARIZABLE));
        assertEquals("later", assertInstanceOf(Reply.Found.class, found).value().toUtf8());
    }

    private static Request.Put put(String value) {
        return new Request.Put(
                KEY, Bytes.utf8(value), Request.Put.NO_TTL, Precondition.NONE);
    }

    private static Version written(Reply reply) {
        return assertInstanceOf(Reply.Written.class, reply).at();
    }

    private static ClusterSim.Member leader(ClusterSim world) {
        List<ClusterSim.Member> found = new ArrayList<>();
        boolean isLed =
                world.driver.runUntil(
                        () -> {
                            world.members.stream()
                                    .filter(ClusterSim.Member::isUp)
                                    .filter(m -> leads(m))
                                    .forEach(found::add);
                            return !found.isEmpty();
                        },
                        STEPS_MAX);
        assertTrue(isLed, world.driver::describe);
        return found.getFirst();
    }

    private static boolean leads(ClusterSim.Member member) {
        return member.stack.leader(SHARD).equals(Optional.of(member.id));
    }

    private static Reply ask(ClusterSim world, ClusterSim.Member member, Request request) {
        List<Reply> replies = new ArrayList<>();
        member.stack
                .keyValue()
                .submit(request, world.driver.nowNanos() + 5 * SECOND, replies::add);
        assertTrue(
                world.driver.runUntil(() -> !replies.isEmpty(), STEPS_MAX),
                world.driver::describe);
        return replies.getFirst();
    }
}
