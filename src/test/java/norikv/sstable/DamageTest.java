package norikv.sstable;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.NavigableSet;
import java.util.SplittableRandom;
import java.util.TreeSet;
import norikv.bytes.Bytes;
import norikv.disk.Disk;
import norikv.disk.SimDisk;
import norikv.domain.NoriException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Whatever is done to the bytes of a table: a read gives what was written, or says that it is
/// damaged. It never gives anything else, and never says that something is not there that was.
class DamageTest {
    private static final long SEED = Long.getLong("seed", 0xda3a9e);
    private static final int LIES = Integer.getInteger("lies", 2500);
    private static final long NUMBER = 7;
    private static final TableOptions OPTIONS =
            TableOptions.defaults()
                    .withBlockBytes(400)
                    .withRootIndexBytesMax(0)
                    .withLeafIndexBytes(160);

    private final SplittableRandom random = new SplittableRandom(SEED);
    private final NavigableSet<Entry> entries = new TreeSet<>();
    private Disk disk;
    private TableFile file;
    private List<Integer> starts;

    /// {@return how the table is written that is damaged}
    TableOptions options() {
        return OPTIONS;
    }

    /// {@return how many pairs of blocks of one length there are at least}
    int swapsMin() {
        return 20;
    }

    @BeforeEach
    void aTableOfManySmallBlocks() {
        disk = new SimDisk(SEED);
        for (int i = 0; i < 45; i++) {
            for (int version = 0; version < 1 + i % 3; version++) {
                entries.add(entry(i, version, 'v'));
            }
        }
        Tables.write(disk, "whole.sst", NUMBER, options(), entries);
        file = TableFile.read(disk, "whole.sst", NUMBER);
        try (Table table = Table.open(disk, "whole.sst", NUMBER)) {
            starts = file.blocks(table);
        }
        assertTrue(starts.size() > 15, () -> "blocks: " + starts);
    }

    @Test
    void anyByteFlippedIsNoticedAndNeverBelieved() {
        for (int at = 0; at < file.length(); at++) {
            byte[] damaged = file.copy();
            damaged[at] ^= (byte) (1 << random.nextInt(8));
            String from = "seed=%d byte=%d".formatted(SEED, at);
            assertTrue(readsRightOrSaysSo(damaged, from) > 0, () -> "unnoticed: " + from);
        }
    }

    @Test
    void anyLengthCutIsNoticed() {
        for (int length = 0; length < file.length(); length++) {
            byte[] damaged = Arrays.copyOf(file.copy(), length);
            TableFile.write(disk, "cut.sst", damaged);
            assertThrows(
                    NoriException.Corruption.class, () -> Table.open(disk, "cut.sst", NUMBER));
        }
    }

    @Test
    void aTailOfZerosIsNoticed() {
        for (int more : new int[] {1, 63, 64, 4096}) {
            TableFile.write(disk, "long.sst", Arrays.copyOf(file.copy(), file.length() + more));
            assertThrows(
                    NoriException.Corruption.class, () -> Table.open(disk, "long.sst", NUMBER));
        }
    }

    @Test
    void anySectorOfZerosIsNoticedAndNeverBelieved() {
        for (int at = 0; at < file.length(); at += 512) {
            byte[] damaged = file.copy();
            Arrays.fill(damaged, at, Math.min(at + 512, damaged.length), (byte) 0);
            assertTrue(readsRightOrSaysSo(damaged, "sector " + at) > 0, "sector " + at);
        }
    }

    @Test
    void anyTwoBlocksOfOneLengthSwappedAreNoticed() {
        int swaps = 0;
        for (int i = 0; i + 1 < starts.size(); i++) {
            int length = starts.get(i + 1) - starts.get(i);
            for (int j = i + 1; j + 1 < starts.size(); j++) {
                if (starts.get(j + 1) - starts.get(j) == length) {
                    byte[] damaged = file.copy();
                    byte[] whole = file.copy();
                    System.arraycopy(whole, starts.get(i), damaged, starts.get(j), length);
                    System.arraycopy(whole, starts.get(j), damaged, starts.get(i), length);
                    String from = "blocks %d and %d".formatted(i, j);
                    assertTrue(readsRightOrSaysSo(damaged, from) > 0, from);
                    swaps++;
                }
            }
        }
        assertTrue(swaps > swapsMin(), "swaps: " + swaps);
    }

    @Test
    void anyBlockOfAnotherFileIsNoticed() {
        // The other file differs in values only: its blocks lie in the same places.
        NavigableSet<Entry> others = new TreeSet<>();
        for (Entry e : entries) {
            byte[] value = e.value().toByteArray();
            Arrays.fill(value, (byte) 'w');
            others.add(
                    new Entry(
                            e.key(),
                            e.tablet(),
                            e.trailer(),
                            e.term(),
                            e.expiresAtMillis(),
                            Bytes.wrap(value)));
        }
        Tables.write(disk, "other.sst", NUMBER + 1, options(), others);
        TableFile other = TableFile.read(disk, "other.sst", NUMBER + 1);
        assertEquals(file.length(), other.length());
        for (int i = 0; i + 1 < starts.size(); i++) {
            byte[] damaged = file.copy();
            int length = starts.get(i + 1) - starts.get(i);
            System.arraycopy(other.copy(), starts.get(i), damaged, starts.get(i), length);
            String from = "block " + i;
            assertTrue(readsRightOrSaysSo(damaged, from) > 0, from);
        }
    }

