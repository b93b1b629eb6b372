package norikv.wal;

import norikv.observe.Counter;
import norikv.observe.Histogram;
import norikv.observe.Meter;

/// What a log counts.
final class WalMeters {
    final Histogram forceNanos;
    final Histogram frameBytes;
    final Histogram frameRecords;
    final Counter bytes;
    final Counter forces;

    WalMeters(Meter meter) {
        forceNanos =
                meter.durations(
                        "norikv_wal_fsync_duration_seconds", "Time that one force took.");
        frameBytes = meter.amounts("norikv_wal_frame_bytes", "Bytes written before one force.");
        frameRecords =
                meter.amounts("norikv_wal_frame_records", "Records made durable by one force.");
        bytes = meter.counter("norikv_wal_bytes_total", "Bytes written to the log.");
        forces = meter.counter("norikv_wal_fsyncs_total", "Forces of frames, end frames included.");
    }
}
