package norikv.sstable;

import java.util.function.Consumer;
import norikv.bytes.RegionArena;
import norikv.domain.NoriException;

/// Reads all of an open table from the disk again and holds every part against every other: each
/// block against its checksum and its drawing, entries against their order, separators against the
/// blocks they stand between, filter and fingerprints against the keys, properties against a count.
///
/// It goes in steps, so that whoever runs it decides how fast the disk is read. **Errors.** What is
/// wrong is told to a listener, each fault with its place in the file, and the search goes on
/// behind it. **Limits.** Memory: one block, and at the end index and filter once more.
/// **Threads.** Confined to one; the table may be read meanwhile, and must not be closed.
public final class TableVerifier {
    private final Table table;
    private final Consumer<Fault> faults;
    private final FactsTally tally = new FactsTally();
    private final BlockScan scan = new BlockScan();
    private final BlockScratch scratch = new BlockScratch();
    private int next;
    private long bytesRead;
    private boolean wholeSoFar = true;
    private boolean done;

    /// Something wrong with a table.
    ///
    /// @param path the file
    /// @param offset where in it: the beginning of the block that is wrong
    /// @param message the whole message, with path and offset
    public record Fault(String path, long offset, String message) {}

    /// A verifier that has read nothing yet and tells `faults` what it finds.
    public TableVerifier(Table table, Consumer<Fault> faults) {
        this.table = table;
        this.faults = faults;
    }

    /// {@return how many bytes of the file were read so far}
    public long bytesRead() {
        return bytesRead;
    }

    /// Verifies the next `blocks` blocks at most.
    ///
    /// **Errors.** [NoriException.DiskFailure] when the disk cannot deliver a block; the next step
    /// begins behind it.
    ///
    /// @return whether there is more to do
    public boolean step(int blocks) {
        int end = (int) Math.min((long) next + blocks, table.index().blockCount());
        while (next < end) {
            verify(next++);
        }
        if (next == table.index().blockCount() && !done) {
            done = true;
            verifyParts();
            verifyFacts();
        }
        return !done;
    }

    private void verify(int block) {
        int at = table.index().blockAt(block);
        boolean whole = wholeSoFar;
        // Until this block was read to its end, counts say nothing.
        wholeSoFar = false;
        try {
            table.readBlock(block, scratch);
        } catch (NoriException.Corruption e) {
            faults.accept(new Fault(table.path(), at, e.getMessage()));
            return;
        } finally {
            bytesRead += table.index().blockAt(block + 1) - at;
        }
        scan.begin(scratch.bytes());
        String wrong = "";
        for (int slot = 0; wrong.isEmpty() && scan.next(); slot++) {
            wrong = entryFault(block, slot);
        }
        if (wrong.isEmpty() && !tally.isUpTo(table.index().separator(block))) {
            wrong = "a last entry up to its separator, got a later one";
        }
        if (!wrong.isEmpty()) {
            report(at, "block %d: %s".formatted(block, wrong));
            return;
        }
        wholeSoFar = whole;
    }

    private String entryFault(int block, int slot) {
        byte[] image = scan.image();
        int keyAt = scan.keyAt();
        int keyLength = scan.keyLength();
        if (!tally.isNext(image, keyAt, keyLength, scan.tablet(), scan.trailer())) {
            return "entries in order, got one out of it at " + slot;
        }
        long hash = Table.hash(image, keyAt, keyLength);
        if (!table.mayContain(hash)) {
            return "keys that the filter knows, got one that it denies at " + slot;
        }
        if (scan.fingerprint() != DataBlock.fingerprint(hash)) {
            return "fingerprints of the keys, got another at " + slot;
        }
        tally.add(
                image,
                scan.imageLength(),
                keyAt,
                keyLength,
                scan.tablet(),
                scan.trailer(),
                scan.expiresAtMillis());
        if (slot == 0 && block > 0 && tally.isUpTo(table.index().separator(block - 1))) {
            return "a first entry behind the separator before, got an earlier one";
        }
        return "";
    }

    private void verifyParts() {
        try (var arena = new RegionArena()) {
            var parts = new TableParts(table.file(), table.path(), table.facts().fileNumber());
            parts.facts();
            parts.filter(arena);
            parts.index(arena);
        } catch (NoriException.Corruption e) {
            faults.accept(new Fault(table.path(), table.index().blockAt(next), e.getMessage()));
        } finally {
            bytesRead = table.facts().bytes();
        }
    }

    private void verifyFacts() {
        TableFacts told = table.facts();
        if (wholeSoFar) {
            TableFacts counted = tally.facts(told.fileNumber(), told.reason(), told.bytes());
            if (!counted.equals(told)) {
                report(
                        table.index().blockAt(next),
                        "properties as counted %s, got %s".formatted(counted, told));
            }
        }
    }

    private void report(long offset, String what) {
        NoriException fault = Damage.at(table.path(), offset, what);
        faults.accept(new Fault(table.path(), offset, fault.getMessage()));
    }
}
