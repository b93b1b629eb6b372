package norikv.wal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import norikv.disk.DiskFile;
import norikv.disk.SimDisk;
import norikv.domain.NoriException;
import norikv.observe.Event;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Every flipped byte, every lost sector, every length of a small log: either exactly what was
/// written, or damage that names the file. A log that was not closed may lose its last frame, which
/// nothing tells from a torn one.
final class WalDamageTest {
    private static final int RECORDS = 9;

    private final long seed = Long.getLong("seed", 5);
    private final SplittableRandom random = new SplittableRandom(seed);
    private final WalRig rig = new WalRig(seed);
    private final List<String> written = new ArrayList<>();
    private SimDisk killed;
    private SimDisk closed;
    private int damages;

    @BeforeEach
    void aLogOfTwoSegments() {
        Wal wal = rig.open();
        for (int i = 0; i < RECORDS; i++) {
            written.add(rig.write(wal, Note.padded("record " + i, 100 + 300 * i)).text());
        }
        assertEquals(2, wal.headedSegment());
        killed = rig.disk.crash(0);
        wal.close();
        closed = rig.disk.crash(0);
    }

    @Test
    void aFlippedByteOfAClosedLogIsHarmlessOrFound() {
        for (long segment = 1; segment <= 2; segment++) {
            String file = rig.segment(segment);
            for (int at = 0; at < rig.options.segmentBytes(); at++) {
                int mask = 1 << random.nextInt(8);
                closed.damage(file, at, mask);
                // A damaged end frame of the last segment looks like a crash while closing.
                check(closed.crash(0), file, at, RECORDS);
                closed.damage(file, at, mask);
            }
        }
        assertTrue(damages > 12_000, () -> "only " + damages + " were found");
    }

    @Test
    void aFlippedByteOfAKilledLogIsHarmlessOrFound() {
        for (long segment = 1; segment <= 2; segment++) {
            String file = rig.segment(segment);
            for (int at = 0; at < rig.options.segmentBytes(); at++) {
                int mask = 1 << random.nextInt(8);
                killed.damage(file, at, mask);
                check(killed.crash(0), file, at, RECORDS - 1);
                killed.damage(file, at, mask);
            }
        }
        assertTrue(damages > 12_000, () -> "only " + damages + " were found");
    }

    @Test
    void everyBitOfAFrameHeadAndOfTheHeaderCounts() {
        String file = rig.segment(1);
        for (int at : new int[] {0, SegmentHeader.BYTES, SegmentHeader.BYTES + 512}) {
            for (int bit = 0; bit < 8 * Frame.HEAD_BYTES; bit++) {
                int byteAt = at + bit / 8;
                closed.damage(file, byteAt, 1 << bit % 8);
                check(closed.crash(0), file, byteAt, RECORDS);
                closed.damage(file, byteAt, 1 << bit % 8);
            }
        }
        assertEquals(3 * 8 * Frame.HEAD_BYTES, damages);
    }

    @Test
    void aLostSectorIsHarmlessOrFound() {
        for (SimDisk disk : List.of(closed, killed)) {
            for (long segment = 1; segment <= 2; segment++) {
                String file = rig.segment(segment);
                for (int at = 0; at < rig.options.segmentBytes(); at += 512) {
                    SimDisk copy = disk.crash(0);
                    put(copy, file, at, ByteBuffer.allocate(512));
                    check(copy, file, at, RECORDS - 1);
                }
            }
        }
        assertTrue(damages > 40, () -> "only " + damages + " were found");
    }

    @Test
    void aSectorOfAnotherPlaceIsHarmlessOrFound() {
        for (int i = 0; i < 4000; i++) {
            SimDisk copy = killed.crash(0);
            String from = rig.segment(1 + random.nextInt(2));
            String to = rig.segment(1 + random.nextInt(2));
            int sectors = (int) rig.options.segmentBytes() / 512;
            int fromAt = 512 * random.nextInt(sectors);
            int toAt = 512 * random.nextInt(sectors);
            put(copy, to, toAt, ByteBuffer.wrap(copy.contentOf(from), fromAt, 512));
            check(copy, to, toAt, RECORDS - 1);
        }
        assertTrue(damages > 1000, () -> "only " + damages + " were found");
    }

    @Test
    void aCutFileIsFound() {
        for (long segment = 1; segment <= 2; segment++) {
            String file = rig.segment(segment);
            for (int size = 0; size < rig.options.segmentBytes(); size += 61) {
                SimDisk copy = killed.crash(0);
                try (DiskFile open = copy.openToWrite(file)) {
                    open.truncate(size);
                }
                check(copy, file, size, RECORDS);
            }
        }
        assertEquals(2 * (16_384 / 61 + 1), damages);
    }

    /// Reads `disk` back: all of what was written, or at least `least` of it from the front, or
    /// damage of `file`.
    private void check(SimDisk disk, String file, int at, int least) {
        List<String> found = new ArrayList<>();
        Replay replay =
                (_, record) -> found.add(Note.text(record.bytes(record.remaining()).toByteArray()));
        try {
            var recovery = new WalRecovery(disk, WalRig.FOLDER, Event.Sink.NONE, replay);
            recovery.run(rig.options).segments().forEach(s -> s.file().close());
            int count = found.size();
            String message = "seed %d: %s@%d".formatted(seed, file, at);
            assertTrue(count >= least && count <= RECORDS, () -> message + " found " + count);
            assertEquals(written.subList(0, count), found, message);
        } catch (NoriException.Corruption e) {
            damages++;
            // A header that is right but not this file's, or a number that is missing.
            assertTrue(e.getMessage().startsWith(file), () -> at + " " + e.getMessage());
        } catch (NoriException.Refused e) {
            throw new AssertionError("taken for another format: " + at, e);
        }
    }

    private static void put(SimDisk disk, String path, long at, ByteBuffer bytes) {
        try (DiskFile file = disk.openToWrite(path)) {
            file.write(at, bytes);
            file.force();
        }
    }
}
