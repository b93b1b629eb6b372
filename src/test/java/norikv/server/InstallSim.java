package norikv.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import norikv.adapter.lsm.LsmShards;
import norikv.adapter.lsm.LsmStorage;
import norikv.bytes.Bytes;
import norikv.disk.SimDisk;
import norikv.domain.NoriException;
import norikv.domain.ShardId;
import norikv.domain.Version;
import norikv.host.Install;
import norikv.host.Recovery;
import norikv.lsm.DormantLsm;
import norikv.lsm.Lsm;
import norikv.lsm.LsmOptions;
import norikv.lsm.RangeCursor;
import norikv.lsm.RangePlan;
import norikv.lsm.WriteBatch;
import norikv.observe.Event;
import norikv.observe.Meter;
import norikv.port.ShardStore;
import norikv.raftlog.Intent;
import norikv.raftlog.LogBatch;
import norikv.raftlog.RaftLog;
import norikv.raftlog.RaftLogOptions;
import norikv.wal.WalOptions;
import norikv.work.SeededLoops;
import norikv.work.SeededNode;

/// Log and engine of one node on one simulated disk, and a shard that is installed there.
///
/// Entry i of a shard's log sets a key to a value that tells i, so what a shard holds tells how far
/// it was applied.
final class InstallSim {
    static final ShardId SHARD = new ShardId(0);
    static final ShardId OTHER = new ShardId(1);
    static final int GROUP = 1;
    private static final int SHARDS = 2;
    private static final long STEPS_MAX = 1_000_000;
    private static final int[] SPACES = {0, 0, 3};
    private static final int KIB = 1 << 10;

    final SeededLoops driver;
    final List<String> faults = new ArrayList<>();
    private final int bands;
    SimDisk disk;
    Lsm lsm;
    RaftLog log;
    LsmShards shards;
    private SeededNode node;

    InstallSim(long seed, int bands) {
        this.driver = new SeededLoops(seed);
        this.disk = new SimDisk(seed);
        this.bands = bands;
    }

    /// Opens log and engine as a node does.
    void open() {
        faults.clear();
        node = driver.node("node", (where, cause) -> faults.add(where + ": " + cause));
        var environment =
                new Lsm.Environment(
                        disk, "lsm", node, this::fault, Meter.NONE, Event.Sink.NONE);
        try (DormantLsm dormant = DormantLsm.look(environment)) {
            var wal = WalOptions.defaults(7).withSegmentBytes(16 * KIB).withCacheBytes(0);
            log =
                    RaftLog.open(
                            disk,
                            "wal",
                            new RaftLogOptions(wal, 0),
                            node,
                            Meter.NONE,
                            Event.Sink.NONE,
                            this::fault,
                            opened ->
                                    Recovery.check(
                                            SHARDS,
                                            opened,
                                            "wal",
                                            shard ->
                                                    new Recovery.Stored(
                                                            dormant.tabletOf(shard),
                                                            dormant.durable(shard).at())));
            lsm = dormant.begin(options());
        }
        shards = new LsmShards(lsm);
        Recovery.finish(SHARDS, log, new LsmStorage(lsm), shards, node);
        shards.create(Set.of(SHARD, OTHER));
    }

    private LsmOptions options() {
        return LsmOptions.defaults()
                .withBands(bands)
                .withMemory(new LsmOptions.Memory(64 * KIB, 1 << 20, 1 << 21, true))
                .withTableBytes(2 * KIB)
                .withBlockBytes(256);
    }

    private void fault(String where, Throwable cause) {
        faults.add(where + ": " + cause);
    }

    /// The power fails and comes back.
    void crash(long seed) {
        node.kill();
        disk.crashNow();
        disk = disk.crash(seed);
    }

    /// Appends entries of a term, durably.
    void append(ShardId shard, long from, long to, long term) {
        int group = shard.number() + 1;
        write(
                batch -> {
                    batch.after(group, from - 1, log.term(group, from - 1));
                    for (long i = from; i <= to; i++) {
                        batch.entry(term, i, 0, Bytes.utf8("entry " + i));
                    }
                });
    }

    private void write(Consumer<LogBatch> fill) {
        LogBatch batch = log.newBatch();
        fill.accept(batch);
        var durable = node.signal();
        assertEquals(RaftLog.Verdict.ACCEPTED, log.append(batch, durable::raise));
        assertTrue(durable.await(deadline()), "durable");
    }

