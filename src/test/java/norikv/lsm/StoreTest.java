package norikv.lsm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import norikv.disk.SimDisk.Op;
import norikv.disk.SimFault;
import norikv.domain.ErrorCode;
import norikv.domain.NoriException;
import org.junit.jupiter.api.Test;

/// What a store promises to a program that has it alone.
final class StoreTest {
    private final StoreRig rig = new StoreRig();

    @Test
    void aWriteThatNobodyWaitsForIsVisibleAtOnceAndLostInACrash() {
        rig.put("a", "1", Durability.SYNC);
        rig.put("b", "2", Durability.LATER);
        assertEquals("2", rig.get("b"));

        rig.crash(1);
        rig.open();
        assertEquals(Map.of("a", "1"), rig.content());
    }

    @Test
    void aWriteThatNobodyWaitsForIsDurableWhenTheLagHasPassed() {
        rig.put("a", "1", Durability.LATER);
        rig.driver.advance(StoreRig.LAG_NANOS);

        rig.crash(1);
        rig.open();
        assertEquals("1", rig.get("a"));
    }

    @Test
    void waitingForOneWriteMakesAllBeforeItDurable() {
        rig.put("a", "1", Durability.LATER);
        rig.put("b", "2", Durability.SYNC);

        rig.crash(1);
        rig.open();
        assertEquals(Map.of("a", "1", "b", "2"), rig.content());
    }

    @Test
    void syncMakesDurableWhatOthersWrote() {
        rig.put("a", "1", Durability.LATER);
        rig.store.sync();
        rig.crash(1);
        rig.open();
        assertEquals("1", rig.get("a"));
        rig.store.sync(); // with nothing to write
    }

    @Test
    void aBatchIsOneForceAndTheLastOfAKeyWins() {
        rig.put("warm", "up", Durability.SYNC);
        rig.driver.runUntilIdle(100_000);
        long forces = rig.disk.count(Op.FORCE);
        var batch = new StoreBatch();
        for (int i = 0; i < 100; i++) {
            batch.put(StoreRig.bytes("k" + i % 10), StoreRig.bytes("" + i));
        }
        batch.delete(StoreRig.bytes("k3")).delete(StoreRig.bytes("absent"));
        rig.store.write(batch, Durability.SYNC);

        assertEquals(forces + 1, rig.disk.count(Op.FORCE));
        assertEquals("99", rig.get("k9"));
        assertEquals("absent", rig.get("k3"));
    }

    @Test
    void whatExpiresIsGoneForGetsAndCursorsButNotForAnOlderSnapshot() {
        byte[] key = StoreRig.bytes("a");
        rig.store.put(key, StoreRig.bytes("1"), 1000, Durability.LATER);
        try (StoreSnapshot before = rig.store.snapshot()) {
            rig.driver.advance(999_000_000);
            assertEquals("1", rig.get("a"));
            rig.driver.advance(1_000_000);

            assertEquals("absent", rig.get("a"));
            assertEquals(Map.of(), rig.content());
            assertTrue(before.get(key).isPresent());
        }
    }

    @Test
    void manyKeysAreLookedUpTogetherAsEachWouldBe() {
        Store store = rig.store;
        store.put(StoreRig.bytes("a"), StoreRig.bytes("1"), Durability.LATER);
        store.put(StoreRig.bytes("b"), StoreRig.bytes("2"), 50, Durability.LATER);
        store.flush(60_000);
        store.put(StoreRig.bytes("c"), StoreRig.bytes("3"), Durability.LATER);
        List<byte[]> keys = Stream.of("c", "x", "a", "b", "c").map(StoreRig::bytes).toList();
        try (StoreSnapshot before = store.snapshot()) {
            store.delete(StoreRig.bytes("a"), Durability.LATER);
            assertEquals("3 - - 2 3", texts(store.multiGet(keys)));
            rig.driver.advance(100_000_000);
            assertEquals("3 - - - 3", texts(store.multiGet(keys)), "b has expired");
            assertEquals("3 - 1 2 3", texts(before.multiGet(keys)));
            assertEquals(List.of(), store.multiGet(List.of()));
            assertEquals(List.of(), before.multiGet(List.of()));
        }
        var tooMany = Collections.nCopies(MultiGet.KEYS_MAX + 1, StoreRig.bytes("a"));
        assertThrows(NoriException.Malformed.class, () -> store.multiGet(tooMany));
    }

