package norikv.sstable;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import norikv.disk.SimDisk;
import norikv.disk.SimDisk.Op;
import norikv.disk.SimFault;
import norikv.domain.NoriException;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// A verifier notices what no checksum can: a table that was written wrong.
final class TableVerifierTest {
    private static final long NUMBER = 5;

    private final SimDisk disk = new SimDisk(1);
    private final List<Entry> entries = new ArrayList<>();
    private TableFile file;
    private List<Integer> starts;

    @BeforeEach
    void aTableOfTenBlocks() {
        // Letters apart, so that separators can be moved without meeting: "key aq" ends block 0,
        // "key b" block 1, "key bq" block 2 …
        for (String c : "am aq bm bq cm cq dm dq em eq".split(" ")) {
            for (int i = 0; i < 2; i++) {
                entries.add(Entry.put("key " + c + i, 1, 1, "value"));
            }
        }
        Tables.write(disk, "t", NUMBER, TableOptions.defaults().withBlockBytes(80), entries);
        file = TableFile.read(disk, "t", NUMBER);
        try (Table table = Table.open(disk, "t", NUMBER)) {
            starts = file.blocks(table);
        }
        assertEquals(10 + 3 + 1, starts.size());
    }

    @Test
    void wholeTablesHaveNoFault() {
        var random = new SplittableRandom(1);
        for (int round = 0; round < 30; round++) {
            var some = new Entries(random, 4, 3, 100).some(1 + random.nextInt(200));
            var options = TableOptions.defaults().withBlockBytes(1 + random.nextInt(1000));
            Tables.write(disk, "whole" + round, round, options, some);
            assertEquals(List.of(), faults("whole" + round, round));
        }
    }

    @Test
    void aFilterThatDeniesAKeyIsAFault() {
        byte[] lie = file.copy();
        int filterAt = file.footer().filterAt();
        Arrays.fill(lie, filterAt, filterAt + Filter.LINE_BYTES, (byte) 0);
        assertFault("filter", lie, starts.size() - 3, 10);
    }

    @Test
    void aWrongFingerprintIsAFault() {
        byte[] lie = file.copy();
        lie[starts.get(3) + DataBlock.FINGERPRINTS_AT] ^= 1;
        assertFault("fingerprint", lie, 3, 1);
    }

    @Test
    void entriesOutOfOrderAreAFault() {
        byte[] lie = file.copy();
        // Both suffixes are one byte, after a varint: the second becomes equal to the first.
        String block = new String(lie, starts.get(4), 60, StandardCharsets.ISO_8859_1);
        int second = starts.get(4) + block.indexOf("\u00011", DataBlock.slotsAt(2)) + 1;
        assertEquals('1', lie[second]);
        lie[second] = '0';
        assertFault("order", lie, 4, 1);
    }

    @Test
    void aSeparatorBeforeTheEndOfItsBlockIsAFault() {
        assertFault("up to its separator", moveSeparator(2, 'q' - 'l'), 10, 1);
    }

    @Test
    void aSeparatorBehindTheBeginningOfTheNextBlockIsAFault() {
        assertFault("behind the separator", moveSeparator(2, -1), 10, 1);
    }

    @Test
    void propertiesThatMiscountAreAFault() {
        byte[] lie = file.copy();
        int at = starts.get(starts.size() - 2);
        while (lie[at] != 10 || lie[at + 1] != 8) {
            at++;
        }
        lie[at + 2] ^= 1;
        assertFault("as counted", lie, starts.size() - 2, 1);
    }

    @Test
    void damageOfALaterPartIsFoundThoughTheTableIsOpen() {
        try (Table table = Table.open(disk, "t", NUMBER)) {
            disk.damage("t", file.footer().filterAt() + 3, 1);
            assertEquals(1, faults(table).size());
        }
    }

    @Test
    void aStepThatTheDiskFailsIsNotRepeatedAndHidesNothing() {
        try (Table table = Table.open(disk, "t", NUMBER)) {
            List<TableVerifier.Fault> faults = new ArrayList<>();
            var verifier = new TableVerifier(table, faults::add);
            int third = starts.get(2);
            disk.inject(
                    c -> c.op() == Op.READ && c.position() == third, new SimFault.Broken());
            int failures = 0;
            for (boolean more = true; more; ) {
                try {
                    more = verifier.step(1);
                } catch (NoriException.DiskFailure e) {
                    failures++;
                }
            }
            assertEquals(1, failures);
            assertEquals(List.of(), faults);
            assertEquals(file.length(), verifier.bytesRead());
        }
    }

    /// {@return the table with the last letter of the separator that ends `block`, and of the
    /// number that stands for it, moved down}
    private byte[] moveSeparator(int block, int down) {
        byte[] lie = file.copy();
        int root = file.footer().rootAt();
        int letterOfNumber = root + IndexBlock.NUMBERS_AT + Long.BYTES * block + 6;
        int restsAt = root + IndexBlock.NUMBERS_AT + 10 * 8 + 11 * 4;
        int letter = root + Keys.i32(lie, restsAt + 4 * block) + 1;
        assertEquals('q', lie[letter]);
        assertEquals('q', lie[letterOfNumber]);
        lie[letterOfNumber] -= (byte) down;
        lie[letter] -= (byte) down;
        return lie;
    }

    private void assertFault(String about, byte[] lie, int block, int count) {
        TableFile.reseal(lie, starts.get(block), starts.get(block + 1), NUMBER);
        TableFile.write(disk, "lie", lie);
        List<TableVerifier.Fault> faults = faults("lie", NUMBER);
        assertEquals(count, faults.size(), faults::toString);
        for (var fault : faults) {
            assertTrue(fault.message().contains(about), fault::toString);
            assertTrue(fault.message().startsWith("lie@" + fault.offset() + ":"), fault::toString);
        }
    }

    private List<TableVerifier.Fault> faults(String path, long number) {
        try (Table table = Table.open(disk, path, number)) {
            return faults(table);
        }
    }

    private static List<TableVerifier.Fault> faults(Table table) {
        List<TableVerifier.Fault> faults = new ArrayList<>();
        var verifier = new TableVerifier(table, faults::add);
        while (verifier.step(2)) {
            assertTrue(verifier.bytesRead() < table.facts().bytes());
        }
        return faults;
    }
}
