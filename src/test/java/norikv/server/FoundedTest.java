package norikv.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import norikv.bytes.Bytes;
import norikv.disk.SimDisk;
import norikv.domain.NodeId;
import norikv.domain.NoriException;
import norikv.domain.Placement;
import norikv.domain.Precondition;
import norikv.domain.Reply;
import norikv.domain.Request;
import norikv.domain.Sharding;
import norikv.host.Host;
import norikv.kv.KeyValueNode;
import norikv.lsm.LsmOptions;
import norikv.observe.Event;
import norikv.observe.Meter;
import norikv.port.Peers;
import norikv.work.SeededLoops;
import norikv.work.SeededNode;
import org.junit.jupiter.api.Test;

/// A store has voted from the moment on that it was founded: it opens with what its groups began
/// with, or not at all.
final class FoundedTest {
    private static final long STEPS_MAX = 1_000_000;
    private static final int SHARDS = 4;
    private static final List<NodeId> NODES = List.of(new NodeId("n1"));

    private final SeededLoops driver = new SeededLoops(1);
    private final List<String> faults = new ArrayList<>();
    private SimDisk disk = new SimDisk(1);
    private String cluster = "orders";
    private Placement placement = new Placement(NODES, SHARDS, 1);
    private SeededNode node;
    private Stack stack;

    @Test
    void aGroupKnowsWhatItBeganWithWhenItsLogHasDroppedThat() {
        open();
        for (int life = 0; life < 3; life++) {
            fill(life);
            crash(life);
            open();
        }
        crash(3);

        cluster = "orders2";
        assertRefused("cluster orders,");
        cluster = "orders";
        placement = new Placement(NODES, SHARDS / 2, 1);
        assertRefused("%d shards".formatted(SHARDS));
        placement = new Placement(NODES, SHARDS, 1);
        open();
        assertEquals(List.of(), faults);
    }

    @Test
    void aStoreThatLostEverythingIsNotTakenForANewOne() {
        open();
        fill(1);
        crash(1);
        for (String directory : List.of(Stack.LOG_DIRECTORY, Stack.STORAGE_DIRECTORY)) {
            disk.list(directory).forEach(name -> disk.delete(directory + "/" + name));
            disk.forceDirectory(directory);
        }

        assertRefused("votes are lost");
        assertEquals(List.of(), disk.list(Stack.STORAGE_DIRECTORY), "nothing is written");
    }

    @Test
    void aStoreThatLostItsMarkIsNotFoundedAgain() {
        open();
        fill(1);
        crash(1);
        disk.delete(Stack.FOUNDED);

        assertRefused("not founded");
    }

    @Test
    void aFirstStartThatIsCutAnywhereIsMadeAgain() {
        int cuts = 0;
        boolean isWhole = false;
        while (!isWhole) {
            disk = new SimDisk(cuts);
            disk.crashAfter(cuts);
            try {
                start();
                assertTrue(
                        driver.runUntil(
                                () -> disk.hasCrashed() || stack.isRecovered(), STEPS_MAX),
                        driver::describe);
                isWhole = !disk.hasCrashed();
            } catch (SimDisk.Crashed | NoriException _) {
                assertTrue(disk.hasCrashed(), "change " + cuts);
            }
            crash(cuts++);
            faults.clear();
            open();
            assertInstanceOf(Reply.Written.class, put("k", "v"));
            crash(cuts);
            open();
            assertEquals(List.of(), faults, "change " + cuts);
        }
        assertTrue(cuts > 10, "changes of the first start: " + cuts);
    }

    private void assertRefused(String word) {
        var refused = assertThrows(NoriException.Corruption.class, this::start);
        assertTrue(refused.getMessage().contains(word), refused.getMessage());
        crash(1);
    }

    private void fill(int life) {
        for (int i = 0; i < 200; i++) {
            String value = "%d ".formatted(life).repeat(100);
            assertInstanceOf(Reply.Written.class, put("k" + i, value));
        }
    }

    private Reply put(String key, String value) {
        return ask(
                new Request.Put(
                        Bytes.utf8(key),
                        Bytes.utf8(value),
                        Request.Put.NO_TTL,
                        Precondition.NONE));
    }

    private Reply ask(Request request) {
        List<Reply> replies = new ArrayList<>();
        stack.keyValue().submit(request, driver.nowNanos() + 5_000_000_000L, replies::add);
        assertTrue(
                driver.runUntil(() -> !replies.isEmpty(), STEPS_MAX),
                () -> faults + driver.describe());
        return replies.getFirst();
    }

    private void crash(long seed) {
        node.kill();
        disk.crashNow();
        disk.unmapAll();
        disk = disk.crash(seed);
    }

    private void open() {
        start();
        assertTrue(driver.runUntil(() -> stack.isRecovered(), STEPS_MAX), driver::describe);
    }

    private void start() {
        node = driver.node("n", (where, cause) -> faults.add(where + ": " + cause));
        stack =
                Stack.open(
                        new Stack.Environment(
                                disk,
                                node,
                                (where, cause) -> faults.add(where + ": " + cause),
                                Meter.NONE,
                                Event.Sink.NONE,
                                () -> new Reply.Status(Map.of(), List.of(), Map.of()),
                                new Stack.Member(
                                        cluster,
                                        placement,
                                        NODES.getFirst(),
                                        Peers.NONE,
                                        7,
                                        new SplittableRandom(1))),
                        new Stack.Options(
                                new Sharding(placement.totalShards()),
                                LsmOptions.defaults().withBands(2).withMemtableBytes(16 << 10),
                                64 << 10,
                                0,
                                32 << 20,
                                Host.Options.defaults(2).withWorkers(1),
                                KeyValueNode.Options.defaults()));
    }
}
