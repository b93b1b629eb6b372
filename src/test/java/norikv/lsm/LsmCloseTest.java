package norikv.lsm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicReference;
import norikv.bytes.Bytes;
import norikv.disk.SimDisk;
import norikv.domain.ShardId;
import norikv.domain.Version;
import norikv.observe.Meter;
import norikv.work.ThreadLoops;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Closing an engine that is at work, on real threads.
@Timeout(60)
final class LsmCloseTest {
    private static final ShardId SHARD = new ShardId(0);

    private final ConcurrentLinkedQueue<Throwable> faults = new ConcurrentLinkedQueue<>();

    @Test
    void aFlushThatEndsWhileItClosesCanStillSayWhatIsDurable() throws InterruptedException {
        Lsm lsm =
                Lsm.open(
                        new Lsm.Environment(
                                new SimDisk(1),
                                "lsm",
                                new ThreadLoops((_, cause) -> faults.add(cause)),
                                (_, cause) -> faults.add(cause),
                                Meter.NONE,
                                _ -> {}),
                        LsmRig.options(100));
        lsm.createTablets(List.of(SHARD));
        var flushed = new CountDownLatch(1);
        var durable = new AtomicReference<AppliedAt>();
        var closer = new Thread(lsm::close, "closer");
        lsm.onFlushed(
                _ -> {
                    flushed.countDown();
                    while (closer.getState() != Thread.State.WAITING) {
                        Thread.onSpinWait(); // until it waits for this very step to end
                    }
                    durable.set(lsm.durable(SHARD));
                });
        var batch = new WriteBatch();
        var at = new Version(1, 1);
        batch.put(SHARD, 0, at, Bytes.utf8("k"), Bytes.utf8("v"), 0);
        batch.applied(SHARD, at, 1);
        lsm.write(batch);
        lsm.requestFlush();
        flushed.await();
        closer.start();
        closer.join();

        assertEquals(List.of(), List.copyOf(faults));
        assertEquals(at, durable.get().at());
        assertTrue(!closer.isAlive());
    }
}
