package norikv.lsm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import norikv.bytes.Bytes;
import norikv.disk.SimDisk;
import norikv.disk.SimFault;
import norikv.domain.NoriException;
import norikv.domain.ShardId;
import norikv.domain.Version;
import org.junit.jupiter.api.Test;

/// What an engine promises, one sentence a test, each in an order of events that the test decides.
final class LsmTest {
    private static final int NEVER = 100;

    @Test
    void whatWasFlushedIsThereAfterACrash() {
        var rig = new LsmRig(LsmRig.options(NEVER)).withShards(2);
        rig.put(0, "a", "1");
        rig.put(1, "b", "2");
        rig.flush();
        rig.put(0, "c", "3");
        rig.crash(7);
        rig.open();

        assertEquals(List.of("a=1", "b=2"), rig.scan());
        assertEquals(1, rig.lsm.durable(new ShardId(0)).at().index());
        assertEquals(rig.lsm.durable(new ShardId(0)), rig.lsm.applied(new ShardId(0)));
    }

    @Test
    void aNewerYoungTableHidesAnOlderOne() {
        var rig = new LsmRig(LsmRig.options(NEVER)).withShards(1);
        rig.put(0, "a", "old");
        rig.flush();
        rig.put(0, "a", "new");
        rig.flush();

        assertEquals(2, rig.tables(0));
        assertEquals("new", rig.get(0, "a"));
        assertEquals(List.of("a=new"), rig.scan());
    }

    @Test
    void aTombstoneIsKeptWhileSomethingOlderLiesBelow() {
        var rig = new LsmRig(LsmRig.options(2)).withShards(1);
        rig.put(0, "a", "1");
        rig.put(0, "b", "1");
        rig.flush();
        rig.put(0, "b", "1");
        rig.put(0, "c", "1");
        rig.flush();
        assertEquals(0, rig.tables(0), "the first two were merged down");
        rig.delete(0, "a");
        rig.flush();

        assertEquals("-", rig.get(0, "a"));
        assertEquals(List.of("b=1", "c=1"), rig.scan());
    }

    @Test
    void tombstonesAndExpiredValuesLeaveWithTheLastMerge() {
        var rig = new LsmRig(LsmRig.options(2)).withShards(1);
        rig.put(0, "a", "1");
        rig.put(0, "b", "1", rig.logTime() + 5);
        rig.put(0, "c", "1");
        rig.flush();
        rig.delete(0, "a");
        rig.advance(0, 10);
        rig.flush();

        assertEquals(List.of("c=1"), rig.scan());
        assertEquals("-", rig.get(0, "b"), "an expired value is gone, not only hidden");
        assertEquals(1, rig.lsm.levels().all().stream().mapToLong(t -> t.facts().entries()).sum());
    }

    @Test
    void aFrozenMemtableIsReadUntilItsTableIsThere() {
        var rig = new LsmRig(LsmRig.options(NEVER)).withShards(1);
        rig.put(0, "a", "1");
        rig.disk.inject(
                SimFault.on(SimDisk.Op.CREATE, ".sst"),
                new SimFault.NoSpace());
        assertFalse(rig.lsm.flush(rig.driver.nowNanos() + 5_000_000));
        rig.put(0, "b", "1");

        assertEquals("1", rig.get(0, "a"));
        assertEquals(List.of("a=1", "b=1"), rig.scan());
        rig.disk.heal();
        rig.driver.advance(50_000_000);
        assertTrue(rig.tables(0) > 0, "tried again after a pause");
        assertEquals(List.of("a=1", "b=1"), rig.scan());
        assertEquals(List.of(), rig.faults);
    }

