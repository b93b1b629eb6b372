package norikv.wal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import norikv.bytes.ByteReader;
import norikv.disk.DiskFile;
import norikv.disk.SimDisk;
import norikv.disk.SimDisk.Op;
import norikv.disk.SimFault;
import norikv.domain.NoriException;
import norikv.observe.Event;
import org.junit.jupiter.api.Test;

/// Reading a log back: what is a torn tail, what is damage, and that nothing is changed before that
/// is known.
final class WalRecoveryTest {
    /// Behind the frame that every segment begins with, which is empty here.
    private static final int FIRST_FRAME = SegmentHeader.BYTES + 512;

    private final WalRig rig = new WalRig(11);

    @Test
    void aTornTailIsCutAtTheLastWholeFrame() {
        killedAfter("a", "b", "c");
        zero(rig.segment(1), FIRST_FRAME + 2 * 512 + Frame.HEAD_BYTES, 100);

        Wal wal = rig.open();
        assertEquals(List.of("a", "b"), rig.replayed);
        assertTrue(
                rig.events.stream()
                        .anyMatch(
                                e ->
                                        e instanceof Event.Wal.CorruptionTruncated t
                                                && t.segment() == 1
                                                && t.keptBytes() == FIRST_FRAME + 2 * 512));
        rig.write(wal, "d");
        wal.close();
        rig.open();
        assertEquals(List.of("a", "b", "d"), rig.replayed);
    }

    @Test
    void aTornTailIsSealedBeforeTheNextSegmentIsMade() {
        killedAfter("a", "b");
        zero(rig.segment(1), FIRST_FRAME + 512, 512);
        for (int i = 0; i < 4; i++) {
            // Without the seal the second of these openings would find damage in segment 1.
            rig.open();
            rig.settle();
            rig.crash(i);
            assertEquals(List.of("a"), rig.replayed);
        }
    }

    @Test
    void theRestOfATornFrameIsZeroed() {
        Wal wal = rig.open();
        rig.write(wal, "a");
        rig.write(wal, Note.padded("torn", 3000));
        rig.node.kill();
        zero(rig.segment(1), FIRST_FRAME + 512, 512);
        rig.open().close();
        byte[] content = rig.disk.contentOf(rig.segment(1));
        for (int at = FIRST_FRAME + 2 * 512; at < content.length; at++) {
            assertEquals(0, content[at], "byte " + at);
        }
    }

    @Test
    void aHoleBeforeAFrameThatWasDurableIsDamage() {
        killedAfter("a", "b", "c");
        String file = rig.segment(1);
        zero(file, FIRST_FRAME + 512, 512);

        assertRefused(file + "@" + (FIRST_FRAME + 512), "durable");
    }

    @Test
    void aHoleBeforeFramesThatWereNotDurableWithItIsATornTail() {
        killedAfter("a", "b");
        String file = rig.segment(1);
        // A frame that claims nothing about what is before it.
        var frame = new FrameBuffer();
        frame.clear();
        frame.add(new byte[] {'x'}, 0, 1);
        long seed = Frame.seed(WalRig.SALT, 1);
        put(file, FIRST_FRAME + 3 * 512, frame.finish(Frame.MAGIC, seed, 1, 9, 0, FIRST_FRAME));

        rig.open();
        assertEquals(List.of("a", "b"), rig.replayed);
    }

    @Test
    void damageInASegmentThatIsNotTheLastIsRefusedEvenAtItsEnd() {
        Wal wal = rig.open();
        rig.write(wal, Note.padded("a", 5000));
        rig.write(wal, Note.padded("b", 5000));
        rig.write(wal, Note.padded("c", 5000));
        rig.node.kill();
        String file = rig.segment(1);
        // The end frame of the first segment.
        zero(file, 14_848, 512);

        assertRefused(file + "@14848", "not the last segment");
    }

    @Test
    void aMissingSegmentIsRefused() {
        Wal wal = rig.open();
        for (int i = 0; i < 6; i++) {
            rig.write(wal, Note.padded("n" + i, 5000));
        }
        wal.close();
        rig.disk.delete(rig.segment(2));

        assertRefused("wal: segment 2 is missing", "");
    }

    @Test
    void aSegmentOfAnotherLogIsRefused() {
        Wal wal = rig.open();
        for (int i = 0; i < 4; i++) {
            rig.write(wal, Note.padded("n" + i, 5000));
        }
        wal.close();
        var other = new WalRig(12);
        other.options = WalOptions.defaults(99).withSegmentBytes(16 << 10);
        Wal foreign = other.open();
        for (int i = 0; i < 4; i++) {
            other.write(foreign, Note.padded("f" + i, 5000));
        }
        foreign.close();
        String file = rig.segment(2);
        put(file, 0, ByteBuffer.wrap(other.disk.contentOf(file)));

        assertRefused(file + "@0", "salt");
    }

