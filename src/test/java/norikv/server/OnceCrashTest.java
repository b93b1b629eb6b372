package norikv.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import norikv.bytes.Bytes;
import norikv.disk.SimDisk;
import norikv.domain.Consistency;
import norikv.domain.Once;
import norikv.domain.Precondition;
import norikv.domain.Reply;
import norikv.domain.Request;
import norikv.domain.Session;
import norikv.domain.Sharding;
import norikv.host.Host;
import norikv.kv.KeyValueNode;
import norikv.lsm.LsmOptions;
import norikv.work.SeededLoops;
import norikv.work.SeededNode;
import org.junit.jupiter.api.Test;

/// What a node remembers of writes that may come again survives the loss of power, whether it is in
/// tables by then or in the log alone.
final class OnceCrashTest {
    private static final long STEPS_MAX = 3_000_000;
    private static final long SECOND = 1_000_000_000L;
    private static final int LIVES = 6;
    private static final int WRITES = 60;
    private static final Bytes CLIENT = Bytes.utf8("client-1");

    private final SeededLoops driver = new SeededLoops(1);
    private final SplittableRandom random = new SplittableRandom(1);
    private final List<String> faults = new ArrayList<>();
    private SimDisk disk = new SimDisk(1);
    private SeededNode node;
    private Stack stack;

    @Test
    void aWriteThatComesAgainAfterACrashGetsItsFirstOutcome() {
        open();
        for (int life = 0; life < LIVES; life++) {
            List<Request.Write> writes = new ArrayList<>();
            List<Reply> outcomes = new ArrayList<>();
            for (int i = 0; i < WRITES; i++) {
                writes.add(write(life, i));
                outcomes.add(ask(writes.getLast()));
            }
            for (Request.Write write : writes) { // what a second time would undo
                assertInstanceOf(Reply.Written.class, ask(put(write.key(), "later")));
            }
            crash(life);

            for (int i = 0; i < WRITES; i++) {
                assertEquals(outcomes.get(i), ask(writes.get(i)), "write " + i);
                assertEquals("later", value(writes.get(i).key()));
            }
        }
        assertEquals(List.of(), faults);
    }

    /// {@return a put or a delete, known by a number, by a name, or by both}
    private Request.Write write(int life, int i) {
        var key = Bytes.utf8("k%d-%d".formatted(life, i));
        var once = i % 3 == 0 ? Once.NONE : Once.keyed(Bytes.utf8("name " + i));
        if (i % 3 != 1) {
            long number = (long) life * WRITES + i + 1;
            long notAfter = node.clock().wallMillis() + 60_000;
            once = once.withSession(new Session(CLIENT, number, number - 1 - i, notAfter));
        }
        return i % 4 == 3 ? new Request.Delete(key, Precondition.NONE, once) : put(key).with(once);
    }

    private Request.Put put(Bytes key) {
        byte[] value = new byte[300];
        random.nextBytes(value);
        return new Request.Put(key, Bytes.wrap(value), Request.Put.NO_TTL, Precondition.NONE);
    }

    private static Request.Put put(Bytes key, String value) {
        return new Request.Put(key, Bytes.utf8(value), Request.Put.NO_TTL, Precondition.NONE);
    }

    private String value(Bytes key) {
        Reply found = ask(new Request.Get(key, Consistency.LINEARIZABLE));
        return assertInstanceOf(Reply.Found.class, found).value().toUtf8();
    }

    private Reply ask(Request request) {
        List<Reply> replies = new ArrayList<>();
        stack.keyValue().submit(request, driver.nowNanos() + 5 * SECOND, replies::add);
        assertTrue(
                driver.runUntil(() -> !replies.isEmpty(), STEPS_MAX),
                () -> faults + driver.describe());
        return replies.getFirst();
    }

    private void crash(long seed) {
        node.kill();
        disk = disk.crash(seed);
        open();
    }

    private void open() {
        node = driver.node("n", (where, cause) -> faults.add(where + ": " + cause));
        var options =
                new Stack.Options(
                        new Sharding(4),
                        LsmOptions.defaults().withBands(2).withMemtableBytes(16 << 10),
                        64 << 10,
                        0,
                        32 << 20,
                        Host.Options.defaults(2).withWorkers(1).withUnflushed(1 << 20, 20_000),
                        KeyValueNode.Options.defaults());
        stack = SimStack.open(disk, node, faults, options);
        assertTrue(driver.runUntil(() -> stack.isRecovered(), STEPS_MAX), driver::describe);
    }
}
