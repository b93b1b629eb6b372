package norikv.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import norikv.bytes.Bytes;
import norikv.disk.SimDisk;
import norikv.disk.SimFault;
import norikv.domain.Consistency;
import norikv.domain.ErrorCode;
import norikv.domain.Precondition;
import norikv.domain.Reply;
import norikv.domain.Request;
import norikv.domain.Sharding;
import norikv.host.Host;
import norikv.kv.KeyValueNode;
import norikv.lsm.LsmOptions;
import norikv.observe.Event;
import norikv.observe.Meter;
import norikv.work.SeededLoops;
import norikv.work.SeededNode;
import org.junit.jupiter.api.Test;

/// What a node does when its disk runs full or breaks.
final class StackFaultsTest {
    private static final long STEPS_MAX = 3_000_000;
    private static final int KIB = 1 << 10;
    private static final int WRITES_MAX = 3_000;

    private final SeededLoops driver = new SeededLoops(Long.getLong("seed", 1));
    private final List<String> faults = new ArrayList<>();
    private final Map<String, String> acknowledged = new TreeMap<>();
    private SimDisk disk = new SimDisk(1);
    private SeededNode node;
    private Stack stack;
    private int writes;

    @Test
    void aFullDiskRefusesWritesAnswersReadsAndHealsByItself() {
        open();
        writeMany(100);
        disk.setTotalBytes(disk.totalBytes() - disk.freeBytes());

        Reply.Failed refused = writeUntilRefused();
        assertFalse(refused.code().isIndeterminate(), refused::message);
        assertEquals(8, refused.code().exitCode(), refused::message);
        assertTrue(sawNoRoom(), "the reason is said");
        assertEverythingAcknowledgedIsThere();
        assertEquals(List.of(), faults, "a full disk is no fault");

        disk.setTotalBytes(SimDisk.TOTAL_BYTES);
        assertTrue(takesWritesAgain(), "it goes on when there is room");
        writeMany(100);
        assertEverythingAcknowledgedIsThere();
        crashAndReopen();
        assertEverythingAcknowledgedIsThere();
        assertEquals(List.of(), faults);
    }

    @Test
    void afterAFailedForceTheNodeEndsAndAcknowledgesNothing() {
        open();
        writeMany(50);
        disk.inject(SimFault.on(SimDisk.Op.FORCE, Stack.LOG_DIRECTORY), new SimFault.Broken());

        List<Reply> replies = new ArrayList<>();
        submit(put("fails"), replies);
        assertTrue(driver.runUntil(() -> !faults.isEmpty(), STEPS_MAX), driver::describe);
        disk.heal();
        for (int i = 0; i < 20; i++) {
            submit(put("late" + i), replies);
        }
        driver.advance(10_000_000_000L);
        assertTrue(replies.stream().noneMatch(Reply.Written.class::isInstance), replies::toString);

        crashAndReopen();
        assertEverythingAcknowledgedIsThere();
    }

    private Reply.Failed writeUntilRefused() {
        for (int i = 0; i < WRITES_MAX; i++) {
            if (write() instanceof Reply.Failed failed) {
                return failed;
            }
        }
        throw new AssertionError("a full disk took " + WRITES_MAX + " writes");
    }

    /// {@return whether one of the next writes is refused because of the disk itself}
    private boolean sawNoRoom() {
        for (int i = 0; i < WRITES_MAX; i++) {
            if (write() instanceof Reply.Failed(var code, var message, _)) {
                assertFalse(code.isIndeterminate(), message);
                if (code == ErrorCode.DISK_WATERMARK) {
                    return true;
                }
            }
            driver.advance(1_000_000);
        }
        return false;
    }

    private boolean takesWritesAgain() {
        for (int i = 0; i < 1_000; i++) {
            if (write() instanceof Reply.Written) {
                return true;
            }
            driver.advance(20_000_000);
        }
        return false;
    }

    private void writeMany(int count) {
        for (int i = 0; i < count; i++) {
            assertInstanceOf(Reply.Written.class, write());
        }
    }

    /// Writes the next key and remembers it if it was acknowledged.
    private Reply write() {
        String key = "k%05d".formatted(writes++);
        Reply reply = ask(put(key));
        if (reply instanceof Reply.Written) {
            acknowledged.put(key, valueOf(key));
        }
        return reply;
    }

    private void assertEverythingAcknowledgedIsThere() {
        acknowledged.forEach(
                (key, value) -> {
                    var get = new Request.Get(Bytes.utf8(key), Consistency.LINEARIZABLE);
                    Reply.Found found = assertInstanceOf(Reply.Found.class, ask(get), key);
                    assertEquals(value, found.value().toUtf8());
                });
    }

    private static Request put(String key) {
        return new Request.Put(
                Bytes.utf8(key), Bytes.utf8(valueOf(key)), Request.Put.NO_TTL, Precondition.NONE);
    }

    private static String valueOf(String key) {
        return key + "=" + "v".repeat(700);
    }

    private Reply ask(Request request) {
        List<Reply> replies = new ArrayList<>();
        submit(request, replies);
        boolean answered = driver.runUntil(() -> !replies.isEmpty(), STEPS_MAX);
        assertTrue(answered, () -> faults + driver.describe());
        return replies.getFirst();
    }

    private void submit(Request request, List<Reply> replies) {
        stack.keyValue().submit(request, driver.nowNanos() + 5_000_000_000L, replies::add);
    }

    private void crashAndReopen() {
        node.kill();
        disk.crashNow();
        disk.unmapAll();
        disk = disk.crash(7);
        faults.clear();
        open();
    }

    private void open() {
        node = driver.node("n", (where, cause) -> faults.add(where + ": " + cause));
        var memory = new LsmOptions.Memory(64 * KIB, 1 << 20, 64 << 20, true);
        var options =
                new Stack.Options(
                        new Sharding(8),
                        LsmOptions.defaults().withBands(4).withMemory(memory),
                        64 * KIB,
                        32 << 20,
                        new Host.Options(1, 512 * KIB, 20_000),
                        KeyValueNode.Options.defaults());
        stack =
                Stack.open(
                        new Stack.Environment(
                                disk,
                                node,
                                (where, cause) -> faults.add(where + ": " + cause),
                                Meter.NONE,
                                Event.Sink.NONE,
                                77,
                                () -> new Reply.Status(Map.of(), List.of(), Map.of())),
                        options);
        assertTrue(driver.runUntil(() -> stack.isRecovered(), STEPS_MAX), driver::describe);
    }
}
