package norikv.lsm;

import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import norikv.observe.Counter;
import norikv.observe.Label;
import norikv.observe.Meter;

/// What compactions did, by what they did it for: so that write amplification can be read off, and
/// where it comes from.
///
/// @param jobs compactions that were installed, by kind
/// @param reasons compactions that were installed, by what for
/// @param written bytes of tables written, by the level they went to
/// @param dropped entries that were left out, by why
record JobMeters(
        Map<Plan.Kind, Counter> jobs,
        Map<Plan.Why, Counter> reasons,
        Counter[] written,
        Map<Survivors.Reason, Counter> dropped) {

    static JobMeters of(Meter meter) {
        Map<Plan.Kind, Counter> jobs = new EnumMap<>(Plan.Kind.class);
        for (Plan.Kind kind : Plan.Kind.values()) {
            jobs.put(
                    kind,
                    meter.counter(
                            "norikv_lsm_compactions_total",
                            "Compactions that were installed, by how they were done.",
                            label("kind", kind)));
        }
        Map<Plan.Why, Counter> reasons = new EnumMap<>(Plan.Why.class);
        for (Plan.Why why : Plan.Why.values()) {
            reasons.put(
                    why,
                    meter.counter(
                            "norikv_lsm_compaction_reasons_total",
                            "Compactions that were installed, by what they were done for.",
                            label("reason", why)));
        }
        var written = new Counter[Levels.COUNT];
        for (int level = 0; level < written.length; level++) {
            written[level] =
                    meter.counter(
                            "norikv_lsm_level_written_bytes_total",
                            "Bytes of tables that compactions wrote into a level.",
                            new Label("level", Integer.toString(level)));
        }
        Map<Survivors.Reason, Counter> dropped = new EnumMap<>(Survivors.Reason.class);
        for (Survivors.Reason reason : Survivors.Reason.values()) {
            dropped.put(
                    reason,
                    meter.counter(
                            "norikv_lsm_dropped_entries_total",
                            "Entries that compactions left out, by why they did not matter.",
                            label("reason", reason)));
        }
        return new JobMeters(jobs, reasons, written, dropped);
    }

    private static Label label(String name, Enum<?> value) {
        return new Label(name, value.name().toLowerCase(Locale.ROOT));
    }

    /// Counts a compaction that was installed.
    void count(Plan plan, long writtenBytes, CompactionJob job) {
        jobs.get(plan.kind()).increment();
        reasons.get(plan.why()).increment();
        written[plan.outputLevel()].add(writtenBytes);
        dropped.forEach((reason, counter) -> counter.add(job.dropped(reason)));
    }
}
