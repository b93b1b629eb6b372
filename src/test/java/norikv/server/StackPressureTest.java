package norikv.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.logging.Level;
import java.util.logging.Logger;
import norikv.bytes.Bytes;
import norikv.disk.SimDisk;
import norikv.disk.SimFault;
import norikv.disk.Watermarks;
import norikv.domain.ErrorCode;
import norikv.domain.Precondition;
import norikv.domain.Reply;
import norikv.domain.Request;
import norikv.domain.Room;
import norikv.domain.Sharding;
import norikv.host.Host;
import norikv.kv.KeyValueNode;
import norikv.lsm.LsmOptions;
import norikv.work.SeededLoops;
import norikv.work.SeededNode;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// How a node lets writes in while its log gets long and its disk gets full.
final class StackPressureTest {
    private static final long STEPS_MAX = 3_000_000;
    private static final long SECOND = 1_000_000_000L;
    private static final int KIB = 1 << 10;
    private static final int WRITES_MAX = 10_000;

    private final SeededLoops driver = new SeededLoops(1);
    private final SimDisk disk = new SimDisk(1);
    private final SplittableRandom values = new SplittableRandom(1);
    private final List<String> faults = new ArrayList<>();
    private final Logger log = Logger.getLogger("norikv");
    private SeededNode node;
    private Stack stack;

    @BeforeEach
    void silence() {
        log.setLevel(Level.OFF);
    }

    @AfterEach
    void speak() {
        log.setLevel(null);
    }

    /// Tables cannot be written, so the log cannot get shorter; memory has room for more.
    @Test
    void proposalsAreSlowedBeforeTheLogIsAtItsBoundAndNeverReachIt() {
        open(LsmOptions.Room.ANY, 1 << 20);
        disk.inject(
                call -> call.op() == SimDisk.Op.CREATE && call.path().endsWith(".sst"),
                new SimFault.NoSpace());
        int refused = 0;
        Reply.Failed first = null;
        for (int i = 0; i < WRITES_MAX && refused < 200; i++) {
            if (put("k%05d".formatted(i)) instanceof Reply.Failed failed) {
                first = refused++ == 0 ? failed : first;
                assertEquals(ErrorCode.WRITE_STALL, failed.code(), failed::message);
                assertTrue(failed.message().startsWith("storage: pressure"), failed::message);
            }
        }
        assertEquals(200, refused, "the log takes all");
        assertTrue(first.message().contains("below 0.5"), first.message());
        assertTrue(stack.pressure() > 0.9 && stack.pressure() < 1.1, "" + stack.pressure());

        disk.heal();
        driver.advance(5 * SECOND);
        assertTrue(stack.pressure() < 0.5, "" + stack.pressure());
        assertInstanceOf(Reply.Written.class, put("after"));
        assertEquals(List.of(), faults);
    }

    @Test
    void whereThereIsLittleRoomDeletesMakeSomeWithoutHelp() {
        open(new LsmOptions.Room(new Watermarks(3000 * KIB, 1500 * KIB), 1000 * KIB), 64 * KIB);
        disk.setTotalBytes(7_500 * KIB);
        int written = 0;
        while (put("k%05d".formatted(written)) instanceof Reply.Written) {
            written++;
            driver.advance(SECOND / 100);
            assertTrue(written < WRITES_MAX, "it never fills");
        }
        assertEquals(Room.LOW, stack.room());
        for (int i = 0; i < written; i++) {
            var delete = new Request.Delete(Bytes.utf8("k%05d".formatted(i)), Precondition.NONE);
            Reply reply = ask(delete);
            for (int again = 0; again < 200 && reply instanceof Reply.Failed; again++) {
                driver.advance(SECOND / 10);
                reply = ask(delete);
            }
            assertInstanceOf(Reply.Deleted.class, reply, "delete " + i + ": " + reply);
        }
        driver.advance(30 * SECOND);

        assertEquals(Room.PLENTY, stack.room());
        assertInstanceOf(Reply.Written.class, put("after"));
        assertEquals(List.of(), faults);
    }

    private Reply put(String key) {
        byte[] value = new byte[700];
        values.nextBytes(value);
        return ask(
                new Request.Put(
                        Bytes.utf8(key),
                        Bytes.wrap(value),
                        Request.Put.NO_TTL,
                        Precondition.NONE));
    }

    private Reply ask(Request request) {
        List<Reply> replies = new ArrayList<>();
        stack.keyValue().submit(request, driver.nowNanos() + 5 * SECOND, replies::add);
        boolean answered = driver.runUntil(() -> !replies.isEmpty(), STEPS_MAX);
        assertTrue(answered, () -> faults + driver.describe());
        return replies.getFirst();
    }

    private void open(LsmOptions.Room room, int memtableBytes) {
        node = driver.node("n", (where, cause) -> faults.add(where + ": " + cause));
        var memory = new LsmOptions.Memory(memtableBytes, 16L * memtableBytes, 64 << 20, true);
        var options =
                new Stack.Options(
                        new Sharding(8),
                        LsmOptions.defaults().withBands(4).withMemory(memory).withRoom(room),
                        64 * KIB,
                        0,
                        32 << 20,
                        Host.Options.defaults(2)
                                .withWorkers(1)
                                .withUnflushed(512 * KIB, 20_000),
                        KeyValueNode.Options.defaults());
        stack = SimStack.open(disk, node, faults, options);
        assertTrue(driver.runUntil(() -> stack.isRecovered(), STEPS_MAX), driver::describe);
    }
}
