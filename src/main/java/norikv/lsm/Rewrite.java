package norikv.lsm;

import java.util.List;
import norikv.sstable.Cursor;

/// The common half of a flush and a compaction: reads entries in order, in pieces, and writes those
/// that still matter to tables.
///
/// **Threads.** Confined to one. **Errors.** As [TableOutputs] and the input.
final class Rewrite implements AutoCloseable {
    private final Cursor input;
    private final Survivors survivors;
    private final TableOutputs outputs;
    private boolean begun;
    private long read;

    /// @param input is closed with this
    Rewrite(Cursor input, Survivors survivors, TableOutputs outputs) {
        this.input = input;
        this.survivors = survivors;
        this.outputs = outputs;
    }

    /// Handles up to `entriesMax` entries.
    ///
    /// @return whether all have been read
    boolean step(int entriesMax) {
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
        return !input.isValid();
    }

    /// {@return the tables, durable but for the manifest} Only after all was read.
    List<LiveTable> finish() {
        assert read == outputs.entries() + survivors.dropped() : "entries got lost";
        return outputs.finish();
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
