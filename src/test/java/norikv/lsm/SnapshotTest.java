package norikv.lsm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.ArrayList;
import java.util.List;
import norikv.bytes.Bytes;
import norikv.domain.NoriException;
import norikv.domain.ShardId;
import norikv.domain.Version;
import org.junit.jupiter.api.Test;

/// What a snapshot promises, one sentence a test.
final class SnapshotTest {
    private static final int NEVER = 100;

    @Test
    void aFlushKeepsWhatASnapshotSees() {
        var rig = new LsmRig(LsmRig.options(NEVER)).withShards(2);
        rig.put(0, "a", "1");
        rig.put(1, "b", "1");
        try (Snapshot first = rig.lsm.snapshot(_ -> true)) {
            rig.put(0, "a", "2");
            rig.delete(1, "b");
            try (Snapshot second = rig.lsm.snapshot(_ -> true)) {
                rig.put(0, "a", "3");
                rig.put(1, "b", "3");
                rig.flush();

                assertEquals(List.of("a=1", "b=1"), scan(first));
                assertEquals(List.of("a=2"), scan(second));
                assertEquals("1", get(first, 0, "a"));
                assertEquals("2", get(second, 0, "a"));
                assertEquals("-", get(second, 1, "b"));
                assertEquals(List.of("a=3", "b=3"), rig.scan());
            }
        }
        assertEquals(6, entries(rig), "each version was seen by somebody");
    }

    @Test
    void aCompactionKeepsWhatASnapshotSees() {
        var rig = new LsmRig(LsmRig.options(2)).withShards(1);
        rig.put(0, "a", "1");
        rig.put(0, "b", "1");
        rig.flush();
        Snapshot snapshot = rig.lsm.snapshot(_ -> true);
        rig.put(0, "a", "2");
        rig.put(0, "a", "3");
        rig.delete(0, "b");
        rig.flush();

        assertEquals(0, rig.tables(0), "merged");
        assertEquals(List.of("a=1", "b=1"), scan(snapshot));
        assertEquals("1", get(snapshot, 0, "a"));
        assertEquals(List.of("a=3"), rig.scan(), "the tombstone hides what the snapshot keeps");
        assertEquals("-", rig.get(0, "b"));
        assertEquals(4, entries(rig), "a=2 was seen by nobody");
        snapshot.close();
        mergeAgain(rig);
        assertEquals(List.of("a=3", "z=2"), rig.scan());
        assertEquals(2, entries(rig), "nothing is kept for a snapshot that is closed");
    }

    @Test
    void aValueThatExpiredSinceIsThereForWhoAsksAtAnEarlierTime() {
        var rig = new LsmRig(LsmRig.options(2)).withShards(1);
        rig.put(0, "a", "1");
        rig.put(0, "a", "2", rig.logTime() + 5);
        rig.flush();
        Snapshot snapshot = rig.lsm.snapshot(_ -> true);
        rig.advance(0, 10);
        rig.put(0, "c", "1");
        rig.flush();

        assertEquals(0, rig.tables(0), "merged");
        assertEquals(List.of("a=2"), scan(snapshot));
        assertEquals(List.of("c=1"), rig.scan());
        snapshot.close();
        mergeAgain(rig);
        assertEquals(2, entries(rig), "the expired value is gone");
    }

    /// The value has not expired where the snapshot stands, but an older one shows below it.
    @Test
    void anExpiredValueHidesWhatAnOlderSnapshotKeeps() {
        var rig = new LsmRig(LsmRig.options(2)).withShards(1);
        rig.put(0, "a", "1");
        rig.flush();
        Snapshot snapshot = rig.lsm.snapshot(_ -> true);
        rig.put(0, "a", "2", rig.logTime() + 5);
        rig.advance(0, 10);
        rig.flush();

        assertEquals(0, rig.tables(0), "merged");
        assertEquals(List.of("a=1"), scan(snapshot));
        assertEquals(List.of(), rig.scan());
        snapshot.close();
    }

    @Test
    void aSnapshotStandsWhereItWasTaken() {
        var rig = new LsmRig(LsmRig.options(NEVER)).withShards(3);
        rig.put(0, "a", "1");
        Version at = rig.put(1, "b", "1");
        long then = rig.logTime();
        Snapshot snapshot = rig.lsm.snapshot(shard -> shard.number() != 2);
        rig.advance(1, 10);

        assertEquals(new AppliedAt(at, then), snapshot.applied(LsmRig.id(1)).orElseThrow());
        assertEquals(List.of(), snapshot.applied(LsmRig.id(2)).stream().toList());
        assertThrows(NoriException.NotLeader.class, () -> get(snapshot, 2, "a"));
        var result = new GetResult();
        snapshot.get(LsmRig.id(1), 0, Bytes.utf8("b"), Reach.DISK, result);
        assertEquals(at.index(), result.appliedIndex());
        assertEquals(then, result.appliedLogTimeMillis());
        snapshot.close();
    }