    private static String texts(List<Optional<byte[]>> values) {
        return values.stream()
                .map(value -> value.map(bytes -> new String(bytes)).orElse("-"))
                .collect(Collectors.joining(" "));
    }

    @Test
    void timeNeverGoesBackForWhatExpires() {
        rig.put("b", "1", Durability.LATER);
        rig.jumpWallMillis(-10_000);
        rig.store.put(StoreRig.bytes("a"), StoreRig.bytes("1"), 1000, Durability.SYNC);
        assertEquals("1", rig.get("a"));
        rig.jumpWallMillis(11_000);
        assertEquals("absent", rig.get("a"));
    }

    @Test
    void aLogThatCannotBeForcedEndsTheStoreAndEveryCallSaysSo() {
        rig.put("a", "1", Durability.SYNC);
        rig.disk.inject(SimFault.on(Op.FORCE, "log/"), new SimFault.Broken());
        assertThrows(
                NoriException.Indeterminate.class, () -> rig.put("b", "2", Durability.SYNC));
        rig.disk.heal();

        byte[] key = StoreRig.bytes("a");
        assertThrows(NoriException.DiskFailure.class, () -> rig.put("c", "3", Durability.LATER));
        assertThrows(NoriException.DiskFailure.class, () -> rig.store.get(key));
        assertThrows(NoriException.DiskFailure.class, () -> rig.store.cursor());
        assertThrows(NoriException.DiskFailure.class, () -> rig.store.sync());
        assertEquals(1, rig.faults.size());
        assertThrows(NoriException.Indeterminate.class, () -> rig.store.close());
        rig.open();
        assertEquals("1", rig.get("a"));
    }

    @Test
    void withoutRoomForTheLogWritesAreRefusedWholeAndGoOnWhenThereIsRoom() {
        rig.put("a", "1", Durability.SYNC);
        String value = "v".repeat(1000);
        rig.disk.inject(SimFault.on(Op.CREATE, "log/"), new SimFault.NoSpace());
        NoriException.Overloaded refused = null;
        int written = 0;
        while (refused == null && written < 1000) {
            try {
                rig.put("k" + written, value, Durability.SYNC);
                written++;
            } catch (NoriException.Overloaded e) {
                refused = e;
            }
        }
        assertEquals(ErrorCode.DISK_WATERMARK, refused.code());
        assertEquals("absent", rig.get("k" + written));
        rig.disk.heal();
        rig.driver.advance(2_000_000_000L);
        rig.put("z", "2", Durability.SYNC);
        assertEquals(written + 2, rig.content().size());
    }

    @Test
    void theLogIsUsedAgainBehindFlushes() {
        TreeMap<String, String> expected = new TreeMap<>();
        for (int i = 0; i < 600; i++) {
            expected.put("k" + i % 50, "v".repeat(900) + i);
            rig.put("k" + i % 50, "v".repeat(900) + i, Durability.SYNC);
        }
        rig.driver.runUntilIdle(10_000);
        long files = rig.disk.list(StoreRig.FOLDER + "/" + Store.LOG_FOLDER).size();
        assertTrue(files <= 6, () -> files + " files of the log");

        rig.crash(3);
        rig.open();
        assertEquals(expected, rig.content());
    }

    @Test
    void aFileOfTheLogIsUsedAgainOnlyWhenAllInItIsInTables() {
        var big = new StoreRig(StoreRig.options().withEngine(LsmOptions.defaults()));
        for (int i = 0; i < 200; i++) {
            big.put("k" + i, "v".repeat(1000), Durability.SYNC);
        }
        big.store.log().flushed(10);
        big.driver.runUntilIdle(10_000);
        big.crash(1);
        big.open();
        assertEquals(200, big.content().size());
    }

