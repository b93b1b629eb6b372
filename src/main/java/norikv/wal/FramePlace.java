package norikv.wal;

/// Where the next frame of a segment goes.
///
/// @param sequence how many frames are before it in the segment
/// @param previousCrc of the frame before it
record FramePlace(long offset, int sequence, int previousCrc) {
    /// {@return the place behind the header of a segment}
    static FramePlace first(int previousCrc) {
        return new FramePlace(SegmentHeader.BYTES, 0, previousCrc);
    }

    FramePlace after(int frameBytes, int frameCrc) {
        return new FramePlace(offset + frameBytes, sequence + 1, frameCrc);
    }
}