    @Test
    void aFrameWrittenInTheWrongPlaceIsRefused() {
        killedAfter("a", "b", "c");
        String file = rig.segment(1);
        byte[] content = rig.disk.contentOf(file);
        put(file, FIRST_FRAME + 1024, ByteBuffer.wrap(content, FIRST_FRAME + 512, 512));

        assertRefused(file + "@" + (FIRST_FRAME + 1024), "frame 3");
    }

    @Test
    void aFileThatIsTooShortOrTooLongIsRefused() {
        killedAfter("a");
        String file = rig.segment(1);
        for (long size : new long[] {0, 1, 4095, 4096, 5000, 16_383}) {
            SimDisk whole = rig.disk;
            rig.disk = whole.crash(0);
            try (DiskFile open = rig.disk.openToWrite(file)) {
                open.truncate(size);
                open.force();
            }
            assertRefused(file + "@0", "");
            rig.disk = whole;
        }
        put(file, 16_384, ByteBuffer.wrap(new byte[512]));
        assertRefused(file + "@0", "");
    }

    @Test
    void whatAKilledProcessWroteIsForcedBeforeItIsBelieved() {
        killedAfter("a", "b");
        // Written and seen, but never forced: only a power cut would lose it.
        var frame = new FrameBuffer();
        frame.clear();
        frame.add(new byte[] {'x'}, 0, 1);
        byte[] content = rig.disk.contentOf(rig.segment(1));
        int previous = ByteBuffer.wrap(content).order(ByteOrder.LITTLE_ENDIAN)
                .getInt(FIRST_FRAME + 512 + Frame.CRC_AT);
        ByteBuffer bytes =
                frame.finish(
                        Frame.MAGIC,
                        Frame.seed(WalRig.SALT, 1),
                        1,
                        3,
                        previous,
                        FIRST_FRAME + 1024);
        try (DiskFile file = rig.disk.openToWrite(rig.segment(1))) {
            file.write(FIRST_FRAME + 1024, bytes);
        }
        rig.disk.startTrace();
        rig.open();
        assertEquals(List.of("a", "b", "x"), rig.replayed);
        List<Op> ops = rig.disk.trace().stream().map(SimDisk.Call::op).toList();
        assertTrue(ops.indexOf(Op.FORCE_DIRECTORY) < ops.indexOf(Op.LIST), ops::toString);
        assertTrue(ops.indexOf(Op.FORCE) < ops.indexOf(Op.READ), ops::toString);
        for (int seed = 0; seed < 20; seed++) {
            SimDisk now = rig.disk;
            rig.crash(seed);
            rig.open();
            assertEquals(List.of("a", "b", "x"), rig.replayed);
            rig.disk = now;
        }
    }

    @Test
    void whatAFailedForceLeftToBeSeenIsWrittenAgainBeforeItIsBelieved() {
        for (int seed = 0; seed < 40; seed++) {
            var run = new WalRig(seed);
            Wal wal = run.open();
            run.write(wal, "a");
            String failing = seed % 2 == 0 ? "fresh-000001" : "fresh-000002";
            if (seed % 2 == 1) {
                run.write(wal, Note.padded("b", 5000));
                run.write(wal, Note.padded("c", 5000));
            }
            run.disk.inject(
                    SimFault.nth(1, SimFault.on(Op.FORCE, failing)), new SimFault.Broken());
            assertEquals(Admission.ACCEPTED, wal.append(Note.padded("d", 5000)));
            run.settle();
            assertEquals(1, run.faults.size());
            // The process ends, the machine goes on, and shows what it will never write.
            run.node.kill();
            run.disk.heal();
            run.open();
            List<String> believed = List.copyOf(run.replayed);
            run.crash(seed);
            run.open();
            assertEquals(believed, run.replayed, "seed " + seed);
        }
    }

    @Test
    void aSegmentThatAFailingDirectoryBringsBackIsNotReadAgain() {
        Wal wal = rig.open();
        for (int i = 0; i < 4; i++) {
            rig.write(wal, Note.padded("n" + i, 5000));
        }
        byte[] first = rig.disk.contentOf(rig.segment(1));
        wal.recycleBefore(2);
        rig.settle();
        rig.crash(1);
        Wal again = rig.open();
        rig.settle();
        again.recycleBefore(3);
        rig.write(again, "n4");
        rig.node.kill();
        try (DiskFile ghost = rig.disk.create(rig.segment(1))) {
            ghost.write(0, ByteBuffer.wrap(first));
            ghost.force();
        }
        rig.open();
        assertEquals(List.of("n4"), rig.replayed);
        assertFalse(rig.disk.exists(rig.segment(1)));
    }

