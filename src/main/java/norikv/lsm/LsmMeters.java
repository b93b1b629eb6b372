package norikv.lsm;

import java.util.function.DoubleSupplier;
import java.util.function.Supplier;
import norikv.observe.Counter;
import norikv.observe.Histogram;
import norikv.observe.Label;
import norikv.observe.Meter;

/// The instruments of an engine.
///
/// @param filterNegatives tables left out because their filter knew that the key is not there
/// @param filterPositives tables that had the key, as their filter said
/// @param filterFalsePositives tables that did not have it, though their filter said so
record LsmMeters(
        Counter filterNegatives,
        Counter filterPositives,
        Counter filterFalsePositives,
        Counter flushBytes,
        Histogram flushNanos,
        Counter compactionBytesRead,
        Counter compactionBytesWritten,
        Histogram compactionNanos,
        JobMeters jobs,
        Counter failures,
        Counter scrubBytes,
        Counter scrubFaults,
        Counter scrubPasses) {

    static LsmMeters of(Meter meter) {
        String checks = "norikv_lsm_filter_checks_total";
        String checksHelp = "Tables asked for a key by way of their filter.";
        String compaction = "norikv_lsm_compaction_bytes_total";
        String compactionHelp = "Bytes of tables that compactions read and wrote.";
        return new LsmMeters(
                meter.counter(checks, checksHelp, new Label("outcome", "true_negative")),
                meter.counter(checks, checksHelp, new Label("outcome", "true_positive")),
                meter.counter(checks, checksHelp, new Label("outcome", "false_positive")),
                meter.counter("norikv_lsm_flush_bytes_total", "Bytes of tables flushed."),
                meter.durations("norikv_lsm_flush_duration_seconds", "Time of a flush."),
                meter.counter(compaction, compactionHelp, new Label("direction", "read")),
                meter.counter(compaction, compactionHelp, new Label("direction", "write")),
                meter.durations(
                        "norikv_lsm_compaction_duration_seconds", "Time of a compaction."),
                JobMeters.of(meter),
                meter.counter(
                        "norikv_lsm_job_failures_total",
                        "Flushes and compactions that failed and are tried again."),
                meter.counter(
                        "norikv_lsm_scrub_bytes_total", "Bytes of tables that were read again."),
                meter.counter(
                        "norikv_lsm_scrub_faults_total",
                        "Blocks that were damaged or unreadable when they were read again."),
                meter.counter(
                        "norikv_lsm_scrub_passes_total", "Passes over all tables that ended."));
    }

    /// Registers what is read off the engine.
    static void gauges(
            Meter meter,
            Supplier<Levels> levels,
            DoubleSupplier memtableBytes,
            Engine engine,
            DoubleSupplier compactions,
            DoubleSupplier scrubbedMillis) {
        for (int level = 0; level < Levels.COUNT; level++) {
            int at = level;
            var label = new Label("level", Integer.toString(level));
            meter.gauge(
                    "norikv_lsm_level_files",
                    "Tables of a level.",
                    () -> levels.get().level(at).size(),
                    label);
            meter.gauge(
                    "norikv_lsm_level_bytes",
                    "Bytes of the tables of a level.",
                    () -> levels.get().bytes(at),
                    label);
        }
        meter.gauge(
                "norikv_lsm_quarantined_tables",
                "Tables with damage in them.",
                () -> Quarantine.tables(levels.get()).size());
        meter.gauge(
                "norikv_lsm_scrub_last_complete_timestamp_seconds",
                "When all tables had been read again, seconds since 1970; 0: not since start.",
                () -> scrubbedMillis.getAsDouble() / 1000);
        meter.gauge("norikv_lsm_memtable_bytes", "Memory of all memtables.", memtableBytes);
        meter.gauge(
                "norikv_lsm_write_pressure_ratio",
                "How hard writing is; from 1 on proposals are refused.",
                engine::writePressure);
        meter.gauge(
                "norikv_lsm_compaction_debt_bytes",
                "Bytes that compactions have to read and write until no level is overfull.",
                () -> engine.debtBytes(levels.get()));
        meter.gauge(
                "norikv_lsm_young_depth",
                "How many tables of level 0 lie above one another at most.",
                () -> levels.get().young().depth());
        meter.gauge(
                "norikv_lsm_compactions_in_progress", "Compactions that run.", compactions);
    }
}
