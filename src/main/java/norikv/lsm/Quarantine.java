package norikv.lsm;

import java.lang.System.Logger.Level;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import norikv.domain.NoriException;
import norikv.domain.ShardId;
import norikv.observe.Event;
import norikv.sstable.TableFacts;

/// Knows which tables are damaged.
///
/// Whoever meets a damaged block gets [NoriException.Corruption], and the table goes into
/// quarantine: its sound blocks are read on, each against its checksum, but no compaction touches
/// it, so the damage is neither copied nor removed with what it may still tell. The manifest keeps
/// that over a restart. It ends when the table's last tablet is dropped or rebuilt, or when the
/// [Scrubber] has read all of it and found it whole.
///
/// **Threads.** Any; [#record] by one loop.
final class Quarantine {
    private final Event.Sink events;
    private final ConcurrentLinkedQueue<LiveTable> found = new ConcurrentLinkedQueue<>();
    private volatile Runnable wake = () -> {};

    Quarantine(Event.Sink events) {
        this.events = events;
    }

    /// Says how to wake the loop that records.
    void wakeWith(Runnable newWake) {
        wake = newWake;
        newWake.run();
    }

    /// Hears of damage in the tables of `levels` from now on.
    void watch(Levels levels) {
        for (int level = 0; level < Levels.COUNT; level++) {
            levels.level(level).forEach(table -> table.watchedBy(this));
        }
    }

    /// Something is wrong with `table`, for the first time since it was opened.
    void found(LiveTable table) {
        NoriException fault = table.fault().orElseThrow();
        events.publish(new Event.Lsm.TableQuarantined(table.number()));
        Lsm.LOG.log(
                Level.ERROR,
                () ->
                        "A table is damaged and in quarantine. file=%s tablets=%d fault=%s"
                                .formatted(
                                        table,
                                        table.facts().tablets().size(),
                                        fault.getMessage()));
        found.add(table);
        wake.run();
    }

    /// Makes durable what was found since the last time. May wait for the disk.
    void record(Manifest manifest) {
        List<LiveTable> news = new ArrayList<>();
        for (LiveTable t = found.poll(); t != null; t = found.poll()) {
            news.add(t);
        }
        if (!news.isEmpty()) {
            manifest.commit(state -> edits(state, news), () -> {});
        }
    }

    private static List<Edit> edits(ManifestState state, List<LiveTable> news) {
        return news.stream()
                .map(LiveTable::number)
                .filter(n -> state.hasTable(n) && !state.isQuarantined(n))
                .distinct()
                .map(n -> (Edit) new Edit.Quarantine(n, true))
                .toList();
    }

    /// {@return the tables of `levels` that are in quarantine}
    static List<LiveTable> tables(Levels levels) {
        return levels.all().stream().filter(LiveTable::isQuarantined).toList();
    }

    /// {@return what is damaged in `state`, and whose it is}
    static List<TableDamage> damage(ReadState state) {
        List<TableDamage> damage = new ArrayList<>();
        for (LiveTable table : tables(state.levels())) {
            List<ShardId> shards = new ArrayList<>();
            for (TableFacts.TabletShare share : table.facts().tablets()) {
                for (Tablet tablet : state.tablets().all()) {
                    if (tablet.id() == share.tablet()) {
                        shards.add(tablet.shard());
                    }
                }
            }
            String fault = table.fault().map(NoriException::getMessage).orElse("");
            damage.add(new TableDamage(table.number(), table.toString(), fault, shards));
        }
        return damage;
    }
}