    @Test
    void aHeadThatIsAllThereIsMustBeWhole() {
        rig.head = sink -> sink.record(WalRig.utf8("head"), 0, 4);
        Wal wal = rig.open();
        rig.write(wal, "a");
        wal.close();
        Wal again = rig.open();
        rig.settle();
        again.recycleBefore(2);
        rig.settle();
        rig.node.kill();
        String file = rig.segment(2);
        rig.disk.damage(file, SegmentHeader.BYTES + 50, 1);

        assertRefused(file + "@" + SegmentHeader.BYTES, "a head");
    }

    @Test
    void aSegmentThatWasNeverWrittenToIsMadeAnew() {
        Wal wal = rig.open();
        rig.write(wal, Note.padded("a", 5000));
        rig.write(wal, Note.padded("b", 5000));
        // The name is there and nothing else, and perhaps only until the machine crashes.
        rig.disk.inject(
                SimFault.nth(1, call -> call.op() == Op.FORCE_DIRECTORY), new SimFault.Broken());
        assertEquals(Admission.ACCEPTED, wal.append(Note.padded("c", 5000)));
        rig.settle();
        assertTrue(rig.disk.exists(rig.segment(2)));
        for (int seed = 0; seed < 20; seed++) {
            var next = new WalRig(seed);
            next.disk = rig.disk.crash(seed);
            Wal again = next.open();
            next.write(again, "d");
            assertEquals(2, again.headedSegment());
            next.crash(seed);
            next.open();
            assertEquals(List.of("a", "b", "d"), next.replayed);
        }
    }

    @Test
    void framesOfTheFilesEarlierLivesAreNeverAccepted() {
        Wal wal = rig.open();
        List<String> written = new ArrayList<>();
        for (int i = 0; i < 300; i++) {
            // All frames alike in size, so that old ones stand where the next ones will.
            written.add(rig.write(wal, Note.padded("n" + i, 900)).text());
            wal.recycleBefore(wal.headedSegment());
            rig.settle();
            var next = new WalRig(i);
            next.disk = rig.disk.crash(i);
            next.open();
            int count = next.replayed.size();
            assertTrue(count > 0 && count < 40, () -> "found " + count);
            assertEquals(written.subList(i + 1 - count, i + 1), next.replayed);
        }
        assertTrue(rig.disk.count(Op.CREATE) < 5, "files were not used again");
    }

    @Test
    void memoryWhileReadingBackIsBounded() {
        var reader = new WalRig(3);
        reader.options = WalOptions.defaults(1).withSegmentBytes(32 << 20).withCacheBytes(0);
        Wal wal = reader.open();
        for (int i = 0; i < 6; i++) {
            reader.write(wal, Note.padded("n" + i, Wal.RECORD_BYTES_MAX));
        }
        wal.close();
        reader.open();
        assertEquals(List.of("n0", "n1", "n2", "n3", "n4", "n5"), reader.replayed);
    }

    @Test
    void whatTheOwnerThrowsAtTheEndStopsOpeningAndChangesNothing() {
        killedAfter("a", "b");
        zero(rig.segment(1), FIRST_FRAME + 512, 512);
        long changes = changes();
        int openFiles = rig.disk.openFiles();
        Replay refusing =
                new Replay() {
                    @Override
                    public void record(long position, ByteReader record) {}

                    @Override
                    public void end() {
                        throw new NoriException.Corruption("the owner says no");
                    }
                };
        assertThrows(
                NoriException.Corruption.class,
                () ->
                        Wal.open(
                                rig.disk,
                                WalRig.FOLDER,
                                rig.options,
                                rig.loops,
                                rig.meter,
                                Event.Sink.NONE,
                                (_, _) -> {},
                                SegmentHead.NONE,
                                refusing));
        assertEquals(changes, changes());
        assertEquals(openFiles, rig.disk.openFiles());
    }

    /// A log with one frame a text whose process is killed, with everything on the disk.
    private void killedAfter(String... texts) {
        Wal wal = rig.open();
        for (String text : texts) {
            rig.write(wal, text);
        }
        rig.node.kill();
    }

    private void assertRefused(String where, String why) {
        long changes = changes();
        var damage = assertThrows(NoriException.Corruption.class, rig::open);
        assertTrue(damage.getMessage().startsWith(where), damage::getMessage);
        assertTrue(damage.getMessage().contains(why), damage::getMessage);
        assertEquals(changes, changes(), "something was changed");
        assertFalse(rig.disk.hasCrashed());
    }

    private long changes() {
        return rig.disk.count(Op.WRITE)
                + rig.disk.count(Op.RENAME)
                + rig.disk.count(Op.DELETE)
                + rig.disk.count(Op.TRUNCATE)
                + rig.disk.count(Op.CREATE);
    }

    private void zero(String path, long at, int length) {
        put(path, at, ByteBuffer.allocate(length));
    }

    private void put(String path, long at, ByteBuffer bytes) {
        try (DiskFile file = rig.disk.openToWrite(path)) {
            file.write(at, bytes);
            file.force();
        }
    }
}
