package norikv.lsm;

import java.util.List;
import norikv.sstable.Cursor;
import norikv.sstable.Table;

/// The common half of a flush and a compaction: reads entries in order, in pieces, writes those
/// that still matter to tables, and reads these back block by block, so that they are known to be
/// right and readers need not wait for the disk.
///
/// **Threads.** Confined to one. **Errors.** As [TableOutputs] and the input.
final class Rewrite implements AutoCloseable {
    private static final int ENTRIES_A_BLOCK = 16;

    private final Cursor input;
    private final Survivors survivors;
    private final TableOutputs outputs;
    private boolean begun;
    private long read;

    /// Empty until all entries have been written; then those before [#verifying] were read back,
    /// and of that one the blocks before [#verified].
    private List<LiveTable> tables = List.of();

    private boolean written;
    private int verifying;
    private int verified;

    /// @param input is closed with this
    Rewrite(Cursor input, Survivors survivors, TableOutputs outputs) {
        this.input = input;
        this.survivors = survivors;
        this.outputs = outputs;
    }

    /// Handles up to `entriesMax` entries, or as many as that may be in blocks.
    ///
    /// @return whether all is done
    boolean step(int entriesMax) {
        if (!written) {
            try {
                write(entriesMax);
            } catch (InternalError e) {
                throw Lsm.unreadable(e);
            }
            return false;
        }
        return verify(Math.max(1, entriesMax / ENTRIES_A_BLOCK));
    }

    private void write(int entriesMax) {
        if (!begun) {
            input.seekToFirst();
            begun = true;
        }
        for (int i = 0; i < entriesMax && input.isValid(); i++) {
            boolean newKey = survivors.isNewKey(input);
            if (survivors.keeps(input, newKey)) {
                outputs.add(input, newKey);
            }
            read++;
            input.next();
        }
        if (!input.isValid()) {
            assert read == outputs.entries() + survivors.dropped() : "entries got lost";
            tables = outputs.finish();
            written = true;
        }
    }

    private boolean verify(int blocksMax) {
        if (verifying < tables.size()) {
            Table table = tables.get(verifying).table();
            verified = table.verify(verified, blocksMax);
            if (verified == table.blockCount()) {
                verifying++;
                verified = 0;
            }
        }
        return verifying == tables.size();
    }

    /// {@return the tables, durable but for the manifest} Only after all is done.
    List<LiveTable> tables() {
        return tables;
    }

    /// {@return how many entries were read}
    long read() {
        return read;
    }

    Survivors survivors() {
        return survivors;
    }

    void abandon() {
        outputs.abandon();
    }

    @Override
    public void close() {
        input.close();
    }
}