    @Test
    void aDropTakesOnlyItsOwnShardAway() {
        var rig = new LsmRig(LsmRig.options(2)).withShards(2);
        rig.put(0, "a", "1");
        rig.put(1, "b", "1");
        rig.flush();
        Snapshot snapshot = rig.lsm.snapshot(_ -> true);
        rig.lsm.dropTablet(LsmRig.id(1));
        rig.lsm.createTablets(List.of(LsmRig.id(1)));
        rig.put(0, "a", "2");
        rig.put(1, "b", "2");
        rig.flush();

        assertEquals(0, rig.tables(0), "merged");
        assertEquals("1", get(snapshot, 0, "a"));
        assertEquals(List.of("a=1"), scan(snapshot, new ShardId(0)));
        assertThrows(NoriException.NotLeader.class, () -> get(snapshot, 1, "b"));
        assertThrows(NoriException.NotLeader.class, () -> scan(snapshot));
        snapshot.close();
    }

    /// The snapshot is closed right after the read has looked whether it is open; what it saw is
    /// dropped then.
    @Test
    void aReadPinsTheStateBeforeItLooksWhetherTheSnapshotIsOpen() {
        var rig = new LsmRig(LsmRig.options(2)).withShards(1);
        rig.put(0, "a", "1");
        rig.flush();
        Snapshot snapshot = rig.lsm.snapshot(_ -> true);
        var applied =
                new AppliedReading() {
                    @Override
                    void set(long index, long term, long logTimeMillis) {
                        super.set(index, term, logTimeMillis);
                        snapshot.close();
                        rig.put(0, "a", "2");
                        rig.flush();
                        assertEquals(1, entries(rig), "merged, the older version is gone");
                    }
                };
        var result = new GetResult(false, applied);
        snapshot.get(LsmRig.id(0), 0, Bytes.utf8("a"), Reach.DISK, result);

        assertEquals(GetResult.Outcome.FOUND, result.outcome());
        assertEquals(1, result.index());
        assertThrows(NoriException.Closed.class, () -> get(snapshot, 0, "a"));
        assertThrows(NoriException.Closed.class, () -> scan(snapshot));
    }

    @Test
    void aScanGoesOnWhenItsSnapshotIsClosed() {
        var rig = new LsmRig(LsmRig.options(2)).withShards(1);
        rig.put(0, "a", "1");
        rig.put(0, "b", "1");
        rig.flush();
        Snapshot snapshot = rig.lsm.snapshot(_ -> true);
        List<String> items = new ArrayList<>();
        try (RangeCursor cursor = snapshot.scan(all())) {
            snapshot.close();
            rig.put(0, "a", "2");
            rig.flush();
            LsmRig.read(cursor, items);
        }

        assertEquals(List.of("a=1", "b=1"), items);
    }

    @Test
    void tooManySnapshotsAreRefused() {
        var rig = new LsmRig(LsmRig.options(NEVER)).withShards(1);
        List<Snapshot> open = new ArrayList<>();
        for (int i = 0; i < Snapshots.OPEN_MAX; i++) {
            open.add(rig.lsm.snapshot(_ -> true));
        }

        assertThrows(NoriException.Overloaded.class, () -> rig.lsm.snapshot(_ -> true));
        open.removeFirst().close();
        rig.lsm.snapshot(_ -> true).close();
        open.forEach(Snapshot::close);
    }

    private static long entries(LsmRig rig) {
        return rig.lsm.levels().all().stream().mapToLong(t -> t.facts().entries()).sum();
    }

    /// Has the tables that are there merged once more, with one entry more.
    private static void mergeAgain(LsmRig rig) {
        rig.put(0, "a0", "1");
        rig.flush();
        rig.delete(0, "a0");
        rig.put(0, "z", "2");
        rig.flush();
    }

    private static RangePlan all() {
        return new RangePlan(0, _ -> true, Bytes.EMPTY, Bytes.EMPTY, false);
    }

    private static List<String> scan(Snapshot snapshot) {
        return read(snapshot, all());
    }

    private static List<String> scan(Snapshot snapshot, ShardId shard) {
        var plan = new RangePlan(0, shard::equals, Bytes.EMPTY, Bytes.EMPTY, false);
        return read(snapshot, plan);
    }

    private static List<String> read(Snapshot snapshot, RangePlan plan) {
        List<String> items = new ArrayList<>();
        try (RangeCursor cursor = snapshot.scan(plan)) {
            LsmRig.read(cursor, items);
        }
        return items;
    }

    private static String get(Snapshot snapshot, int shard, String key) {
        var result = new GetResult();
        snapshot.get(LsmRig.id(shard), 0, Bytes.utf8(key), Reach.DISK, result);
        return result.outcome() == GetResult.Outcome.FOUND
                ? Bytes.copyOf(result.value(), 0, result.valueLength()).toUtf8()
                : "-";
    }
}
