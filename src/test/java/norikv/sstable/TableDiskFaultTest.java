package norikv.sstable;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.NavigableSet;
import java.util.SplittableRandom;
import java.util.TreeSet;
import norikv.bytes.Bytes;
import norikv.disk.DiskReads;
import norikv.disk.SimDisk;
import norikv.disk.SimDisk.Op;
import norikv.disk.SimFault;
import norikv.domain.NoriException;
import org.junit.jupiter.api.Test;

/// What becomes of a table when the disk fails or everything ends while it is written or read.
final class TableDiskFaultTest {
    private static final long SEED = Long.getLong("seed", 0xd15c);
    private static final int CRASHES_A_CALL = 12;

    private final NavigableSet<Entry> entries = someBuffersFull();
    private SimDisk disk = new SimDisk(SEED);

    @Test
    void aCrashWhileWritingLeavesNoTableThatLies() {
        long changes = changesOfOneRun();
        assertTrue(changes > 5, "changes: " + changes);
        int whole = 0;
        for (long k = 1; k <= changes; k++) {
            for (int seed = 0; seed < CRASHES_A_CALL; seed++) {
                disk = new SimDisk(SEED);
                disk.crashAfter(k);
                assertThrows(SimDisk.Crashed.class, this::writeDurably);
                SimDisk after = disk.crash(SEED + seed);
                whole += isWhole(after, "k=%d seed=%d".formatted(k, SEED + seed)) ? 1 : 0;
            }
        }
        assertTrue(whole > 0, "a crash at the last call may keep the table, and never did");
    }

    @Test
    void aFinishedTableSurvivesEveryCrash() {
        writeDurably();
        for (int seed = 0; seed < 50; seed++) {
            assertTrue(isWhole(disk.crash(seed), "seed=" + seed));
        }
    }

    @Test
    void theBytesAreForcedBeforeFinishReturns() {
        Tables.write(disk, "t.sst", 1, TableOptions.defaults(), entries);
        assertTrue(disk.isForced("t.sst"));
    }

    @Test
    void anyFailedCallOfTheWriterCostsOnlyItsFile() {
        long changes = changesOfOneRun() - 1;
        for (SimFault fault : new SimFault[] {new SimFault.Broken(), new SimFault.NoSpace()}) {
            for (int k = 1; k <= changes; k++) {
                disk = new SimDisk(SEED);
                disk.inject(SimFault.nth(k, call -> call.op().changes()), fault);
                assertThrows(
                        NoriException.DiskFailure.class,
                        () -> Tables.write(disk, "t.sst", 1, TableOptions.defaults(), entries));
                assertFalse(disk.exists("t.sst"), "k=" + k);
                assertEquals(0, disk.openFiles(), "k=" + k);

                Tables.write(disk, "u.sst", 2, TableOptions.defaults(), entries);
                assertWhole(disk, "u.sst", 2, "k=" + k);
            }
        }
    }

    @Test
    void aFileThatCannotBeDeletedEitherHidesNoFailure() {
        disk.inject(SimFault.on(Op.FORCE, "t.sst"), new SimFault.Broken());
        disk.inject(SimFault.on(Op.DELETE, "t.sst"), new SimFault.Broken());
        var thrown =
                assertThrows(
                        NoriException.DiskFailure.class,
                        () -> Tables.write(disk, "t.sst", 1, TableOptions.defaults(), entries));
        assertTrue(thrown.getMessage().contains("FORCE"), thrown::getMessage);
        assertTrue(thrown.getSuppressed()[0].getMessage().contains("DELETE"));
        assertEquals(0, disk.openFiles());
    }

    @Test
    void anAbandonedTableLeavesNothing() {
        var writer = newWriter("t.sst");
        Tables.add(writer, entries.first());
        writer.abandon();
        writer.abandon();
        assertFalse(disk.exists("t.sst"));
        assertEquals(0, disk.openFiles());
        assertThrows(IllegalStateException.class, () -> Tables.add(writer, entries.last()));
        assertThrows(IllegalStateException.class, writer::finish);
    }

    @Test
    void anEmptyTableIsNoTable() {
        var writer = newWriter("t.sst");
        assertThrows(IllegalStateException.class, writer::finish);
        writer.abandon();
        assertFalse(disk.exists("t.sst"));
    }

    @Test
    void aWriteThatWentNowhereOrElsewhereIsNoticed() {
        long changes = changesOfOneRun() - 1;
        for (SimFault fault :
                new SimFault[] {new SimFault.DroppedWrite(), new SimFault.MisdirectedWrite()}) {
            for (int k = 1; k <= changes - 2; k++) {
                disk = new SimDisk(SEED + k);
                disk.inject(SimFault.nth(k, SimFault.on(Op.WRITE, "t.sst")), fault);
                Tables.write(disk, "t.sst", 1, TableOptions.defaults(), entries);
                assertFalse(isWhole(disk, fault + " k=" + k));
            }
        }
    }

    @Test
    void aFailedReadAtOpenLeaksNothing() {
        writeDurably();
        for (int k = 1; ; k++) {
            disk.heal();
            int nth = k;
            int[] calls = {0};
            disk.inject(
                    c -> (c.op() == Op.READ || c.op() == Op.MAP) && ++calls[0] >= nth,
                    new SimFault.Broken());
            if (opens()) {
                assertTrue(k > 4, "reads of one open: " + nth);
                break;
            }
            assertEquals(0, disk.openFiles(), "k=" + nth);
            assertEquals(0, disk.openMappings(), "k=" + nth);
        }
        assertEquals(0, disk.openFiles());
        assertEquals(0, disk.openMappings());
    }

