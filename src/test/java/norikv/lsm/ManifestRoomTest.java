package norikv.lsm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.logging.Level;
import java.util.logging.Logger;
import norikv.disk.Reserve;
import norikv.disk.SimDisk;
import norikv.disk.SimFault;
import norikv.domain.NoriException;
import norikv.domain.NoriException.DiskFailure.Reason;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// A manifest that meets a full disk at any of its calls: nothing half-written is believed, and it
/// goes on when there is room.
final class ManifestRoomTest {
    private static final String DIRECTORY = "lsm";

    /// So small that each commit begins a fresh file.
    private static final long ROLL_ALWAYS = 1 << 10;

    private static final long NEVER_ROLL = 1 << 20;

    private final Logger disks = Logger.getLogger("norikv.disk");
    private final List<String> faults = new ArrayList<>();
    private int refused;

    @BeforeEach
    void silence() {
        disks.setLevel(Level.OFF);
    }

    @AfterEach
    void speak() {
        disks.setLevel(null);
    }

    @Test
    void theReserveMakesRoomForAnyCallThatFindsNone() {
        for (long bytesMax : List.of(NEVER_ROLL, ROLL_ALWAYS)) {
            boolean met = true;
            for (int k = 1; met; k++) {
                met = noRoomOnce(k, bytesMax, true);
                assertEquals(0, refused, "k=" + k);
            }
        }
    }

    @Test
    void withoutRoomACommitIsRefusedAndALaterOneGoes() {
        for (long bytesMax : List.of(NEVER_ROLL, ROLL_ALWAYS)) {
            int sum = 0;
            boolean met = true;
            for (int k = 1; met; k++) {
                met = noRoomOnce(k, bytesMax, false);
                sum += refused;
            }
            assertTrue(sum > ManifestTest.COMMITS.size(), "refused " + sum);
        }
    }

    @Test
    void aDiskThatStaysFullRefusesUntilItIsNot() {
        var disk = new SimDisk(1);
        disk.createDirectories(DIRECTORY);
        Manifest manifest = begin(disk, ROLL_ALWAYS, Reserve.NONE);
        disk.setTotalBytes(disk.totalBytes() - disk.freeBytes());
        for (int i = 0; i < 5; i++) {
            assertEquals(List.of(), tryAll(manifest), "nothing goes");
        }
        disk.setTotalBytes(SimDisk.TOTAL_BYTES);
        assertEquals(ManifestTest.COMMITS, tryAll(manifest));
        assertEquals(List.of(), faults);
        assertEquals(expected(ManifestTest.COMMITS), found(disk.crash(3)));
    }

    /// @return whether there is a `k`-th call that may need room
    private boolean noRoomOnce(int k, long bytesMax, boolean withReserve) {
        refused = 0;
        var disk = new SimDisk(k);
        disk.createDirectories(DIRECTORY);
        var reserve = withReserve ? new Reserve(disk, "reserve", 4096) : Reserve.NONE;
        reserve.fill();
        int[] calls = {0};
        disk.inject(
                call -> needsRoom(call, withReserve) && ++calls[0] == k,
                new SimFault.NoSpace());
        Manifest manifest = beginWithin(disk, bytesMax, reserve);
        for (List<Edit> edits : ManifestTest.COMMITS) {
            boolean[] installed = {false};
            while (!committed(manifest, edits, installed)) {
                assertTrue(!installed[0], "installed and refused");
                refused++;
            }
            assertTrue(installed[0]);
            assertEquals(expectedUpTo(edits), manifest.read(ManifestState::snapshot));
            SimDisk after = disk.crash(k);
            assertEquals(expectedUpTo(edits), found(after), "after a crash, k=" + k);
        }
        manifest.close();
        assertEquals(List.of(), faults, "no room is no fault, k=" + k);
        assertEquals(0, disk.openFiles(), "k=" + k);
        assertEquals(expected(ManifestTest.COMMITS), found(disk));
        return calls[0] >= k;
    }

    /// The marks are written over and over in their place, which needs no room on most disks; where
    /// it does, the frame is there already, so only the reserve helps.
    private static boolean needsRoom(SimDisk.Call call, boolean evenMarks) {
        return switch (call.op()) {
            case CREATE, RENAME -> true;
            case WRITE -> evenMarks || call.length() != 12;
            default -> false;
        };
    }

    /// Begins, again if the disk is full the first time.
    private Manifest beginWithin(SimDisk disk, long bytesMax, Reserve reserve) {
        try {
            return begin(disk, bytesMax, reserve);
        } catch (NoriException.DiskFailure e) {
            assertEquals(Reason.FULL, e.reason());
            refused++;
            return begin(disk, bytesMax, reserve);
        }
    }

    private Manifest begin(SimDisk disk, long bytesMax, Reserve reserve) {
        Manifest.Found found = Manifest.read(disk, DIRECTORY);
        LsmOpening.removeOrphans(disk, DIRECTORY, found);
        return Manifest.begin(
                disk,
                DIRECTORY,
                bytesMax,
                (where, cause) -> faults.add(where + cause),
                reserve,
                found,
                List.of(new Edit.Bands(3)));
    }

    /// {@return those that went}
    private List<List<Edit>> tryAll(Manifest manifest) {
        List<List<Edit>> gone = new ArrayList<>();
        for (List<Edit> edits : ManifestTest.COMMITS) {
            if (!committed(manifest, edits, new boolean[1])) {
                break;
            }
            gone.add(edits);
        }
        return gone;
    }

    private static boolean committed(Manifest manifest, List<Edit> edits, boolean[] installed) {
        try {
            manifest.commit(_ -> edits, () -> installed[0] = true);
            return true;
        } catch (NoriException.DiskFailure e) {
            assertEquals(Reason.FULL, e.reason(), e::getMessage);
            return false;
        }
    }

    private static List<Edit> found(SimDisk disk) {
        return Manifest.read(disk, DIRECTORY).state().snapshot();
    }

    private static List<Edit> expectedUpTo(List<Edit> last) {
        int count = ManifestTest.COMMITS.indexOf(last) + 1;
        return expected(ManifestTest.COMMITS.subList(0, count));
    }

    private static List<Edit> expected(List<List<Edit>> commits) {
        var state = new ManifestState();
        state.apply(new Edit.Bands(3), "twin");
        commits.forEach(edits -> edits.forEach(edit -> state.apply(edit, "twin")));
        return state.snapshot();
    }
}
