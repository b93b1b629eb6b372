package norikv.server;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import norikv.bytes.Bytes;
import norikv.domain.ErrorCode;
import norikv.domain.Once;
import norikv.domain.Precondition;
import norikv.domain.Reply;
import norikv.domain.Request;
import norikv.domain.Session;
import norikv.domain.Version;

/// Clients in a [ClusterSim] that come, write once and are gone: more of them than the shards may
/// remember at a time. Now and then a write comes again, soon or late, whoever leads by then: it
/// has one place, however often it was asked for.
final class Passers {
    private static final long SECOND = 1_000_000_000L;
    private static final int AGAIN_MAX = 40;
    private static final int MILLIS_MAX = 4_000;

    private final ClusterSim world;
    private final List<Passer> all = new ArrayList<>();
    int written;
    int repeated;
    int refused;

    private static final class Passer {
        final Request.Write write;
        Optional<Version> at = Optional.empty();

        Passer(Request.Write write) {
            this.write = write;
        }
    }

    Passers(ClusterSim world) {
        this.world = world;
    }

    /// Lets somebody come, or come again.
    void step() {
        if (world.random.nextInt(3) == 0) {
            come();
        }
        if (!all.isEmpty() && world.random.nextInt(3) == 0) {
            int back = world.random.nextInt(Math.min(AGAIN_MAX, all.size()));
            ask(all.get(all.size() - 1 - back));
        }
    }

    private void come() {
        int number = all.size();
        Bytes key = Bytes.utf8("passed by " + number % 5);
        world.target(key)
                .ifPresent(
                        member -> {
                            long notAfter =
                                    member.node.clock().wallMillis()
                                            + 1_000
                                            + world.random.nextInt(MILLIS_MAX);
                            Bytes id = Bytes.utf8("passer " + number);
                            var once = Once.NONE.withSession(new Session(id, 1, 0, notAfter));
                            var passer =
                                    new Passer(
                                            new Request.Put(
                                                            key,
                                                            id,
                                                            Request.Put.NO_TTL,
                                                            Precondition.NONE)
                                                    .with(once));
                            all.add(passer);
                            ask(passer);
                        });
    }

    private void ask(Passer passer) {
        world.target(passer.write.key())
                .ifPresent(
                        member ->
                                world.ask(
                                        member,
                                        passer.write,
                                        world.driver.nowNanos() + SECOND,
                                        reply -> answered(passer, reply)));
    }

    private void answered(Passer passer, Reply reply) {
        switch (reply) {
            case Reply.Written(Version at) -> {
                written += passer.at.isEmpty() ? 1 : 0;
                repeated += passer.at.isEmpty() ? 0 : 1;
                assertEquals(
                        passer.at.orElse(at),
                        at,
                        () -> passer.write.once() + " was done a second time");
                passer.at = Optional.of(at);
            }
            case Reply.Failed failed ->
                    refused += failed.code() == ErrorCode.RESOURCE_EXHAUSTED ? 1 : 0;
            default -> throw new AssertionError("an answer to a put, got " + reply);
        }
    }
}
