package norikv.it;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import norikv.bytes.Bytes;
import norikv.client.Norikv;
import norikv.client.ScanOptions;
import norikv.domain.Item;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Kills the real process again and again while several clients write, and compares all that was
/// acknowledged. `-Dkill.rounds=N` for more, `-Dseed=` for others.
@Timeout(600)
final class KillIT {
    private static final int ROUNDS = Integer.getInteger("kill.rounds", 10);
    private static final int WRITERS = 8;
    private static final int CLIENTS = 3;
    private static final int KEYS_PER_WRITER = 40;
    private static final int WRITES_BEFORE_KILL_MAX = 600;

    /// A small memtable: flushes and compactions are under way when it dies.
    private static final String[] SMALL = {"--set", "storage.memtable_bytes=1MiB"};

    @TempDir private Path folder;

    @Test
    void nothingAcknowledgedIsLostOverKills() throws Exception {
        long seed = Long.getLong("seed", 1);
        System.Logger log = System.getLogger("norikv.test");
        log.log(System.Logger.Level.INFO, "seed=" + seed);
        Random random = new Random(seed);
        List<LedgerWriter> writers = new ArrayList<>();
        for (int i = 0; i < WRITERS; i++) {
            writers.add(new LedgerWriter("w" + i + ":", KEYS_PER_WRITER, random.nextLong()));
        }
        for (int round = 0; round < ROUNDS; round++) {
            if (random.nextInt(3) == 0) {
                killWhileItStarts(random.nextInt(2_000));
            }
            try (NodeProcess node = NodeProcess.start(folder, SMALL).mustBeReady()) {
                killAfter(node, writers, 1 + random.nextInt(WRITES_BEFORE_KILL_MAX));
            }
        }
        for (int start = 0; start < 2; start++) {
            try (NodeProcess node = NodeProcess.start(folder).mustBeReady();
                    Norikv client = node.connect()) {
                writers.forEach(writer -> writer.check(client));
                assertEquals(live(writers), scanned(client), "seed " + seed);
                assertEquals(0, node.stop(), node::errors);
            }
        }
    }

    /// Compares, lets all writers run, and kills the node once so many writes are acknowledged.
    private static void killAfter(
            NodeProcess node, List<LedgerWriter> writers, int acknowledged)
            throws InterruptedException {
        List<Norikv> clients = new ArrayList<>();
        try {
            for (int i = 0; i < CLIENTS; i++) {
                clients.add(node.connect());
            }
            writers.forEach(writer -> writer.check(clients.getFirst()));
            CountDownLatch left = new CountDownLatch(acknowledged);
            List<Thread> threads = new ArrayList<>();
            for (int i = 0; i < WRITERS; i++) {
                LedgerWriter writer = writers.get(i);
                Norikv client = clients.get(i % CLIENTS);
                threads.add(
                        Thread.ofPlatform().start(() -> writer.writeUntilLost(client, left)));
            }
            left.await();
            node.kill();
            for (Thread thread : threads) {
                thread.join();
            }
            writers.forEach(LedgerWriter::mustBeUnharmed);
        } finally {
            clients.forEach(Norikv::close);
        }
    }

    /// Kills it somewhere between its first instruction and READY, or a little later.
    private void killWhileItStarts(int millis) throws Exception {
        NodeProcess.startAndKill(folder, millis, SMALL);
    }

    private static List<Bytes> live(List<LedgerWriter> writers) {
        return writers.stream().flatMap(writer -> writer.ledger().live().stream()).toList();
    }

    private static List<Bytes> scanned(Norikv client) {
        return client.scan(ScanOptions.all()).stream().map(Item::key).toList();
    }
}