    /// The write comes right after the place was loaded; its merge drops the version that was
    /// visible there.
    @Test
    void aGetPinsTheStateBeforeItLoadsThePlace() {
        var rig = new LsmRig(LsmRig.options(2)).withShards(1);
        rig.put(0, "a", "1");
        rig.flush();
        var applied =
                new AppliedReading() {
                    @Override
                    void set(long index, long term, long logTimeMillis) {
                        super.set(index, term, logTimeMillis);
                        if (rig.lsm.applied(LsmRig.id(0)).at().index() == 1) {
                            rig.put(0, "b", "1"); // the last that the pinned memtable takes
                            rig.flush();
                            rig.put(0, "a", "2");
                            rig.flush();
                            rig.put(0, "c", "1");
                            rig.flush();
                            assertEquals(0, rig.tables(0), "merged, the older version is gone");
                        }
                    }
                };
        var result = new GetResult(false, applied);
        rig.lsm.get(LsmRig.id(0), 0, Bytes.utf8("a"), Reach.DISK, result);

        assertEquals(GetResult.Outcome.FOUND, result.outcome());
        assertEquals(1, result.index());
    }

    /// The shards are asked for between the pin and the loading of their places: the write comes in
    /// between, its merge drops the version that was visible.
    @Test
    void aScanPinsTheStateBeforeItLoadsAnyPlace() {
        var rig = new LsmRig(LsmRig.options(2)).withShards(2);
        rig.put(0, "a", "1");
        rig.flush();
        Predicate<ShardId> shards =
                shard -> {
                    if (shard.number() == 1 && rig.tables(0) == 1) {
                        rig.put(0, "a", "2");
                        rig.flush();
                        assertEquals(0, rig.tables(0), "merged, the older version is gone");
                    }
                    return true;
                };
        List<String> items = new ArrayList<>();
        var plan = new RangePlan(0, shards, Bytes.EMPTY, Bytes.EMPTY, false);
        try (RangeCursor cursor = rig.lsm.scan(plan)) {
            LsmRig.read(cursor, items);
        }

        assertEquals(List.of("a=1"), items);
    }

    /// A value is renewed after the pin, in the next memtable, and time passes its first expiry.
    @Test
    void aScanJudgesExpiryByThePlaceOfWhatItSees() {
        var rig = new LsmRig(LsmRig.options(NEVER)).withShards(1);
        rig.put(0, "a", "1", rig.logTime() + 10);
        Predicate<ShardId> shards =
                _ -> {
                    rig.flush();
                    rig.put(0, "a", "2", rig.logTime() + 1000);
                    rig.advance(0, 100);
                    return true;
                };
        List<String> items = new ArrayList<>();
        var plan = new RangePlan(0, shards, Bytes.EMPTY, Bytes.EMPTY, false);
        try (RangeCursor cursor = rig.lsm.scan(plan)) {
            LsmRig.read(cursor, items);
        }

        assertEquals(List.of("a=1"), items);
        assertEquals(List.of("a=2"), rig.scan());
    }

    @Test
    void aScanSeesAllOfABatchOrNothing() {
        var rig = new LsmRig(LsmRig.options(NEVER)).withShards(2);
        rig.put(1, "m", "1");
        var plan = new RangePlan(0, _ -> true, Bytes.EMPTY, Bytes.EMPTY, false);
        List<String> items = new ArrayList<>();
        try (RangeCursor cursor = rig.lsm.scan(plan)) {
            var batch = new WriteBatch();
            Version at = rig.next(0);
            batch.put(LsmRig.id(0), 0, at, Bytes.utf8("a"), Bytes.utf8("1"), 0);
            batch.put(LsmRig.id(0), 0, at, Bytes.utf8("z"), Bytes.utf8("1"), 0);
            batch.applied(LsmRig.id(0), at, rig.logTime());
            rig.lsm.write(batch);
            LsmRig.read(cursor, items);
        }

        assertEquals(List.of("m=1"), items);
        assertEquals(List.of("a=1", "m=1", "z=1"), rig.scan());
    }