    void apply(ShardId shard, long from, long to, long term) {
        var batch = new WriteBatch();
        for (long i = from; i <= to; i++) {
            var at = new Version(term, i);
            batch.put(shard, SPACES[(int) (i % 3)], at, key(i), value(i), 0);
            batch.applied(shard, at, i);
        }
        lsm.write(batch);
    }

    void flush() {
        assertTrue(lsm.flush(deadline()), "flushed");
        log.flushed(
                group ->
                        group == 0 || group > SHARDS
                                ? 0
                                : lsm.durable(new ShardId((int) group - 1)).at().index());
        driver.runUntilIdle(STEPS_MAX);
    }

    private static Bytes key(long index) {
        return Bytes.utf8("key " + index % 41);
    }

    private static Bytes value(long index) {
        return Bytes.utf8("v".repeat((int) (index % 60)) + index);
    }

    /// {@return what a shard holds whose log was applied up to `index`}
    static Map<String, Long> model(long index) {
        Map<String, Long> rows = new TreeMap<>();
        for (long i = 1; i <= index; i++) {
            rows.put(SPACES[(int) (i % 3)] + " " + key(i).toUtf8(), i);
        }
        return rows;
    }

    /// {@return what a shard holds: which entry wrote each key}
    Map<String, Long> rows(ShardId shard) {
        Map<String, Long> rows = new TreeMap<>();
        for (int space : Set.of(0, 3)) {
            var plan = new RangePlan(space, shard::equals, Bytes.EMPTY, Bytes.EMPTY, false);
            try (RangeCursor at = lsm.scan(plan)) {
                for (; at.isValid(); at.next()) {
                    long index = at.version().index();
                    byte[] value = new byte[at.valueLength()];
                    at.copyValue(value, 0);
                    assertEquals(value(index), Bytes.wrap(value), "value of " + index);
                    rows.put(space + " " + at.key().toUtf8(), index);
                }
            }
        }
        return rows;
    }

    /// {@return the chunks of [#SHARD] as it is here}
    List<Bytes> chunks() {
        List<Bytes> chunks = new ArrayList<>();
        try (ShardStore.View view = shards.view(Set.of(SHARD))) {
            var sent = view.send(Map.of(SHARD, ShardStore.Mark.START), 700);
            for (int step = 0; !sent.isDone(); step++) {
                assertTrue(step < 10_000, "the stream ends");
                sent.step(1000).forEach(chunk -> chunks.add(chunk.bytes()));
            }
        }
        return chunks;
    }

    ShardStore.Digest digest() {
        try (ShardStore.View view = shards.view(Set.of(SHARD))) {
            ShardStore.Hashing hash = view.hash(Set.of(SHARD));
            for (int step = 0; !hash.step(1000); step++) {
                assertTrue(step < 10_000, "the walk ends");
            }
            return hash.digests().get(SHARD);
        }
    }

    /// Receives and installs a shard, as a host does.
    void install(List<Bytes> chunks) {
        try (ShardStore.Incoming incoming = shards.receive(SHARD)) {
            chunks.forEach(incoming::take);
            incoming.seal();
            boolean isRight = false;
            while (!isRight) {
                isRight = incoming.verify(4);
            }
            Install.run(log, incoming, node, deadline());
        }
    }

    /// {@return whether something that happened is only that the disk went}
    boolean isDown(Throwable e) {
        return disk.hasCrashed() && (e instanceof SimDisk.Crashed || e instanceof NoriException);
    }

    /// Flips a bit in the first block of every table.
    void damageTables() {
        for (String name : disk.list("lsm")) {
            if (name.endsWith(".sst")) {
                disk.damage("lsm/" + name, 30, 4);
            }
        }
    }

    /// {@return whether reading [#SHARD] finds it damaged, and says so}
    boolean meetsDamage() {
        try {
            rows(SHARD);
            return false;
        } catch (NoriException.Corruption _) {
            driver.runUntilIdle(STEPS_MAX);
            return shards.damaged().equals(Set.of(SHARD));
        }
    }

    void requireSettled() {
        driver.runUntilIdle(STEPS_MAX);
        assertEquals(Intent.NONE, log.intent(GROUP));
        assertEquals(List.of(), faults);
        assertFalse(lsm.applied(SHARD).at().index() < log.firstIndex(GROUP) - 1);
    }

    private long deadline() {
        return driver.nowNanos() + 60_000_000_000L;
    }
}