    @Test
    void compactingLeavesOneLevelWithoutWhatIsHidden() {
        for (int round = 0; round < 5; round++) {
            for (int i = 0; i < 40; i++) {
                rig.put("k" + i, "v".repeat(500) + round, Durability.LATER);
            }
            rig.store.flush(60_000);
        }
        rig.store.delete(StoreRig.bytes("k0"), Durability.LATER);
        var before = rig.content();
        assertTrue(rig.store.compact(60_000));

        Levels levels = rig.store.lsm().levels();
        long full =
                java.util.stream.IntStream.range(0, Levels.COUNT)
                        .filter(level -> !levels.level(level).isEmpty())
                        .count();
        assertEquals(1, full);
        assertEquals(39, levels.all().stream().mapToLong(t -> t.facts().entries()).sum());
        assertEquals(before, rig.content());
        assertTrue(rig.store.compact(60_000)); // with nothing to do
    }

    @Test
    void aFolderHasOneOwner() {
        var e = assertThrows(NoriException.Refused.class, () -> rig.open(StoreRig.FOLDER));
        assertEquals(ErrorCode.CANNOT_START, e.code());
        rig.store.close();
        rig.open();
    }

    @Test
    void aClosedStoreRefusesEverything() {
        rig.put("a", "1", Durability.LATER);
        rig.store.close();
        rig.store.close();
        assertThrows(NoriException.Closed.class, () -> rig.get("a"));
        assertThrows(NoriException.Closed.class, () -> rig.put("b", "2", Durability.SYNC));
        assertThrows(NoriException.Closed.class, () -> rig.store.sync());
        rig.open();
        assertEquals("1", rig.get("a"));
    }

    @Test
    void limitsAreToldBeforeAnythingIsWritten() {
        byte[] key = {1};
        byte[] tooLong = new byte[Store.KEY_BYTES_MAX + 1];
        byte[] tooLarge = new byte[Store.VALUE_BYTES_MAX + 1];
        assertRefused(ErrorCode.INVALID_ARGUMENT, new byte[0], key);
        assertRefused(ErrorCode.KEY_TOO_LARGE, tooLong, key);
        assertRefused(ErrorCode.VALUE_TOO_LARGE, key, tooLarge);
        var batch = new StoreBatch();
        while (batch.bytes() <= rig.store.batchBytesMax()) {
            batch.put(key, new byte[1000]);
        }
        assertThrows(
                NoriException.Malformed.class, () -> rig.store.write(batch, Durability.SYNC));
        assertThrows(
                NoriException.Malformed.class,
                () -> rig.store.put(key, key, 0, Durability.SYNC));
        assertEquals(0, rig.store.lastIndex());
    }

    private void assertRefused(ErrorCode code, byte[] key, byte[] value) {
        var e =
                assertThrows(
                        NoriException.Malformed.class,
                        () -> rig.store.put(key, value, Durability.SYNC));
        assertEquals(code, e.code());
    }

    @Test
    void theLongestBatchFits() {
        var batch = new StoreBatch();
        byte[] value = new byte[100];
        while (batch.bytes() + 120 <= rig.store.batchBytesMax()) {
            batch.put(StoreRig.bytes("key" + batch.operations()), value);
        }
        rig.put("before", "it", Durability.LATER);
        rig.store.write(batch, Durability.SYNC);
        rig.crash(1);
        rig.open();
        assertEquals(batch.operations() + 1, rig.content().size());
    }

    @Test
    void writesPayForPressure() {
        int bytes = 1 << 20;
        assertEquals(
                StoreAdmission.PAUSE_NANOS_MAX, StoreAdmission.pauseNanos(bytes, 0.75));
        assertEquals(31_250, StoreAdmission.pauseNanos(bytes >> 10, 0.75), 1000);
        assertEquals(0, StoreAdmission.pauseNanos(bytes, 0.5));
        long before = 0;
        for (double pressure = 0.51; pressure < 1; pressure += 0.01) {
            long pause = StoreAdmission.pauseNanos(1 << 10, pressure);
            assertTrue(pause > before, "at " + pressure);
            before = pause;
        }
        assertTrue(before <= StoreAdmission.PAUSE_NANOS_MAX);
    }

