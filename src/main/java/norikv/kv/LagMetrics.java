package norikv.kv;

import java.util.concurrent.TimeUnit;
import norikv.domain.ShardId;
import norikv.domain.ShardSet;
import norikv.observe.Histogram;
import norikv.observe.Label;
import norikv.observe.Meter;
import norikv.port.Storage;
import norikv.work.Clock;

/// How far log time is behind the clocks: what stale reads saw, and what a shard shows.
///
/// The applied log time of a shard moves with its entries, so it stands where nobody writes and
/// nothing expires. A stale read there is as old as that says and may have missed nothing; what has
/// to move and does not is told apart as expiry that is late.
///
/// **Threads.** Any.
final class LagMetrics {
    private final Storage storage;
    private final ShardSet all;
    private final Clock clock;
    private final Histogram staleReads;

    LagMetrics(
            Meter meter,
            Storage storage,
            int totalShards,
            Clock clock,
            ExpiryClock expiryClock) {
        this.storage = storage;
        this.all = ShardSet.all(totalShards);
        this.clock = clock;
        this.staleReads =
                meter.durations(
                        "norikv_stale_read_lag_seconds",
                        "How long ago a write may have been acknowledged that a stale read did"
                                + " not see.");
        Label max = new Label("stat", "max");
        meter.gauge(
                "norikv_log_time_lag_seconds",
                "How far the applied log time of a shard is behind the wall clock, of the furthest"
                        + " here; it stands while nobody writes there.",
                () -> seconds(logTimeLagMillis()),
                max);
        meter.gauge(
                "norikv_expiry_lag_seconds",
                "How long ago something expired by the clock that leads, and is not expired by the"
                        + " applied log time, of the furthest shard here.",
                () -> seconds(expiryClock.lagMillis()),
                max);
    }

    /// {@return how long ago a write may have been acknowledged that is not in `applied`,
    /// milliseconds}
    long behindMillis(Storage.Applied applied) {
        return Math.max(0, clock.wallMillis() - applied.logTimeMillis());
    }

    /// A stale read saw `applied`.
    void staleRead(Storage.Applied applied) {
        if (isKnown(applied)) {
            staleReads.record(TimeUnit.MILLISECONDS.toNanos(behindMillis(applied)));
        }
    }

    /// A stale page is about to be read of `shards`: it counts as the furthest of them.
    void staleScan(ShardSet shards) {
        staleRead(furthest(shards));
    }

    private long logTimeLagMillis() {
        Storage.Applied furthest = furthest(all);
        return isKnown(furthest) ? behindMillis(furthest) : 0;
    }

    /// {@return where that of `shards` stands that is furthest behind; [Storage.Applied#NOTHING]
    /// where nothing was applied here to any}
    private Storage.Applied furthest(ShardSet shards) {
        Storage.Applied furthest = Storage.Applied.NOTHING;
        for (int shard = 0; shard < shards.total(); shard++) {
            if (shards.contains(shard)) {
                Storage.Applied applied = storage.applied(new ShardId(shard));
                boolean isFurther =
                        !isKnown(furthest) || applied.logTimeMillis() < furthest.logTimeMillis();
                if (isKnown(applied) && isFurther) {
                    furthest = applied;
                }
            }
        }
        return furthest;
    }

    /// {@return whether there is a log time} What nothing was applied to has none to be behind.
    private static boolean isKnown(Storage.Applied applied) {
        return applied.logTimeMillis() != 0;
    }

    private static double seconds(long millis) {
        return millis / 1e3;
    }
}
