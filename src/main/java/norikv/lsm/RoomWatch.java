package norikv.lsm;

import java.lang.System.Logger.Level;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.function.LongConsumer;
import norikv.disk.Disk;
import norikv.disk.Reserve;
import norikv.disk.Watermarks;
import norikv.domain.NoriException;
import norikv.domain.Room;
import norikv.observe.Event;
import norikv.observe.Label;
import norikv.observe.Meter;
import norikv.work.Step;

/// Looks how much room the disk has, tells who writes, and keeps the [Reserve]: given up when the
/// disk is full, so that flushes and compactions can go on and make room; filled again when there
/// is room without it.
///
/// **Threads.** One loop runs the steps; any may ask.
final class RoomWatch implements Step {
    /// How often it looks.
    static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(250);

    /// How much of the reserve is filled a second: nobody waits for it.
    private static final long FILL_PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

    private final Disk disk;
    private final Watermarks marks;
    private final Reserve reserve;
    private final Event.Sink events;
    private final LongConsumer relief;
    private volatile Room room = Room.PLENTY;

    /// @param relief told the time at each look that finds less than plenty of room
    RoomWatch(
            Disk disk,
            Watermarks marks,
            Reserve reserve,
            Event.Sink events,
            LongConsumer relief) {
        this.disk = disk;
        this.marks = marks;
        this.reserve = reserve;
        this.events = events;
        this.relief = relief;
    }

    /// Registers what can be seen of it.
    static void gauges(Meter meter, RoomWatch watch, Reserve reserve) {
        for (Room state : Room.values()) {
            meter.gauge(
                    "norikv_disk_room",
                    "1 for the room that the disk has; LOW refuses puts, FULL all writes.",
                    () -> watch.room == state ? 1 : 0,
                    new Label("room", state.name().toLowerCase(Locale.ROOT)));
        }
        meter.gauge(
                "norikv_disk_reserve_bytes",
                "Bytes held back for work that makes room; 0 while they are given up.",
                reserve::heldBytes);
    }

    /// {@return how much room there was at the last look}
    Room room() {
        return room;
    }

    @Override
    public long runOnce(long nowNanos) {
        if (marks.lowBytes() == 0 && reserve.bytes() == 0) {
            return UNTIL_WOKEN;
        }
        look();
        if (room != Room.PLENTY) {
            relief.accept(nowNanos);
        }
        // Who found no room may have taken the reserve since the last look: not to be taken back.
        boolean more = room != Room.FULL && reserve.fill();
        return nowNanos + (more ? FILL_PAUSE_NANOS : LOOK_NANOS);
    }

    private void look() {
        long free;
        try {
            free = reserve.freeForOthers(disk.freeBytes());
        } catch (NoriException.DiskFailure e) {
            Lsm.LOG.log(Level.WARNING, "Cannot tell how much room the disk has.", e);
            return;
        }
        Room before = room;
        Room now = marks.next(before, free);
        room = now;
        if (now == Room.FULL) {
            reserve.release();
        }
        if (now != before) {
            Lsm.LOG.log(
                    now == Room.PLENTY ? Level.INFO : Level.WARNING,
                    () ->
                            "The room on the disk changed. room=%s free_bytes=%d"
                                    .formatted(now, free));
            events.publish(new Event.Lsm.RoomChange(now.name(), free));
        }
    }
}
