package norikv.wal;

/// How a [Wal] is laid out and bounded.
///
/// @param salt random, taken when the log is new: what another log left in a file never validates
/// @param segmentBytes the size of new segments: a multiple of 4096, 16 KiB to 2 GiB
/// @param sparesMax how many recycled segments wait for their next life; at least one is prepared
///     ahead of need in any case
/// @param inFlightBytesMax how much may be accepted and not yet durable; at least one longest
///     record
/// @param inFlightRecordsMax how many records may be accepted and not yet durable, 1 to 4 Mi
/// @param cacheBytes how much of the log's end stays readable from memory; 0: none
/// @param slowForceNanos from how long on a force is reported as slow
/// @param freeBytesMin how many bytes of the disk a new segment leaves free for others: where there
///     are not as many, there is no room for it; at least 0
/// @param scrubBytesPerSecond how fast closed segments are read again in the background, to find
///     damage before they are needed; 0: never
public record WalOptions(
        long salt,
        long segmentBytes,
        int sparesMax,
        long inFlightBytesMax,
        int inFlightRecordsMax,
        int cacheBytes,
        long slowForceNanos,
        long freeBytesMin,
        long scrubBytesPerSecond) {
    private static final long SEGMENT_BYTES_MIN = 16 << 10;
    private static final long SEGMENT_BYTES_MAX = 2L << 30;
    private static final int RECORDS_MAX = 4 << 20;
    private static final long SCRUB_BYTES_MAX = 1 << 30;

    public WalOptions {
        if (segmentBytes < SEGMENT_BYTES_MIN
                || segmentBytes > SEGMENT_BYTES_MAX
                || segmentBytes % SegmentHeader.BYTES != 0) {
            throw new IllegalArgumentException(
                    "segmentBytes: a multiple of %d in [%d, %d], got %d"
                            .formatted(
                                    SegmentHeader.BYTES,
                                    SEGMENT_BYTES_MIN,
                                    SEGMENT_BYTES_MAX,
                                    segmentBytes));
        }
        if (inFlightBytesMax < Frame.PAYLOAD_BYTES_MAX || inFlightBytesMax > 1L << 38) {
            throw new IllegalArgumentException(
                    "inFlightBytesMax: in [%d, %d], got %d"
                            .formatted(Frame.PAYLOAD_BYTES_MAX, 1L << 38, inFlightBytesMax));
        }
        if (inFlightRecordsMax < 1 || inFlightRecordsMax > RECORDS_MAX) {
            throw new IllegalArgumentException(
                    "inFlightRecordsMax: in [1, %d], got %d"
                            .formatted(RECORDS_MAX, inFlightRecordsMax));
        }
        if (scrubBytesPerSecond < 0 || scrubBytesPerSecond > SCRUB_BYTES_MAX) {
            throw new IllegalArgumentException(
                    "scrubBytesPerSecond: in [0, %d], got %d"
                            .formatted(SCRUB_BYTES_MAX, scrubBytesPerSecond));
        }
        if (sparesMax < 1 || cacheBytes < 0 || slowForceNanos < 1 || freeBytesMin < 0) {
            throw new IllegalArgumentException(
                    "sparesMax >= 1, cacheBytes, freeBytesMin >= 0, slowForceNanos >= 1,"
                            + " got %d, %d, %d, %d"
                                    .formatted(
                                            sparesMax, cacheBytes, freeBytesMin, slowForceNanos));
        }
    }

    /// {@return 64 MiB segments, two spares, 32 MiB or 65 536 records in flight, 16 MiB of the end
    /// in memory, a force slow from one second on, nothing read again}
    public static WalOptions defaults(long salt) {
        return new WalOptions(
                salt, 64L << 20, 2, 32L << 20, 65_536, 16 << 20, 1_000_000_000L, 0, 0);
    }

    public WalOptions withSegmentBytes(long bytes) {
        return new WalOptions(
                salt,
                bytes,
                sparesMax,
                inFlightBytesMax,
                inFlightRecordsMax,
                cacheBytes,
                slowForceNanos,
                freeBytesMin,
                scrubBytesPerSecond);
    }

    public WalOptions withInFlight(long bytesMax, int recordsMax) {
        return new WalOptions(
                salt,
                segmentBytes,
                sparesMax,
                bytesMax,
                recordsMax,
                cacheBytes,
                slowForceNanos,
                freeBytesMin,
                scrubBytesPerSecond);
    }

    public WalOptions withCacheBytes(int bytes) {
        return new WalOptions(
                salt,
                segmentBytes,
                sparesMax,
                inFlightBytesMax,
                inFlightRecordsMax,
                bytes,
                slowForceNanos,
                freeBytesMin,
                scrubBytesPerSecond);
    }

    public WalOptions withFreeBytesMin(long bytes) {
        return new WalOptions(
                salt,
                segmentBytes,
                sparesMax,
                inFlightBytesMax,
                inFlightRecordsMax,
                cacheBytes,
                slowForceNanos,
                bytes,
                scrubBytesPerSecond);
    }

    public WalOptions withScrub(long bytesPerSecond) {
        return new WalOptions(
                salt,
                segmentBytes,
                sparesMax,
                inFlightBytesMax,
                inFlightRecordsMax,
                cacheBytes,
                slowForceNanos,
                freeBytesMin,
                bytesPerSecond);
    }

    /// {@return the longest record: [Wal#RECORD_BYTES_MAX], or less where two of them with their
    /// frames would not fit in a segment}
    public int recordBytesMax() {
        long half = (segmentBytes - SegmentHeader.BYTES - Frame.ALIGN) / 2 & -Frame.ALIGN;
        return (int)
                Math.min(
                        Wal.RECORD_BYTES_MAX,
                        half - Frame.HEAD_BYTES - Frame.RECORD_HEAD_BYTES);
    }
}
