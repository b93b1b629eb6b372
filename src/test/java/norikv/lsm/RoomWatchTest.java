package norikv.lsm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.logging.Level;
import java.util.logging.Logger;
import norikv.disk.Reserve;
import norikv.disk.SimDisk;
import norikv.disk.Watermarks;
import norikv.domain.Room;
import norikv.observe.Event;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// A disk that fills up and is cleared again, below an engine that holds some of it back.
final class RoomWatchTest {
    private static final long LOW = 200 << 10;
    private static final long FULL = 50 << 10;
    private static final long RESERVE = 300 << 10;
    private static final long LOOK = 2 * RoomWatch.LOOK_NANOS;
    private static final LsmOptions OPTIONS =
            LsmRig.options(3)
                    .withRoom(new LsmOptions.Room(new Watermarks(LOW, FULL), RESERVE));

    private final Logger log = Logger.getLogger("norikv");
    private final LsmRig rig = new LsmRig(OPTIONS).withShards(1);

    @BeforeEach
    void silence() {
        log.setLevel(Level.OFF);
    }

    @AfterEach
    void speak() {
        log.setLevel(null);
    }

    @Test
    void whatIsHeldBackIsNotCountedAsFree() {
        leaveFree(RESERVE + LOW - 1);
        assertEquals(Room.LOW, rig.lsm.room());
        rig.disk.setTotalBytes(SimDisk.TOTAL_BYTES);
        rig.driver.advance(LOOK);
        assertEquals(Room.PLENTY, rig.lsm.room());
    }

    @Test
    void eachStateIsToldAndLeftByItself() {
        rig.driver.advance(LOOK);
        assertEquals(RESERVE, reserved());
        leaveFree(LOW - 1);
        assertEquals(Room.LOW, rig.lsm.room());
        assertEquals(RESERVE, reserved(), "held back for worse");
        leaveFree(FULL - 1);
        assertEquals(Room.FULL, rig.lsm.room());
        assertEquals(0, reserved(), "given up");
        rig.driver.advance(LOOK);
        assertEquals(Room.FULL, rig.lsm.room(), "what was given up is not for everybody");

        leaveFree(RESERVE + FULL + FULL / 8);
        assertEquals(Room.LOW, rig.lsm.room());
        rig.driver.advance(LOOK);
        assertEquals(RESERVE, reserved(), "held back again");
        leaveFree(LOW + LOW / 8 + RESERVE);
        assertEquals(Room.PLENTY, rig.lsm.room());
        assertEquals(
                List.of("LOW", "FULL", "LOW", "PLENTY"),
                rig.events.stream()
                        .filter(Event.Lsm.RoomChange.class::isInstance)
                        .map(e -> ((Event.Lsm.RoomChange) e).room())
                        .toList());
    }

    /// One flush of tombstones is not as deep as level 0 is meant to get before it is merged.
    @Test
    void whereThereIsLittleRoomDeletesMakeSome() {
        for (int i = 0; i < 20; i++) {
            rig.put(0, "key" + i, "v".repeat(3000));
        }
        rig.flush();
        rig.driver.advance(LOOK);
        leaveFree(LOW - 1);
        assertEquals(Room.LOW, rig.lsm.room());
        for (int i = 0; i < 20; i++) {
            rig.delete(0, "key" + i);
        }
        rig.driver.advance(20 * LOOK);

        assertEquals(0, rig.lsm.levels().all().size(), "tables of what is deleted");
        assertEquals(Room.PLENTY, rig.lsm.room());
    }

    @Test
    void onAFullDiskFlushAndCompactionStillEnd() {
        rig.driver.advance(LOOK);
        for (int i = 0; i < 6; i++) {
            rig.put(0, "key" + i, "v".repeat(3000));
        }
        rig.disk.setTotalBytes(rig.disk.totalBytes() - rig.disk.freeBytes());
        for (int i = 0; i < 6; i++) {
            rig.put(0, "more" + i, "v".repeat(3000));
            rig.lsm.requestFlush();
            rig.driver.advance(LOOK);
        }
        assertEquals(rig.lsm.applied(LsmRig.id(0)), rig.lsm.durable(LsmRig.id(0)));
        assertTrue(
                rig.events.stream().anyMatch(Event.Compaction.Finish.class::isInstance),
                rig.events::toString);
        assertEquals(12, rig.scan().size());
        assertEquals(List.of(), rig.faults);
    }

    @Test
    void withoutReserveAFullDiskCostsAttemptsAndNothingElse() {
        var bare = new LsmRig(LsmRig.options(3)).withShards(1);
        bare.put(0, "a", "1");
        bare.flush();
        bare.disk.setTotalBytes(bare.disk.totalBytes() - bare.disk.freeBytes());
        bare.put(0, "b", "2");
        assertFalse(bare.lsm.flush(bare.driver.nowNanos() + 200_000_000));
        List<String> files = bare.files();
        bare.driver.advance(1_000_000_000);
        assertEquals(files, bare.files(), "attempts leave nothing");
        assertEquals(List.of("a=1", "b=2"), bare.scan());

        bare.disk.setTotalBytes(SimDisk.TOTAL_BYTES);
        bare.flush();
        bare.close();
        bare.open();
        assertEquals(List.of("a=1", "b=2"), bare.scan());
        assertEquals(List.of(), bare.faults);
    }

    @Test
    void aManifestWithoutRoomCostsTheJobAnAttempt() {
        var bare = new LsmRig(LsmRig.options(3)).withShards(1);
        for (int i = 0; i < 4; i++) {
            int[] left = {i % 2 + 1};
            bare.disk.inject(
                    call ->
                            call.op() == SimDisk.Op.WRITE
                                    && call.path().contains("MANIFEST")
                                    && call.length() != 12
                                    && left[0]-- > 0,
                    new norikv.disk.SimFault.NoSpace());
            bare.put(0, "key" + i, "v");
            bare.lsm.requestFlush();
            bare.driver.advance(1_000_000_000);
            bare.disk.heal();
            assertEquals(bare.lsm.applied(LsmRig.id(0)), bare.lsm.durable(LsmRig.id(0)));
        }
        assertEquals(4, bare.scan().size());
        assertEquals(List.of(), bare.faults);
        long tables = bare.files().stream().filter(f -> f.endsWith(".sst")).count();
        assertEquals(bare.lsm.levels().all().size(), tables, "attempts leave nothing");
    }

    @Test
    void theWatchIsRightWhateverTheReserveDoes() {
        // Hand-driven: the disk shrinks while the reserve is half there.
        var disk = new SimDisk(1);
        disk.setTotalBytes(10 << 20);
        List<Event> events = new ArrayList<>();
        var reserve = new Reserve(disk, "reserve", 4 << 20);
        var marks = new Watermarks(2 << 20, 1 << 20);
        var watch = new RoomWatch(disk, marks, reserve, events::add, _ -> {});
        watch.runOnce(0);
        watch.runOnce(1);
        assertEquals(Room.PLENTY, watch.room());
        assertEquals(2 << 20, reserve.heldBytes());
        disk.setTotalBytes(4 << 20);
        watch.runOnce(LOOK);
        assertEquals(Room.FULL, watch.room());
        assertEquals(0, reserve.heldBytes());
    }

    /// Sets how much is free besides what is held back now.
    private void leaveFree(long bytes) {
        rig.disk.setTotalBytes(rig.disk.totalBytes() - rig.disk.freeBytes() + bytes);
        rig.driver.advance(LOOK);
    }

    private long reserved() {
        return rig.files().contains("reserve")
                ? rig.disk.contentOf("lsm/reserve").length
                : 0;
    }
}
