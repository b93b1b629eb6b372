package norikv.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import norikv.bytes.Bytes;
import norikv.domain.Consistency;
import norikv.domain.Once;
import norikv.domain.Precondition;
import norikv.domain.Reply;
import norikv.domain.Request;
import norikv.domain.Session;
import norikv.domain.Version;

/// Counters in a [ClusterSim], each of one client that counts on as soon as it knows that the last
/// step was done: until then it asks again and again, whomever it takes for the leader, and long
/// after now and then as well.
///
/// Half of the steps have a condition that a second time would break, the others none: those a
/// second time would set the counter back.
final class Counters {
    private static final long SECOND = 1_000_000_000L;
    private static final long HOUR_MILLIS = 3_600_000;
    private static final long PATIENCE_NANOS = SECOND;
    private static final int SETTLE_STEPS_MAX = 600;

    private final ClusterSim world;
    private final List<Counter> counters = new ArrayList<>();
    int steps;
    int repeats;

    /// One of them. Even ones know their steps by name, odd ones by the number in a session.
    private static final class Counter {
        final int number;
        final Bytes key;

        /// What became of each step, in order.
        final List<Version> outcomes = new ArrayList<>();

        long askedNanos = Long.MIN_VALUE;
        long notAfterMillis;

        Counter(int number) {
            this.number = number;
            this.key = Bytes.utf8("counter " + number);
        }

        boolean isKeyed() {
            return number % 2 == 0;
        }

        /// {@return step `n`, the same whenever it is asked for}
        Request.Write step(int n) {
            boolean isSure = n % 2 == 1 || n == 1;
            Precondition condition =
                    isSure ? Precondition.NONE : new Precondition.IfVersion(outcomes.get(n - 2));
            var once =
                    isKeyed()
                            ? Once.keyed(Bytes.utf8("step " + n))
                            : Once.NONE.withSession(
                                    new Session(
                                            Bytes.utf8("client " + number),
                                            n,
                                            n - 1,
                                            notAfterMillis));
            var value = Bytes.utf8(Integer.toString(n));
            return new Request.Put(key, value, Request.Put.NO_TTL, condition).with(once);
        }
    }

    Counters(ClusterSim world, int count) {
        this.world = world;
        for (int i = 0; i < count; i++) {
            counters.add(new Counter(i));
        }
    }

    /// Lets each client do what it does next.
    void step() {
        for (Counter counter : counters) {
            int done = counter.outcomes.size();
            long now = world.driver.nowNanos();
            if (counter.askedNanos == Long.MIN_VALUE
                    || now - counter.askedNanos > PATIENCE_NANOS) {
                counter.askedNanos = now;
                count(counter, done + 1);
            }
            // A session says that it has the outcomes before: they are not asked for again.
            if (done > 1 && counter.isKeyed() && world.random.nextInt(8) == 0) {
                repeats++;
                count(counter, 1 + world.random.nextInt(done));
            }
        }
    }

    private void count(Counter counter, int n) {
        world.target(counter.key)
                .ifPresent(
                        member -> {
                            if (counter.notAfterMillis == 0) {
                                counter.notAfterMillis =
                                        member.node.clock().wallMillis() + HOUR_MILLIS;
                            }
                            ask(member, counter.step(n), reply -> answered(counter, n, reply));
                        });
    }

    private void ask(ClusterSim.Member member, Request request, Consumer<Reply> then) {
        world.ask(member, request, world.driver.nowNanos() + PATIENCE_NANOS, then);
    }

    private void answered(Counter counter, int n, Reply reply) {
        int done = counter.outcomes.size();
        switch (reply) {
            case Reply.Written(Version at) when n == done + 1 -> {
                assertTrue(
                        done == 0 || at.compareTo(counter.outcomes.getLast()) > 0,
                        () -> "%s: step %d is at %s after %s"
                                .formatted(counter.key.toUtf8(), n, at, counter.outcomes));
                counter.outcomes.add(at);
                counter.askedNanos = Long.MIN_VALUE;
                steps++;
            }
            case Reply.Written(Version at) ->
                    assertEquals(counter.outcomes.get(n - 1), at, "step " + n + " came again");
            case Reply.Failed _ -> {
                if (n == done + 1) {
                    counter.askedNanos = Long.MIN_VALUE;
                }
            }
            default -> throw new AssertionError("step " + n + " was done, and is " + reply);
        }
    }

    /// After healing: each client hears of its last step, and each counter shows it.
    void check() {
        for (Counter counter : counters) {
            int goal = counter.outcomes.size() + 1;
            for (int i = 0; counter.outcomes.size() < goal; i++) {
                assertTrue(i < SETTLE_STEPS_MAX, counter.key + " counts no more");
                step();
                world.driver.advance(SECOND / 10);
            }
        }
        counters.forEach(this::checkValue);
    }

    private void checkValue(Counter counter) {
        List<Reply> found = new ArrayList<>();
        for (int i = 0; found.isEmpty(); i++) {
            assertTrue(i < SETTLE_STEPS_MAX, counter.key + " cannot be read");
            int done = counter.outcomes.size();
            world.target(counter.key)
                    .ifPresent(
                            member ->
                                    ask(
                                            member,
                                            new Request.Get(
                                                    counter.key, Consistency.LINEARIZABLE),
                                            reply -> {
                                                if (reply instanceof Reply.Found) {
                                                    found.add(reply);
                                                }
                                            }));
            world.driver.advance(SECOND / 10);
            assertEquals(done, counter.outcomes.size());
        }
        var last = (Reply.Found) found.getFirst();
        // A step that is under way may be done already.
        int value = Integer.parseInt(last.value().toUtf8());
        int done = counter.outcomes.size();
        boolean isLast = value == done && last.at().equals(counter.outcomes.getLast());
        assertTrue(isLast || value == done + 1, value + " after " + done + " steps");
    }
}
