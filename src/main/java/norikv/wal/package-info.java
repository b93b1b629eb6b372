/// A segmented log of opaque records, written by one loop, one force for many.
///
/// Read [norikv.wal.Wal], then [norikv.wal.WalRecord], then [norikv.wal.SegmentHead]. The bytes are
/// drawn in `Frame` and `SegmentHeader`, and in `wire/files.md`. Knows nothing about what the
/// records mean; usable alone.
package norikv.wal;
