package norikv.sstable;

import java.util.List;
import java.util.Optional;
import norikv.bytes.ByteReader;
import norikv.bytes.ByteWriter;
import norikv.bytes.Bytes;
import norikv.domain.NoriException;

/// What a table holds, told by its writer and kept in the file: enough to place it in a level, to
/// choose it for compaction and to check that nothing got lost on the way.
///
/// @param fileNumber the number it was written under, which every block is bound to
/// @param reason why it was written
/// @param bytes the length of the file
/// @param entries how many entries, all versions counted
/// @param deletes how many of them are [Cursor#KIND_DELETE]
/// @param minKey the first key
/// @param maxKey the last key
/// @param minIndex the smallest index of any entry
/// @param maxIndex the largest index of any entry
/// @param minExpiryMillis the earliest expiry of any entry that has one, else 0
/// @param maxExpiryMillis the latest expiry of any entry that has one, else 0
/// @param expiring how many entries have an expiry
/// @param rawBytes what the entries take before any sharing of bytes: keys, values and heads
/// @param contentHash the sum of [ContentHash] over all entries; a sum does not depend on order, so
///     that inputs minus dropped entries of a compaction must equal its outputs
/// @param tablets what each tablet has in it, ascending
public record TableFacts(
        long fileNumber,
        Reason reason,
        long bytes,
        long entries,
        long deletes,
        Bytes minKey,
        Bytes maxKey,
        long minIndex,
        long maxIndex,
        long minExpiryMillis,
        long maxExpiryMillis,
        long expiring,
        long rawBytes,
        long contentHash,
        List<TabletShare> tablets) {

    /// Copies the list.
    public TableFacts {
        tablets = List.copyOf(tablets);
    }

    /// Writes all but the number and the length of the file, as the file itself says it.
    public void write(ByteWriter to) {
        Properties.write(to, this);
    }

    /// {@return what [#write] wrote, which is all that is left of `from`; nothing if it does not
    /// make sense}
    public static Optional<TableFacts> read(ByteReader from, long fileNumber, long bytes) {
        try {
            return Optional.of(Properties.read(from, "", 0, fileNumber, bytes));
        } catch (NoriException.Corruption _) {
            return Optional.empty();
        }
    }

    /// One tablet's part of a table.
    ///
    /// @param tablet its id, unsigned
    /// @param entries how many entries are its
/// @param rawBytes what they take of the table's [TableFacts#rawBytes()]
    public record TabletShare(int tablet, long entries, long rawBytes) {}

    /// Why a table was written.
    public enum Reason {
        /// A memtable became a table.
        FLUSH(1),
        /// Tables were merged.
        COMPACTION(2),
        /// It came from outside, to be taken in whole.
        INGEST(3);

        private final int number;

        Reason(int number) {
            this.number = number;
        }

        /// {@return the number that stands for it in files}
        public int number() {
            return number;
        }
    }
}
