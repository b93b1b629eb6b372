package norikv.sstable;

import norikv.bytes.ByteReader;
import norikv.bytes.ByteWriter;
import norikv.bytes.Crc32c;
import norikv.domain.ErrorCode;
import norikv.domain.NoriException;

/// The last 64 bytes of a table: where its parts are.
///
/// ```
///  0 u64 file number
///  8 u32 data end = begin of the index       12 u32 begin of the index root
/// 16 u32 begin of the filter = end of index  20 u32 begin of the properties = end of the filter
/// 24 u32 begin of the footer = end of the properties
/// 28 u32 count of data blocks
/// 32 u8 index levels, 1 or 2   33 u8[3] 0
/// 36 u32 the most bytes of a data block once it is unpacked, trailer included; version 1: 0
/// 40 u8[8] 0
/// 48 u16 format version, 2 if data blocks may be packed, else 1   50 u16 0
/// 52 u32 0
/// 56 u32 crc32c of bytes 0 to 55
/// 60 "NKST"
/// ```
///
/// A table without a filter has a filter part of no length. **Source.** `wire/files.md`, tables.
record Footer(
        long fileNumber,
        int dataEnd,
        int rootAt,
        int filterAt,
        int propertiesAt,
        int footerAt,
        int blockCount,
        int indexLevels,
        int unpackedBytesMax) {
    static final int BYTES = 64;
    static final int PROPERTIES_BYTES_MAX = 64 << 20;

    private static final int UNPACKED_AT = 36;
    private static final int VERSION_AT = 48;
    private static final int CRC_AT = 56;
    private static final int MAGIC = 'N' | 'K' << 8 | 'S' << 16 | 'T' << 24;

    void write(ByteWriter to) {
        int start = to.length();
        to.i64(fileNumber).i32(dataEnd).i32(rootAt).i32(filterAt).i32(propertiesAt);
        to.i32(footerAt).i32(blockCount).u8(indexLevels).zeros(3);
        to.i32(unpackedBytesMax).zeros(8).u16(version()).u16(0).i32(0);
        assert to.length() - start == CRC_AT : to.length() - start;
        to.i32(Crc32c.of(to.array(), start, CRC_AT)).i32(MAGIC);
    }

    /// {@return the footer that the 64 bytes of `from` hold, read from `offset` of `path`}
    ///
    /// **Errors.** [NoriException.Corruption] when it is none, is another file's, or when its parts
    /// do not fill the file; [NoriException.Refused] when it is whole and of another version.
    static Footer read(byte[] from, String path, long offset, long fileNumber) {
        if (Keys.i32(from, 60) != MAGIC) {
            throw damaged(path, offset, "magic NKST, got %08x".formatted(Keys.i32(from, 60)));
        }
        int crc = Crc32c.of(from, 0, CRC_AT);
        if (Keys.i32(from, CRC_AT) != crc) {
            throw damaged(
                    path, offset, "crc %08x, got %08x".formatted(crc, Keys.i32(from, CRC_AT)));
        }
        int version = Keys.u16(from, VERSION_AT);
        if (version != TableFormat.VERSION && version != TableFormat.VERSION_COMPRESSED) {
            throw new NoriException.Refused(
                    ErrorCode.VERSION_UNSUPPORTED,
                    "%s: table format %d or %d, got %d"
                            .formatted(
                                    path,
                                    TableFormat.VERSION,
                                    TableFormat.VERSION_COMPRESSED,
                                    version));
        }
        var r = new ByteReader(from, 0, BYTES);
        var footer =
                new Footer(
                        r.i64(),
                        r.i32(),
                        r.i32(),
                        r.i32(),
                        r.i32(),
                        r.i32(),
                        r.i32(),
                        r.u8(),
                        Keys.i32(from, UNPACKED_AT));
        if (footer.fileNumber != fileNumber) {
            throw damaged(
                    path, offset, "file %d, got %d".formatted(fileNumber, footer.fileNumber));
        }
        if (footer.version() != version
                || footer.unpackedBytesMax < 0
                || footer.unpackedBytesMax > TableFormat.BLOCK_BYTES_MAX) {
            throw damaged(path, offset, "blocks of a length that fits version " + version);
        }
        if (!footer.fills(offset)) {
            throw damaged(path, offset, "parts that fill the file, got " + footer);
        }
        return footer;
    }

    private int version() {
        return unpackedBytesMax == 0 ? TableFormat.VERSION : TableFormat.VERSION_COMPRESSED;
    }

    private boolean fills(long offset) {
        return dataEnd > 0
                && rootAt >= dataEnd
                && (indexLevels == 1) == (rootAt == dataEnd)
                && (indexLevels == 1 || indexLevels == 2)
                && filterAt > rootAt
                && propertiesAt >= filterAt
                && footerAt > propertiesAt
                && footerAt - propertiesAt <= PROPERTIES_BYTES_MAX
                && footerAt == offset
                && blockCount > 0
                && blockCount <= dataEnd / BlockTrailer.BYTES;
    }

    private static NoriException.Corruption damaged(String path, long offset, String what) {
        return Damage.at(path, offset, "footer: " + what);
    }
}
