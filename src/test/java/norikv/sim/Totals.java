package norikv.sim;

/// What all runs of a campaign came to.
final class Totals {
    private long seeds;
    private long events;
    private long elections;
    private long commits;
    private long crashes;
    private long crashesInRecovery;
    private long installs;
    private long changes;
    private long destroyed;
    private long grants;
    private long lease;
    private long stale;
    private long writes;
    private long histories;
    private long virtualNanos;
    private long cpuNanos;

    /// @param seedNanos the time of a processor that it took
    void add(Seed.Outcome outcome, long seedNanos) {
        cpuNanos += seedNanos;
        World world = outcome.world();
        seeds++;
        events += world.events;
        for (int group = 1; group <= world.plan.groups; group++) {
            elections += world.rules.truth(group).elections;
        }
        commits += world.rules.commits;
        crashes += world.strikes.crashes;
        crashesInRecovery += world.strikes.crashesInRecovery;
        installs += world.rules.installs;
        changes += world.rules.members().changes;
        destroyed += world.changes.destroyed;
        grants += world.clientRules.grants;
        lease += world.clientRules.servedByLease;
        stale += world.clientRules.staleReads;
        writes += world.clientRules.writes;
        histories += outcome.histories();
        virtualNanos += world.nowNanos();
    }

    /// {@return the last line of a campaign}
    String line(long nanos) {
        return ("seeds=%d virtual_s=%d events=%d events_per_s=%d events_per_cpu_s=%d elections=%d"
                        + " commits=%d crashes=%d crashes_in_recovery=%d snapshots=%d changes=%d"
                        + " destroyed=%d writes=%d reads_linearizable=%d reads_lease=%d"
                        + " reads_stale=%d histories=%d")
                .formatted(
                        seeds,
                        virtualNanos / 1_000_000_000,
                        events,
                        events * 1_000_000_000L / Math.max(1, nanos),
                        events * 1_000_000_000L / Math.max(1, cpuNanos),
                        elections,
                        commits,
                        crashes,
                        crashesInRecovery,
                        installs,
                        changes,
                        destroyed,
                        writes,
                        grants,
                        lease,
                        stale,
                        histories);
    }
}
