package norikv.sstable;

import java.util.Arrays;
import norikv.bytes.ByteWriter;

/// Writes data blocks compressed where that saves an eighth, and unpacks them into private memory.
///
/// **Limits.** Two blocks. **Threads.** Packing is confined to one. **Source.** [BlockTrailer],
/// [Lz4].
final class BlockPacker {
    private final Lz4 lz4 = new Lz4();
    private final ByteWriter body = new ByteWriter(8 << 10);
    private byte[] packed = new byte[8 << 10];
    private int unpackedBytesMax;

    /// {@return the longest block so far as [#unpack] gives it back}
    int unpackedBytesMax() {
        return unpackedBytesMax;
    }

    /// Ends the block that `data` gathered, as all of `to`.
    void finish(DataBlockBuilder data, ByteWriter to, long fileNumber, long offset) {
        body.clear();
        data.finishBody(body);
        int length = body.length();
        int room = length - length / 8 - BlockTrailer.PACKED_HEAD_BYTES;
        if (packed.length < room) {
            packed = new byte[room];
        }
        int bytes = lz4.pack(body.array(), 0, length, packed, room);
        int unpacked = length + BlockTrailer.BYTES;
        if (bytes < 0) {
            to.bytes(body.array(), 0, length);
            to.zeros(DataBlockBuilder.padding(offset, unpacked));
            BlockTrailer.seal(to, 0, BlockTrailer.DATA, fileNumber, offset);
            unpacked = to.length();
        } else {
            to.i32(length).bytes(packed, 0, bytes);
            BlockTrailer.sealPacked(to, fileNumber, offset);
        }
        unpackedBytesMax = Math.max(unpackedBytesMax, unpacked);
    }

    /// Unpacks the `length` bytes of `block`, trailer included, into [BlockScratch#bytes()], eight
    /// zeros in place of the trailer; copies what is not packed.
    ///
    /// @return how many bytes that are; 0 if they are not what packing gives, or too many
    static int unpack(byte[] block, int length, int bytesMax, BlockScratch into) {
        if (!BlockTrailer.isPacked(block, length)) {
            System.arraycopy(block, 0, into.bytes(length), 0, length);
            return length;
        }
        int body = Keys.i32(block, 0);
        int end = length - BlockTrailer.BYTES;
        if (body < 1 || body > bytesMax - BlockTrailer.BYTES) {
            return 0;
        }
        byte[] to = into.bytes(body + BlockTrailer.BYTES);
        if (!Lz4.unpack(block, BlockTrailer.PACKED_HEAD_BYTES, end, to, body)) {
            return 0;
        }
        Arrays.fill(to, body, body + BlockTrailer.BYTES, (byte) 0);
        return body + BlockTrailer.BYTES;
    }
}