    @Test
    void anOpenScanKeepsItsTablesAndNothingStaysAfterIt() {
        var rig = new LsmRig(LsmRig.options(1)).withShards(1);
        for (int i = 0; i < 200; i++) {
            rig.put(0, "key%03d".formatted(i), "v".repeat(50));
        }
        rig.flush();
        var plan = new RangePlan(0, _ -> true, Bytes.EMPTY, Bytes.EMPTY, true);
        List<String> items = new ArrayList<>();
        try (RangeCursor cursor = rig.lsm.scan(plan)) {
            for (int i = 0; i < 200; i++) {
                rig.delete(0, "key%03d".formatted(i));
            }
            rig.flush();
            rig.flush();
            LsmRig.readBackward(cursor, items);
        }
        rig.settle();
        rig.driver.advance(10_000_000);

        assertEquals(200, items.size());
        assertEquals(0, rig.lsm.levels().all().size());
        assertEquals(0, rig.disk.openMappings());
        assertEquals(List.of(), rig.files().stream().filter(f -> f.endsWith(".sst")).toList());
    }

    @Test
    void aDroppedTabletIsInvisibleAtOnceAndItsTablesGo() {
        var rig = new LsmRig(LsmRig.options(NEVER)).withShards(2);
        rig.put(0, "a", "1");
        rig.flush();
        rig.put(1, "b", "1");
        rig.lsm.dropTablet(new ShardId(0));

        assertThrows(NoriException.NotLeader.class, () -> rig.get(0, "a"));
        assertEquals(List.of("b=1"), rig.scan());
        rig.settle();
        rig.driver.advance(10_000_000);
        assertEquals(0, rig.lsm.levels().all().size());
        rig.crash(3);
        rig.open();
        assertFalse(rig.lsm.hasTablet(new ShardId(0)));
    }

    @Test
    void aNewIncarnationSeesNothingOfTheOldOne() {
        var rig = new LsmRig(LsmRig.options(NEVER)).withShards(1);
        rig.put(0, "a", "old");
        rig.put(0, "b", "old");
        rig.flush();
        rig.put(0, "c", "old");
        rig.lsm.dropTablet(new ShardId(0));
        rig.lsm.createTablets(List.of(new ShardId(0)));
        var batch = new WriteBatch();
        batch.put(LsmRig.id(0), 0, new Version(1, 1), Bytes.utf8("b"), Bytes.utf8("new"), 0);
        batch.applied(LsmRig.id(0), new Version(1, 1), 1);
        rig.lsm.write(batch);

        assertEquals(List.of("b=new"), rig.scan());
        assertEquals("-", rig.get(0, "a"));
        assertEquals("-", rig.get(0, "c"));
    }

    @Test
    void aReplayedLogChangesNothing() {
        var rig = new LsmRig(LsmRig.options(NEVER)).withShards(1);
        Version first = rig.put(0, "a", "1");
        Version second = rig.put(0, "a", "2");
        rig.flush();
        rig.close();
        rig.open();
        var batch = new WriteBatch();
        batch.put(LsmRig.id(0), 0, first, Bytes.utf8("a"), Bytes.utf8("1"), 0);
        batch.applied(LsmRig.id(0), first, rig.logTime());
        rig.lsm.write(batch);

        assertEquals("2", rig.get(0, "a"));
        assertEquals(second, rig.lsm.applied(new ShardId(0)).at());
    }

    @Test
    void aFlushTellsHowFarEachShardIsDurable() {
        var rig = new LsmRig(LsmRig.options(NEVER)).withShards(2);
        Map<ShardId, AppliedAt> told = new HashMap<>();
        rig.lsm.onFlushed(told::putAll);
        rig.put(0, "a", "1");
        rig.advance(1, 50);
        rig.flush();

        assertEquals(
                Map.of(
                        new ShardId(0), new AppliedAt(new Version(1, 1), 1000),
                        new ShardId(1), new AppliedAt(new Version(1, 1), 1050)),
                told);
        assertEquals(told.get(new ShardId(1)), rig.lsm.durable(new ShardId(1)));
    }

    @Test
    void aPlaceWithoutEntriesIsFlushedWithoutATable() {
        var rig = new LsmRig(LsmRig.options(NEVER)).withShards(1);
        rig.advance(0, 7);
        rig.flush();

        assertEquals(0, rig.tables(0));
        assertEquals(rig.lsm.applied(new ShardId(0)), rig.lsm.durable(new ShardId(0)));
    }

