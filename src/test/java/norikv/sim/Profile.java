package norikv.sim;

import java.util.Locale;

/// What kind of worlds are drawn.
enum Profile {
    /// Any subset of all faults.
    SWARM,
    /// A quiet network, few crashes: long runs, many operations.
    LITE,
    /// One group of three in a quiet network, and of faults only those of [Rifts]: there leases,
    /// promises and votes contradict each other first.
    RIFT,
    /// One group of many changes and snapshots, in which one kind of message fares worse than all
    /// others, and leaders are parted from just one half of a change: see [Feuds].
    FEUD,
    /// One group in a quiet network; what was said before, and by whom, comes back in the worst
    /// moment: see [Grudges].
    GRUDGE,
    /// Clocks beyond the bound that leases assume: only lease safety may fail there.
    CLOCK;

    static Profile ofProperties() {
        return named(System.getProperty("sim.profile", "swarm"));
    }

    static Profile named(String name) {
        return valueOf(name.toUpperCase(Locale.ROOT));
    }

    String property() {
        return this == SWARM ? "" : " -Dsim.profile=" + name().toLowerCase(Locale.ROOT);
    }
}
