package norikv.sstable;

/// What all parts of a table file agree on.
///
/// ```
/// +--------------------+ 0
/// | data blocks        |   DataBlock: entries in order
/// +--------------------+ dataEnd
/// | index leaves       |   IndexBlock: one separator a data block; absent in a small table
/// | index root         |   IndexBlock: one separator a leaf, or a data block
/// +--------------------+
/// | filter             |   Filter: absent if the table was written without
/// +--------------------+
/// | properties         |   Properties: what TableFacts says
/// +--------------------+
/// | footer, 64 bytes   |   Footer: where all that is
/// +--------------------+ end of file
/// ```
///
/// In a table of version [#VERSION_COMPRESSED] data blocks may be compressed ([Lz4]), each by
/// itself: what such a block holds is drawn in [BlockTrailer].
///
/// Blocks follow each other without a gap, and each ends with a [BlockTrailer] that binds its bytes
/// to this file and this place. So every byte of a file is under some checksum. Numbers are
/// little-endian. **Source.** `wire/files.md`, tables.
public final class TableFormat {
    /// The version of a table without compression.
    static final int VERSION = 1;

    /// The version of a table whose data blocks may be compressed.
    static final int VERSION_COMPRESSED = 2;

    /// The longest key, bytes: a user's key, and what the layers above put before it.
    public static final int KEY_BYTES_MAX = 2 << 10;

    /// The longest value, bytes: a user's value, and what the layers above put beside it.
    public static final int VALUE_BYTES_MAX = 2 << 20;

    /// The most bytes of a table, so that any place in it fits an `int`. Whoever writes cuts far
    /// earlier; this is what the longest run of one key's versions must fit into.
    public static final long TABLE_BYTES_MAX = Integer.MAX_VALUE;

    /// The largest index of an entry: a trailer keeps 56 bits for it.
    public static final long INDEX_MAX = (1L << 56) - 1;

    /// What an entry may take besides key and value: key length, tablet, trailer, term, expiry.
    static final int ENTRY_HEAD_BYTES_MAX = 3 + 4 + 8 + 10 + 8;

    /// The most bytes of one block: its largest entry, alone, padded to a page.
    static final int BLOCK_BYTES_MAX =
            KEY_BYTES_MAX + VALUE_BYTES_MAX + ENTRY_HEAD_BYTES_MAX + 2 * 4096;

    private TableFormat() {}
}
