package norikv.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.logging.Level;
import java.util.logging.Logger;
import norikv.bytes.Bytes;
import norikv.disk.SimDisk;
import norikv.disk.SimFault;
import norikv.disk.Watermarks;
import norikv.domain.Consistency;
import norikv.domain.ErrorCode;
import norikv.domain.Precondition;
import norikv.domain.NoriException;
import norikv.domain.Reply;
import norikv.domain.Request;
import norikv.domain.Sharding;
import norikv.host.Host;
import norikv.kv.KeyValueNode;
import norikv.lsm.LsmOptions;
import norikv.work.SeededLoops;
import norikv.work.SeededNode;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
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
    private final Logger log = Logger.getLogger("norikv");
    private int writes;
    private LsmOptions.Room room = LsmOptions.Room.ANY;

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
    void aDiskThatFillsUpRefusesPutsThenAllWritesAndHealsByItself() {
        long low = 600 * KIB;
        long full = 200 * KIB;
        long reserve = 512 * KIB;
        room = new LsmOptions.Room(new Watermarks(low, full), reserve);
        open();
        writeMany(50);
        driver.advance(2_000_000_000L);
        leaveFree(low - 1);
        assertRefused(put("more"));
        Request delete = new Request.Delete(Bytes.utf8("k00000"), Precondition.NONE);
        assertInstanceOf(Reply.Deleted.class, ask(delete));
        acknowledged.remove("k00000");

        leaveFree(full - 1);
        assertRefused(put("more"));
        assertRefused(new Request.Delete(Bytes.utf8("k00001"), Precondition.NONE));
        assertEverythingAcknowledgedIsThere();

        disk.setTotalBytes(SimDisk.TOTAL_BYTES);
        driver.advance(2_000_000_000L);
        writeMany(50);
        crashAndReopen();
        assertEverythingAcknowledgedIsThere();
        assertEquals(List.of(), faults);
    }

    @Test
    void aNodeThatIsWrittenToAsFastAsItTakesNeverHitsTheEndOfTheDisk() {
        room = new LsmOptions.Room(new Watermarks(3000 * KIB, 1500 * KIB), 1000 * KIB);
        disk.setTotalBytes(5_500 * KIB);
        open();
        int refused = 0;
        for (int i = 0; i < WRITES_MAX && refused < 50; i++) {
            refused += write() instanceof Reply.Failed ? 1 : 0;
            driver.advance(1_000_000);
        }
        assertEquals(50, refused, "it never fills");
        driver.advance(2_000_000_000L);
        assertTrue(disk.freeBytes() > 0);
        assertRefused(put("more"));
        assertEverythingAcknowledgedIsThere();
        disk.setTotalBytes(SimDisk.TOTAL_BYTES);
        assertTrue(takesWritesAgain(), "it goes on when there is room");
        assertEverythingAcknowledgedIsThere();
        assertEquals(List.of(), faults);
    }

    @Test
    void aShardWhoseEntryNeedsADamagedBlockStopsAndNoOther() {
        open();
        writeMany(200);
        stack.close();
        node.kill();
        open();
        for (String name : disk.list("lsm")) {
            if (name.endsWith(".sst")) {
                disk.damage("lsm/" + name, 30, 1);
            }
        }
        int stopped = 0;
        for (int i = 0; i < 200; i++) {
            var key = Bytes.utf8("k%05d".formatted(i));
            var onlyNew = new Precondition.IfAbsent();
            Reply reply =
                    ask(new Request.Put(key, Bytes.utf8("x"), Request.Put.NO_TTL, onlyNew));
            if (reply instanceof Reply.Failed failed) {
                stopped++;
                acknowledged.keySet().remove("k%05d".formatted(i));
            } else {
                assertInstanceOf(Reply.Mismatch.class, reply, "never absent");
            }
        }
        assertTrue(stopped > 0, "no entry met the damage");
        assertTrue(stopped < 200, "all shards stopped");
        String detail = stack.damageDetail();
        assertTrue(detail.contains(" in quarantine, with entries of "), detail);
        assertTrue(detail.contains(".sst@"), detail);
        assertEquals(List.of(), faults, "the node goes on");
        node.kill();
        open(); // and starts, with what is damaged left aside
        int refused = 0;
        for (int i = 0; i < 50; i++) {
            refused += write() instanceof Reply.Failed ? 1 : 0;
        }
        assertTrue(refused < 50, "no shard takes writes");
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

    @Test
    void aDamagedLogIsRefusedBeforeAnythingIsChanged() {
        open();
        writeMany(200);
        stack.close();
        node.kill();
        String segment =
                disk.list(Stack.LOG_DIRECTORY).stream()
                        .filter(name -> name.endsWith(".log"))
                        .findFirst()
                        .orElseThrow();
        disk.damage(Stack.LOG_DIRECTORY + "/" + segment, 4200, 1);
        assertRefusedUnchanged();
    }

    @Test
    void aLogWithoutItsStorageIsRefusedBeforeAnythingIsChanged() {
        open();
        writeMany(200);
        stack.close();
        node.kill();
        for (String name : disk.list(Stack.STORAGE_DIRECTORY)) {
            disk.delete(Stack.STORAGE_DIRECTORY + "/" + name);
        }
        disk.forceDirectory(Stack.STORAGE_DIRECTORY);
        assertRefusedUnchanged();
    }

    @Test
    void storageWithoutItsLogIsRefusedBeforeAnythingIsChanged() {
        open();
        writeMany(200);
        stack.close();
        node.kill();
        for (String name : disk.list(Stack.LOG_DIRECTORY)) {
            disk.delete(Stack.LOG_DIRECTORY + "/" + name);
        }
        disk.forceDirectory(Stack.LOG_DIRECTORY);
        assertRefusedUnchanged();
    }

    private void assertRefusedUnchanged() {
        Map<String, Bytes> before = contents();
        assertThrows(NoriException.Corruption.class, this::open);
        assertEquals(before, contents());
        assertEquals(List.of(), faults);
        assertEquals(0, disk.openFiles(), "nothing is left open");
        node.kill();
        assertThrows(NoriException.Corruption.class, this::open);
    }

    private Map<String, Bytes> contents() {
        Map<String, Bytes> contents = new TreeMap<>();
        for (String folder : List.of(Stack.LOG_DIRECTORY, Stack.STORAGE_DIRECTORY)) {
            for (String name : disk.list(folder)) {
                String path = folder + "/" + name;
                contents.put(path, Bytes.wrap(disk.contentOf(path)));
            }
        }
        return contents;
    }

    @Test
    void closingTwiceIsClosingOnce() {
        open();
        writeMany(20);
        stack.close();
        int files = disk.openFiles();
        stack.close();
        stack.close(driver.nowNanos());
        assertEquals(0, files);
        node.kill();
        open();
        assertEverythingAcknowledgedIsThere();
    }

    @BeforeEach
    void silence() {
        log.setLevel(Level.OFF);
    }

    @AfterEach
    void speak() {
        log.setLevel(null);
    }

    @Test
    void eachCallOfTheWholeNodeFailsOnceAndNothingAcknowledgedIsLost() {
        List<SimFault> kinds =
                List.of(new SimFault.Broken(), new SimFault.NoSpace(), new SimFault.ShortWrite());
        int calls = 0;
        for (SimFault kind : kinds) {
            boolean met = true;
            for (int k = 1; met; k++) {
                assertTrue(k < 1_000, "no end of calls");
                met = failOnce(k, kind);
                calls++;
            }
        }
        assertTrue(calls > 200, "calls: " + calls);
    }

    /// @return whether there is a `k`-th changing call after the start
    private boolean failOnce(int k, SimFault kind) {
        disk = new SimDisk(k);
        acknowledged.clear();
        faults.clear();
        open();
        List<SimDisk.Call> failed = new ArrayList<>();
        int[] calls = {0};
        disk.inject(
                call -> {
                    boolean hit = call.op().changes() && ++calls[0] == k;
                    if (hit) {
                        failed.add(call);
                    }
                    return hit;
                },
                kind);
        for (int i = 0; i < 150 && faults.isEmpty(); i++) {
            List<Reply> replies = new ArrayList<>();
            String key = "k%05d".formatted(writes++);
            submit(put(key), replies);
            driver.runUntil(() -> !replies.isEmpty() || !faults.isEmpty(), STEPS_MAX);
            if (!replies.isEmpty() && replies.getFirst() instanceof Reply.Written) {
                acknowledged.put(key, valueOf(key));
            }
        }
        driver.advance(100_000_000);
        String what = "call %d, %s: %s".formatted(k, kind, failed);
        if (kind instanceof SimFault.NoSpace && needsRoom(failed)) {
            assertEquals(List.of(), faults, what);
        }
        crashAndReopen();
        assertEverythingAcknowledgedIsThere();
        assertEquals(List.of(), faults, what);
        node.kill();
        return !failed.isEmpty();
    }

    /// A force without room is a failed force, and fatal. Frames of the log and marks of the
    /// manifest are written where zeros were before, and a segment of the log gets a name in place
    /// of another: a disk that refuses those is broken.
    private static boolean needsRoom(List<SimDisk.Call> failed) {
        return failed.stream()
                .allMatch(
                        call ->
                                switch (call.op()) {
                                    case FORCE, FORCE_DIRECTORY -> false;
                                    case RENAME -> !call.path().startsWith("wal/");
                                    case WRITE ->
                                            call.path().startsWith("wal/")
                                                    ? call.length() >= 64 * KIB
                                                    : call.length() != 12;
                                    default -> true;
                                });
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
            if (write() instanceof Reply.Failed(var code, var message, _, _)) {
                assertFalse(code.isIndeterminate(), message);
                if (code == ErrorCode.DISK_WATERMARK) {
                    return true;
                }
            }
            driver.advance(1_000_000);
        }
        return false;
    }

    private void assertRefused(Request request) {
        Reply.Failed refused = assertInstanceOf(Reply.Failed.class, ask(request));
        assertEquals(ErrorCode.DISK_WATERMARK, refused.code(), refused::message);
    }

    private void leaveFree(long bytes) {
        disk.setTotalBytes(disk.totalBytes() - disk.freeBytes() + bytes);
        driver.advance(1_000_000_000L);
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