    @Test
    void bandsStayAsTheyWereWhenTheFolderWasMade() {
        var rig = new LsmRig(LsmRig.options(NEVER).withBands(3)).withShards(7);
        for (int shard = 0; shard < 7; shard++) {
            rig.put(shard, "key" + shard, "v");
        }
        rig.flush();
        rig.close();
        var lsm = Lsm.open(rig.environment(), LsmRig.options(NEVER).withBands(16));
        var result = new GetResult();
        lsm.get(new ShardId(5), 0, Bytes.utf8("key5"), Reach.DISK, result);

        assertEquals(GetResult.Outcome.FOUND, result.outcome());
        lsm.close();
    }

    @Test
    void memoryAloneSaysColdWhereTheDiskIsNeeded() {
        var rig = new LsmRig(LsmRig.options(NEVER)).withShards(1);
        rig.put(0, "a", "1");
        rig.flush();
        var result = new GetResult();
        rig.lsm.get(LsmRig.id(0), 0, Bytes.utf8("a"), Reach.MEMORY, result);
        assertEquals(GetResult.Outcome.FOUND, result.outcome(), "what was just written is warm");
        rig.close();
        rig.open();
        rig.lsm.get(LsmRig.id(0), 0, Bytes.utf8("a"), Reach.MEMORY, result);
        assertEquals(GetResult.Outcome.COLD, result.outcome());

        assertEquals("1", rig.get(0, "a"));
        rig.lsm.get(LsmRig.id(0), 0, Bytes.utf8("a"), Reach.MEMORY, result);
        assertEquals(GetResult.Outcome.FOUND, result.outcome());
    }

    @Test
    void aWriteIsRefusedWholeWhenAllMemoryWaitsForTheDisk() {
        var options = LsmRig.options(NEVER);
        options = options.withMemory(new LsmOptions.Memory(4 << 10, 12 << 10, 20 << 10, true));
        var rig = new LsmRig(options).withShards(1);
        rig.disk.inject(
                SimFault.on(SimDisk.Op.CREATE, ".sst"),
                new SimFault.NoSpace());
        int written = 0;
        NoriException.Overloaded refusal = null;
        while (refusal == null) {
            try {
                rig.put(0, "key" + written, "v".repeat(500));
                written++;
            } catch (NoriException.Overloaded e) {
                refusal = e;
            }
        }

        assertTrue(rig.lsm.pressure() >= 1, () -> "pressure " + rig.lsm.pressure());
        assertEquals(written, rig.scan().size());
        rig.disk.heal();
        rig.driver.advance(100_000_000);
        assertTrue(rig.lsm.pressure() < 1, () -> "pressure " + rig.lsm.pressure());
        var batch = new WriteBatch();
        batch.applied(LsmRig.id(0), rig.next(0), rig.logTime());
        rig.lsm.write(batch);
        rig.put(0, "after", "1");
        assertEquals("1", rig.get(0, "after"));
    }

    @Test
    void sizesOutsideOfTheirLimitsAreRefused() {
        LsmOptions options = LsmOptions.defaults();
        List<Runnable> wrong =
                List.of(
                        () -> options.withBands(0),
                        () -> options.withBands(65_537),
                        () -> options.withMemtableBytes(2047),
                        () -> options.withTableBytes(1023),
                        () -> options.withBlockBytes(0),
                        () -> options.withFilterBitsPerKey(21),
                        () -> new LsmOptions.Memory(4096, 8192, 8192, false),
                        () -> new LsmOptions.Levels(4, 4, 1 << 20, 10),
                        () -> new LsmOptions.Pace(0, 1, 1024));
        for (Runnable making : wrong) {
            assertThrows(NoriException.Malformed.class, making::run);
        }
    }

    @Test
    void aClosedEngineSaysSo() {
        var rig = new LsmRig(LsmRig.options(NEVER)).withShards(1);
        rig.close();
        rig.close();

        assertThrows(NoriException.Closed.class, () -> rig.get(0, "a"));
        assertThrows(NoriException.Closed.class, () -> rig.lsm.write(new WriteBatch()));
        assertEquals(0, rig.disk.openFiles());
        assertEquals(0, rig.disk.openMappings());
    }
}