    @Test
    void aWriteUnderFullPressureWaitsForRoomAndIsRefusedInTheEnd() {
        var loops = rig.driver;
        double[] pressure = {1.2};
        int[] relieved = {0};
        var admission =
                new StoreAdmission(
                        loops, StoreRig.options(), () -> pressure[0], () -> relieved[0]++);
        long start = loops.nowNanos();
        var refused = assertThrows(NoriException.Overloaded.class, () -> admission.admit(1));
        assertEquals(ErrorCode.WRITE_STALL, refused.code());
        assertTrue(refused.retryAfterMillis() > 0);
        assertTrue(loops.nowNanos() - start >= 100_000_000, "waits as long as it may");
        assertEquals(1, relieved[0]);
        pressure[0] = 0.2;
        admission.admit(1);
    }

    /// A log as long as ten values, of which nothing is written out.
    private static StoreRig withLongLog() {
        StoreOptions options = StoreRig.options();
        var longLog =
                new StoreRig(
                        options.withEngine(LsmOptions.defaults().withMemtableBytes(1 << 20))
                                .withLog(
                                        new StoreOptions.Log(
                                                true, StoreRig.SEGMENT, 1L << 30, 5)));
        for (int i = 0; i < 10; i++) {
            longLog.put("k" + i, "v".repeat(25_000), Durability.LATER);
        }
        longLog.store.sync();
        longLog.options = options;
        return longLog;
    }

    @Test
    void aStoreOpensThoughAllOfALongLogIsInTablesAlready() {
        StoreRig longLog = withLongLog();
        Lsm lsm = longLog.store.lsm();
        lsm.requestFlush();
        longLog.driver.runUntil(() -> lsm.durable(Store.SHARD).at().index() == 10, 10_000);
        longLog.crash(1);
        longLog.open();
        assertEquals(10, longLog.content().size());
    }

    @Test
    void whoNeverWaitsForRoomOpensALogThatMemoryDoesNotHold() {
        StoreRig longLog = withLongLog();
        longLog.crash(1);
        StoreOptions options = longLog.options.withStallMillisMax(0);
        var memory = new LsmOptions.Memory(2 << 10, 8 << 10, 1 << 21, true);
        longLog.options = options.withEngine(options.engine().withMemory(memory));
        longLog.open();
        assertEquals(10, longLog.content().size());
    }

    @Test
    void valuesThatCrossABoundaryOfTheLogAreReplayed() {
        TreeMap<String, String> expected = new TreeMap<>();
        for (int i = 0; i < 60; i++) {
            expected.put("k" + i, "v".repeat(i * 100));
            rig.put("k" + i, "v".repeat(i * 100), Durability.LATER);
        }
        rig.store.sync();
        rig.crash(5);
        rig.open();
        assertEquals(expected, rig.content());
        assertEquals(Optional.empty(), rig.store.get(StoreRig.bytes("none")));
    }

    @Test
    void whatADamagedFileOfTheLogHoldsIsSoonInTables() {
        var scrub = new LsmOptions.Scrub(1 << 20, TimeUnit.DAYS.toMillis(1));
        StoreOptions small = StoreRig.options();
        var rig =
                new StoreRig(
                        small.withEngine(
                                small.engine().withScrub(scrub).withMemtableBytes(1 << 20)));
        for (int i = 0; i < 30; i++) {
            rig.put("k" + i, "v".repeat(3000), Durability.SYNC);
        }
        assertEquals(0, rig.store.lsm().levels().all().size(), "all is in memory");
        rig.disk.damage(StoreRig.FOLDER + "/log/" + firstSegment(rig), 9000, 1);
        rig.driver.advance(TimeUnit.HOURS.toNanos(2));
        rig.crash(1);
        rig.open(); // what it met otherwise would have ended this

        assertEquals(30, rig.content().size());
    }

    private static String firstSegment(StoreRig rig) {
        return rig.disk.list(StoreRig.FOLDER + "/log").stream()
                .filter(name -> name.endsWith(".log"))
                .sorted()
                .findFirst()
                .orElseThrow();
    }
}