    @Test
    void aWholeOtherFileInItsPlaceIsNoticed() {
        Tables.write(disk, "other.sst", NUMBER + 1, options(), entries);
        assertThrows(NoriException.Corruption.class, () -> Table.open(disk, "other.sst", NUMBER));
    }

    @Test
    void damageNamesFileAndPlace() {
        byte[] damaged = file.copy();
        damaged[starts.get(2) + 1] ^= 1;
        TableFile.write(disk, "hurt.sst", damaged);
        try (Table table = Table.open(disk, "hurt.sst", NUMBER);
                var cursor = table.cursor(Reach.DISK)) {
            var thrown =
                    assertThrows(
                            NoriException.Corruption.class,
                            () -> {
                                for (cursor.seekToFirst(); cursor.isValid(); cursor.next()) {}
                            });
            String place = "hurt.sst@" + starts.get(2) + ":";
            assertTrue(thrown.getMessage().startsWith(place), thrown::getMessage);
            assertFalse(cursor.isValid());
            cursor.seekToLast();
            assertEquals(entries.last(), Entry.at(cursor));
        }
    }

    @Test
    void aLieUnderARightChecksumIsRefusedOrHarmless() {
        for (int round = 0; round < LIES; round++) {
            byte[] damaged = file.copy();
            int block = random.nextInt(starts.size() - 1);
            int start = starts.get(block);
            int end = starts.get(block + 1);
            for (int flips = 1 + random.nextInt(3); flips > 0; flips--) {
                int at = start + random.nextInt(Math.min(end - start - 8, 1 + random.nextInt(80)));
                damaged[at] = (byte) (random.nextBoolean() ? random.nextInt() : damaged[at] + 1);
            }
            TableFile.reseal(damaged, start, end, NUMBER);
            // A liar may change what is told. He may not make a reader leave its block or hang.
            readAnything(damaged, "seed=%d round=%d".formatted(SEED, round));
        }
    }

    private static Entry entry(int key, int version, char value) {
        long kind = version % 3;
        return new Entry(
                Bytes.utf8("key%05d".formatted(key)),
                key % 2,
                (key * 10L + version) << 8 | kind,
                key,
                kind == Cursor.KIND_PUT_TTL ? 1000 + key : 0,
                Bytes.utf8(String.valueOf(value).repeat(20)));
    }

    /// {@return how often the damage was noticed} Fails when a read gives what was not written.
    private int readsRightOrSaysSo(byte[] damaged, String from) {
        TableFile.write(disk, "hurt.sst", damaged);
        int noticed = 0;
        try (Table table = Table.open(disk, "hurt.sst", NUMBER)) {
            noticed += scan(table, from);
            noticed += gets(table, from);
            List<TableVerifier.Fault> faults = new ArrayList<>();
            var verifier = new TableVerifier(table, faults::add);
            while (verifier.step(3)) {
                assertTrue(verifier.bytesRead() <= file.length());
            }
            assertEquals(noticed > 0, !faults.isEmpty(), from);
        } catch (NoriException.Corruption e) {
            assertTrue(e.getMessage().startsWith("hurt.sst@"), e::getMessage);
            noticed++;
        }
        return noticed;
    }

    private int scan(Table table, String from) {
        List<Entry> met = new ArrayList<>();
        int noticed = 0;
        try (var cursor = table.cursor(Reach.DISK)) {
            try {
                for (cursor.seekToFirst(); cursor.isValid(); cursor.next()) {
                    met.add(Entry.at(cursor));
                }
            } catch (NoriException.Corruption e) {
                noticed = 1;
                assertFalse(cursor.isValid(), from);
            }
        }
        List<Entry> all = List.copyOf(entries);
        assertTrue(noticed > 0 ? met.size() < all.size() : met.size() == all.size(), from);
        assertEquals(all.subList(0, met.size()), met, from);
        return noticed;
    }

    private int gets(Table table, String from) {
        var hit = new Hit();
        int noticed = 0;
        for (Entry e : entries) {
            try {
                Answer answer =
                        Tables.get(table, e.key(), e.tablet(), e.index(), Reach.DISK, hit);
                assertEquals(Answer.FOUND, answer, from);
                assertEquals(e, Entry.of(e.key(), e.tablet(), hit), from);
            } catch (NoriException.Corruption damage) {
                noticed++;
            }
        }
        return noticed;
    }

    private void readAnything(byte[] damaged, String from) {
        TableFile.write(disk, "hurt.sst", damaged);
        try (Table table = Table.open(disk, "hurt.sst", NUMBER);
                var cursor = table.cursor(Reach.DISK)) {
            var hit = new Hit();
            for (Entry e : entries) {
                try {
                    Tables.get(table, e.key(), e.tablet(), e.index(), Reach.DISK, hit);
                    cursor.seek(e.key().array(), e.key().offset(), e.key().length());
                    TwinCheck.from(cursor, 2);
                } catch (NoriException.Corruption noticed) {
                    assertTrue(noticed.getMessage().contains("@"), from);
                }
            }
            List<TableVerifier.Fault> faults = new ArrayList<>();
            var verifier = new TableVerifier(table, faults::add);
            while (verifier.step(1)) {
                assertTrue(faults.size() <= starts.size(), from);
            }
        } catch (NoriException.Corruption noticed) {
            assertTrue(noticed.getMessage().contains("@"), from);
        }
    }
}
