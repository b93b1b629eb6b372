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
    private final KeyRange range;
    private boolean begun;
    private long read;

    /// Empty until all entries have been written; then those before [#verifying] were read back,
    /// and of that one the blocks before [#verified].
    private List<LiveTable> tables = List.of();

    private boolean written;
    private long bytesTold;
    private int verifying;
    private int verified;

    /// Rewrites all of `input`.
    Rewrite(Cursor input, Survivors survivors, TableOutputs outputs) {
        this(input, KeyRange.ALL, survivors, outputs);
    }

    /// @param input is closed with this
    /// @param range what of it is rewritten
    Rewrite(Cursor input, KeyRange range, Survivors survivors, TableOutputs outputs) {
        this.input = input;
        this.range = range;
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
            range.seekToFirst(input);
            begun = true;
        }
        boolean more = input.isValid();
        for (int i = 0; i < entriesMax && more; i++) {
            boolean newKey = survivors.isNewKey(input);
            if (newKey && range.isBehind(input)) {
                more = false;
                break;
            }
            if (survivors.keeps(input, newKey)) {
                outputs.add(input, newKey);
            }
            read++;
            input.next();
            more = input.isValid();
        }
        if (!more) {
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

    /// {@return how many bytes were written since this was asked before}
    long takeWritten() {
        long bytes = outputs.bytes() - bytesTold;
        bytesTold += bytes;
        return bytes;
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
