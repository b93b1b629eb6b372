package norikv.lsm;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import norikv.domain.ErrorCode;
import norikv.domain.NoriException;
import norikv.domain.ShardId;
import norikv.observe.Meter;
import norikv.work.Clock;

/// The open [Snapshot]s: flushes and compactions ask here what they must keep.
///
/// **Order.** A snapshot loads its places and is entered here in one step; a job loads the places
/// that all readers see and then asks here. So whatever a job is not told of stands at those places
/// or beyond. **Threads.** Any. **Limits.** [#OPEN_MAX] at a time.
final class Snapshots {
    /// The most snapshots that are open at a time. Each keeps three numbers a shard.
    static final int OPEN_MAX = 256;

    /// What [#oldestNanos] says while none is open.
    static final long NONE_OPEN = Long.MIN_VALUE;

    private static final long RETRY_AFTER_MILLIS = 1000;
    private static final double NANOS_A_SECOND = 1e9;

    private final Clock clock;

    /// The oldest first; guarded by this.
    private final Map<Snapshot, AppliedVector> open = new LinkedHashMap<>();

    Snapshots(Clock clock) {
        this.clock = clock;
    }

    /// {@return a snapshot of those of `shards` that have a live tablet, where they stand now}
    ///
    /// **Errors.** [NoriException.Overloaded] when [#OPEN_MAX] are open.
    synchronized Snapshot take(Reads reads, Predicate<ShardId> shards) {
        if (open.size() >= OPEN_MAX) {
            throw new NoriException.Overloaded(
                    ErrorCode.RESOURCE_EXHAUSTED,
                    "snapshots: at most %d open".formatted(OPEN_MAX),
                    RETRY_AFTER_MILLIS);
        }
        AppliedVector places = AppliedVector.of(wanted(reads.tablets(), shards));
        var snapshot = new Snapshot(reads, this, places, clock.nanoTime());
        open.put(snapshot, places);
        return snapshot;
    }

    private static TabletMap wanted(TabletMap live, Predicate<ShardId> shards) {
        List<Tablet> wanted =
                live.all().stream().filter(tablet -> shards.test(tablet.shard())).toList();
        return wanted.size() == live.size() ? live : new TabletMap(wanted);
    }

    synchronized void remove(Snapshot snapshot) {
        open.remove(snapshot);
    }

    /// {@return what a job must keep that has loaded the places of all other readers already}
    Pins pins() {
        List<AppliedVector> places;
        synchronized (this) {
            places = List.copyOf(open.values());
        }
        return Pins.of(places);
    }

    /// {@return when the oldest of those that are open was taken}
    synchronized long oldestNanos() {
        return open.isEmpty() ? NONE_OPEN : open.keySet().iterator().next().takenNanos();
    }

    synchronized int count() {
        return open.size();
    }

    private synchronized double oldestSeconds() {
        return open.isEmpty() ? 0 : (clock.nanoTime() - oldestNanos()) / NANOS_A_SECOND;
    }

    /// Registers what is read off here.
    void gauges(Meter meter) {
        meter.gauge("norikv_lsm_snapshots", "Open snapshots.", this::count);
        meter.gauge(
                "norikv_lsm_snapshot_oldest_seconds",
                "Age of the oldest open snapshot; what it sees stays on the disk.",
                this::oldestSeconds);
    }
}