    @Test
    void aReadThatFailsOnceOrTwiceIsTriedAgain() {
        writeDurably();
        for (SimFault fault : List.of(new SimFault.Broken(), new SimFault.BitFlip())) {
            for (int fails = 1; fails <= DiskReads.TRIES_MAX; fails++) {
                try (Table table = Table.open(disk, "t.sst", 1)) {
                    int failing = fails;
                    int[] calls = {0};
                    disk.inject(c -> c.op() == Op.READ && ++calls[0] <= failing, fault);
                    if (fails < DiskReads.TRIES_MAX) {
                        table.verify(0, 1);
                    } else {
                        assertThrows(NoriException.class, () -> table.verify(0, 1));
                        table.verify(0, 1);
                    }
                    assertEquals(fails + 1, calls[0], "tries are few");
                }
                disk.heal();
            }
        }
    }

    @Test
    void aBlockThatRotsAfterItWasFoundRightIsNotReadWhereItIsMapped() {
        writeDurably();
        try (Table table = Table.open(disk, "t.sst", 1)) {
            List<NoriException> told = new ArrayList<>();
            table.onFault(told::add);
            var hit = new Hit();
            Entry e = entries.first();
            Answer before = Tables.get(table, e.key(), e.tablet(), e.index(), Reach.DISK, hit);
            assertEquals(Answer.FOUND, before);
            disk.damage("t.sst", 20, 1);
            var verifier = new TableVerifier(table, _ -> {});
            while (verifier.step(10)) {}

            assertEquals(1, told.size());
            assertThrows(
                    NoriException.Corruption.class,
                    () -> Tables.get(table, e.key(), e.tablet(), e.index(), Reach.DISK, hit));
        }
    }

    @Test
    void aFailedReadOfABlockSaysNothingAboutItsKeys() {
        writeDurably();
        try (Table table = Table.open(disk, "t.sst", 1);
                var cursor = table.cursor(Reach.DISK)) {
            var hit = new Hit();
            Entry e = entries.last();
            disk.inject(SimFault.on(Op.READ, "t.sst"), new SimFault.Broken());
            assertThrows(
                    NoriException.DiskFailure.class,
                    () -> Tables.get(table, e.key(), e.tablet(), e.index(), Reach.DISK, hit));
            assertThrows(NoriException.DiskFailure.class, cursor::seekToFirst);
            assertFalse(cursor.isValid());

            disk.heal();
            Answer answer = Tables.get(table, e.key(), e.tablet(), e.index(), Reach.DISK, hit);
            assertEquals(Answer.FOUND, answer);
            assertEquals(e, Entry.of(e.key(), e.tablet(), hit));
        }
    }

    @Test
    void aReadThatDeliversAWrongBitIsNoticedAndTheNextOneIsBelieved() {
        writeDurably();
        try (Table table = Table.open(disk, "t.sst", 1)) {
            disk.inject(SimFault.on(Op.READ, "t.sst"), new SimFault.BitFlip());
            try (var cursor = table.cursor(Reach.DISK)) {
                assertThrows(NoriException.Corruption.class, cursor::seekToLast);
                disk.heal();
                cursor.seekToLast();
                assertEquals(entries.last(), Entry.at(cursor));
            }
        }
    }

    private TableWriter newWriter(String path) {
        return new TableWriter(
                disk, path, 1, TableFacts.Reason.FLUSH, TableOptions.defaults());
    }

    private void writeDurably() {
        Tables.write(disk, "t.sst", 1, TableOptions.defaults(), entries);
        disk.forceDirectory("");
    }

    private long changesOfOneRun() {
        disk = new SimDisk(SEED);
        writeDurably();
        return disk.changes();
    }

    private boolean opens() {
        try (Table table = Table.open(disk, "t.sst", 1)) {
            return table.facts().entries() == entries.size();
        } catch (NoriException.DiskFailure e) {
            return false;
        }
    }

    /// {@return whether the table is there and whole} Fails if it is there and gives what was not
    /// written.
    private boolean isWhole(SimDisk after, String from) {
        if (!after.exists("t.sst")) {
            return false;
        }
        try (Table table = Table.open(after, "t.sst", 1)) {
            assertEquals(List.copyOf(entries), Tables.readAll(table), from);
            return true;
        } catch (NoriException.Corruption noticed) {
            return false;
        }
    }

    private void assertWhole(SimDisk on, String path, long number, String from) {
        try (Table table = Table.open(on, path, number)) {
            assertEquals(List.copyOf(entries), Tables.readAll(table), from);
            List<TableVerifier.Fault> faults = new ArrayList<>();
            var verifier = new TableVerifier(table, faults::add);
            while (verifier.step(10)) {
                assertEquals(List.of(), faults, from);
            }
            assertEquals(List.of(), faults, from);
        }
    }

    /// {@return entries that make the writer hand over several buffers}
    private static NavigableSet<Entry> someBuffersFull() {
        var random = new SplittableRandom(SEED);
        NavigableSet<Entry> entries = new TreeSet<>();
        for (int i = 0; i < 60; i++) {
            byte[] value = new byte[i % 10 == 0 ? 100_000 : 3_000];
            random.nextBytes(value);
            long trailer = (long) i << 8 | Cursor.KIND_PUT;
            Bytes key = Bytes.utf8("k%04d".formatted(i));
            entries.add(new Entry(key, i, trailer, 1, 0, Bytes.wrap(value)));
        }
        return entries;
    }
}
