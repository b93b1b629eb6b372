package norikv.wal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import norikv.disk.DiskFile;
import norikv.disk.SimDisk;
import norikv.disk.SimDisk.Op;
import norikv.disk.SimFault;
import norikv.observe.Event;
import org.junit.jupiter.api.Test;

/// What a log does while it is open: group commit, bounds, rolls, reclaim, faults.
final class WalTest {
    private final WalRig rig = new WalRig(7);

    @Test
    void whatWaitsTogetherIsForcedTogether() {
        Wal wal = rig.open();
        rig.settle();
        long forces = rig.disk.count(Op.FORCE);
        List<Note> notes = IntStream.range(0, 50).mapToObj(i -> new Note("n" + i)).toList();

        notes.forEach(note -> assertEquals(Admission.ACCEPTED, wal.append(note)));
        assertFalse(notes.get(0).isDurable());
        rig.settle();

        assertTrue(notes.stream().allMatch(Note::isDurable));
        assertEquals(1, rig.disk.count(Op.FORCE) - forces);
    }

    @Test
    void whatArrivesDuringAForceMakesTheNextFrame() {
        Wal wal = rig.open();
        rig.settle();
        var late = new Note("late");
        rig.disk.onSlow(_ -> assertEquals(Admission.ACCEPTED, wal.append(late)));
        rig.disk.inject(
                SimFault.nth(1, SimFault.on(Op.FORCE, "fresh")), new SimFault.Slow(1_000));
        var first = new Note("first");
        assertEquals(Admission.ACCEPTED, wal.append(first));
        long forces = rig.disk.count(Op.FORCE);
        rig.settle();

        assertTrue(first.isDurable() && late.isDurable());
        assertEquals(2, rig.disk.count(Op.FORCE) - forces);
    }

    @Test
    void nobodyIsToldBeforeTheForce() {
        Wal wal = rig.open();
        List<String> told = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            byte[] text = WalRig.utf8("record " + i + "~".repeat(90));
            var note =
                    new Note(
                            text,
                            n -> {
                                String file = rig.segment(Wal.segmentOf(n.position));
                                int at = (int) Wal.offsetOf(n.position);
                                byte[] stored = rig.disk.contentOf(file);
                                byte[] there = Arrays.copyOfRange(stored, at, at + text.length);
                                assertEquals(n.text(), Note.text(there));
                                assertTrue(rig.disk.isForced(file), file);
                                told.add(n.text());
                            });
            assertEquals(Admission.ACCEPTED, wal.append(note));
            if (i % 3 == 0) {
                rig.settle();
            }
        }
        rig.settle();
        assertEquals(IntStream.range(0, 200).mapToObj(i -> "record " + i).toList(), told);
        assertEquals(List.of(), rig.faults);
    }

    @Test
    void theOldSegmentIsSealedBeforeTheNewNameExistsAndThatBeforeItsFirstFrame() {
        rig.head = sink -> sink.record(WalRig.utf8("head"), 0, 4);
        Wal wal = rig.open();
        rig.write(wal, Note.padded("a", 5000));
        rig.write(wal, Note.padded("b", 5000));
        rig.disk.startTrace();
        rig.write(wal, Note.padded("c", 5000));

        List<String> calls =
                rig.disk.trace().stream()
                        .filter(c -> c.op().changes() && !c.path().contains("fresh-000003"))
                        .map(c -> "%s %s %d".formatted(c.op(), c.path(), c.position()))
                        .toList();
        // The path of an open file is the name that it was created with.
        assertEquals(
                List.of(
                        "WRITE wal/fresh-000001.spare 14848",
                        "FORCE wal/fresh-000001.spare 0",
                        "WRITE wal/fresh-000002.spare 0",
                        "FORCE wal/fresh-000002.spare 0",
                        "RENAME wal/fresh-000002.spare 0",
                        "FORCE_DIRECTORY wal 0",
                        "WRITE wal/fresh-000002.spare 4096",
                        "FORCE wal/fresh-000002.spare 0",
                        "WRITE wal/fresh-000002.spare 4608",
                        "FORCE wal/fresh-000002.spare 0"),
                calls);
        assertTrue(rig.events.contains(new Event.Wal.SegmentRoll(1, 14_848)));
    }

    @Test
    void aRecycledSegmentLosesItsOldNameForGoodBeforeItsContentChanges() {
        Wal wal = rig.open();
        for (int i = 0; i < 6; i++) {
            rig.write(wal, Note.padded("n" + i, 5000));
        }
        assertEquals(3, wal.headedSegment());
        rig.disk.startTrace();
        wal.recycleBefore(2);
        rig.settle();
        assertEquals(2, wal.firstSegment());

        List<SimDisk.Call> calls = rig.disk.trace();
        assertEquals(Op.RENAME, calls.get(0).op());
        assertEquals("wal/000001.spare", calls.get(0).to());
        assertEquals(Op.FORCE_DIRECTORY, calls.get(1).op());
        assertTrue(rig.events.contains(new Event.Wal.SegmentGc(1)));
        long created = rig.disk.count(Op.CREATE);
        for (int i = 6; i < 14; i++) {
            rig.write(wal, Note.padded("n" + i, 5000));
            wal.recycleBefore(wal.headedSegment());
            rig.settle();
        }
        assertTrue(rig.disk.count(Op.CREATE) - created <= 1, "files were not used again");
        assertEquals(List.of(), rig.faults);
    }

    @Test
    void aSegmentThatIsNeededStays() {
        Wal wal = rig.open();
        for (int i = 0; i < 6; i++) {
            rig.write(wal, Note.padded("n" + i, 5000));
        }
        wal.recycleBefore(2);
        rig.settle();
        assertEquals(2, wal.firstSegment());
        wal.recycleBefore(1000);
        rig.settle();
        assertEquals(wal.headedSegment(), wal.firstSegment());
        wal.close();
        rig.open();
        assertEquals(List.of("n4", "n5"), rig.replayed);
    }

    @Test
    void aSegmentIsNotUsedAgainUnderItsReader() {
        rig.options = rig.options.withCacheBytes(0);
        Wal wal = rig.open();
        Note first = rig.write(wal, Note.padded("first", 5000));
        for (int i = 0; i < 6; i++) {
            rig.write(wal, Note.padded("n" + i, 5000));
        }
        rig.disk.onSlow(
                _ -> {
                    wal.recycleBefore(wal.headedSegment());
                    rig.settle();
                    assertEquals(1, wal.firstSegment());
                    for (int i = 6; i < 20; i++) {
                        rig.write(wal, Note.padded("n" + i, 5000));
                    }
                });
        rig.disk.inject(SimFault.nth(1, c -> c.op() == Op.READ), new SimFault.Slow(1));
        ByteBuffer target = ByteBuffer.allocate(5000);
        assertTrue(wal.read(first.position, target));
        assertEquals("first", Note.text(target.array()));
        rig.settle();
        assertTrue(wal.firstSegment() > 1);
        assertFalse(wal.read(first.position, target.clear()));
    }

    @Test
    void nothingIsRecycledWhileTheHeadThatReplacesItIsBeingForced() {
        rig.head = sink -> sink.record(WalRig.utf8("head"), 0, 4);
        Wal wal = rig.open();
        rig.write(wal, Note.padded("a", 5000));
        rig.write(wal, Note.padded("b", 5000));
        long[] first = new long[1];
        rig.disk.onSlow(
                _ -> {
                    wal.recycleBefore(2);
                    rig.settle();
                    first[0] = wal.firstSegment();
                });
        // The forces of the third file: its header, then its head.
        rig.disk.inject(
                SimFault.nth(2, SimFault.on(Op.FORCE, "fresh-000002")), new SimFault.Slow(1));
        rig.write(wal, Note.padded("c", 5000));
        assertEquals(1, first[0]);
        wal.recycleBefore(2);
        rig.settle();
        assertEquals(2, wal.firstSegment());
    }

    @Test
    void tooManyInFlightAreRefusedUntilSomeAreDurable() {
        rig.options = rig.options.withInFlight(8 << 20, 3);
        Wal wal = rig.open();
        for (int i = 0; i < 3; i++) {
            assertEquals(Admission.ACCEPTED, wal.append(new Note("n" + i)));
        }
        var fourth = new Note("fourth");
        assertEquals(Admission.FULL, wal.append(fourth));
        rig.settle();
        assertFalse(fourth.isDurable());
        rig.write(wal, fourth);
    }

    @Test
    void tooManyBytesInFlightAreRefusedUntilSomeAreDurable() {
        rig.options = rig.options.withInFlight(Frame.PAYLOAD_BYTES_MAX, 100_000);
        Wal wal = rig.open();
        int count = 0;
        while (wal.append(Note.padded("n", 5000)) == Admission.ACCEPTED) {
            count++;
        }
        assertEquals(Frame.PAYLOAD_BYTES_MAX / 5004, count);
        rig.settle();
        rig.write(wal, "one more");
    }

    @Test
    void aRecordThatIsTooLongIsRefusedAtOnce() {
        Wal wal = rig.open();
        int max = wal.recordBytesMax();
        rig.write(wal, Note.padded("longest", max));
        rig.write(wal, Note.padded("longest", max));
        assertThrows(
                IllegalArgumentException.class, () -> wal.append(Note.padded("n", max + 1)));
        assertEquals(Wal.RECORD_BYTES_MAX, WalOptions.defaults(1).recordBytesMax());
    }

    @Test
    void noRoomForASegmentRefusesAndThenGoesOn() {
        rig.disk.setTotalBytes(40 << 10);
        Wal wal = rig.open();
        List<Note> accepted = new ArrayList<>();
        Admission last = Admission.ACCEPTED;
        for (int i = 0; i < 40 && last == Admission.ACCEPTED; i++) {
            var note = Note.padded("n" + i, 3000);
            last = wal.append(note);
            if (last == Admission.ACCEPTED) {
                accepted.add(note);
                rig.settle();
            }
        }
        assertEquals(Admission.NO_SPACE, last);
        assertTrue(accepted.size() >= 4, () -> "accepted " + accepted.size());
        assertEquals(List.of(), rig.faults);

        rig.disk.setTotalBytes(1 << 20);
        rig.loops.advance(2_000_000_000L);
        rig.write(wal, Note.padded("room again", 3000));
        assertTrue(accepted.stream().allMatch(Note::isDurable));
        wal.close();
        rig.open();
        assertEquals(accepted.size() + 1, rig.replayed.size());
    }

    @Test
    void aSegmentLeavesRoomForOthers() {
        rig.options = rig.options.withFreeBytesMin(50 << 10);
        rig.disk.setTotalBytes(120 << 10);
        Wal wal = rig.open();
        Admission last = Admission.ACCEPTED;
        for (int i = 0; i < 40 && last == Admission.ACCEPTED; i++) {
            last = wal.append(Note.padded("n" + i, 3000));
            rig.settle();
        }
        assertEquals(Admission.NO_SPACE, last);
        assertTrue(rig.disk.freeBytes() >= 50 << 10, () -> "free " + rig.disk.freeBytes());
        assertEquals(List.of(), rig.faults);
    }

    @Test
    void recyclingMakesRoomOnAFullDisk() {
        rig.disk.setTotalBytes(40 << 10);
        Wal wal = rig.open();
        for (int i = 0; i < 60; i++) {
            if (wal.append(Note.padded("n" + i, 3000)) == Admission.NO_SPACE) {
                wal.recycleBefore(wal.headedSegment());
            }
            rig.settle();
        }
        assertTrue(wal.headedSegment() > 5, () -> "rolled to " + wal.headedSegment());
        assertEquals(List.of(), rig.faults);
    }

    @Test
    void openingOnAFullDiskSucceedsAndWaitsForRoom() {
        Wal wal = rig.open();
        rig.write(wal, "before");
        wal.close();
        rig.disk.delete("wal/fresh-000002.spare");
        rig.disk.setTotalBytes(20 << 10);
        Wal again = rig.open();
        rig.settle();
        assertEquals(List.of("before"), rig.replayed);
        assertEquals(Admission.NO_SPACE, again.append(new Note("n")));
        rig.disk.setTotalBytes(1 << 20);
        rig.loops.advance(2_000_000_000L);
        rig.write(again, "after");
        assertEquals(List.of(), rig.faults);
    }

    @Test
    void closingWithoutRoomEndsAndAcknowledgesNothing() {
        rig.disk.setTotalBytes(1 << 10);
        Wal wal = rig.open();
        var note = new Note("never");
        assertEquals(Admission.ACCEPTED, wal.append(note));
        wal.close();
        assertFalse(note.isDurable());
        assertEquals(Admission.CLOSED, wal.append(new Note("late")));
        assertEquals(0, rig.disk.openFiles());
    }

    @Test
    void closingWritesWhatWasAcceptedAndSeals() {
        Wal wal = rig.open();
        List<Note> notes = IntStream.range(0, 30).mapToObj(i -> Note.padded("" + i, 999)).toList();
        notes.forEach(note -> assertEquals(Admission.ACCEPTED, wal.append(note)));
        wal.close();
        wal.close();

        assertTrue(notes.stream().allMatch(Note::isDurable));
        assertEquals(Admission.CLOSED, wal.append(new Note("late")));
        assertEquals(0, rig.disk.openFiles());
        rig.open();
        assertEquals(notes.stream().map(Note::text).toList(), rig.replayed);
    }

    @Test
    void aFailedForceIsFatalOnceAndNothingAfterItIsAcknowledged() {
        Wal wal = rig.open();
        rig.write(wal, "good");
        rig.disk.inject(SimFault.on(Op.FORCE, "fresh-000001"), new SimFault.Broken());
        List<Note> lost = List.of(new Note("x"), new Note("y"));
        lost.forEach(note -> assertEquals(Admission.ACCEPTED, wal.append(note)));
        rig.settle();
        rig.disk.heal();
        assertEquals(Admission.CLOSED, wal.append(new Note("z")));
        rig.settle();

        assertEquals(1, rig.faults.size(), rig.faults::toString);
        assertTrue(lost.stream().noneMatch(Note::isDurable));
        wal.close();
    }

    @Test
    void anOwnerThatThrowsEndsTheLogAndClosingDoesNotWait() {
        Wal wal = rig.open();
        var bad =
                new Note(
                        new byte[1],
                        _ -> {
                            throw new IllegalStateException("the owner is broken");
                        });
        assertEquals(Admission.ACCEPTED, wal.append(bad));
        rig.settle();
        assertEquals(1, rig.faults.size());
        assertEquals(Admission.CLOSED, wal.append(new Note("late")));
        long before = rig.loops.nowNanos();
        wal.close();
        assertEquals(before, rig.loops.nowNanos());
    }

    @Test
    void aSlowForceIsReported() {
        Wal wal = rig.open();
        rig.settle();
        rig.disk.onSlow(rig.loops::pass);
        rig.disk.inject(
                SimFault.nth(1, SimFault.on(Op.FORCE, "wal")), new SimFault.Slow(1_500_000_000L));
        rig.write(wal, "n");
        assertTrue(rig.events.contains(new Event.Wal.SlowFsync(1, 1_500_000_000L)));
    }

    @Test
    void everythingIsReadFromMemoryOrDiskUntilItIsRecycled() {
        rig.options = rig.options.withCacheBytes(1);
        Wal wal = rig.open();
        List<Note> notes = new ArrayList<>();
        for (int i = 0; i < 300; i++) {
            notes.add(rig.write(wal, Note.padded("note " + i, 1 + i * 17 % 5000)));
        }
        long memory = notes.stream().filter(n -> wal.isInMemory(n.position)).count();
        assertTrue(memory > 10 && memory < 100, () -> "in memory " + memory);
        for (Note note : notes) {
            ByteBuffer target = ByteBuffer.allocate(note.bytes.length);
            long reads = rig.disk.count(Op.READ);
            assertTrue(wal.read(note.position, target));
            assertEquals(note.text(), Note.text(target.array()));
            assertEquals(wal.isInMemory(note.position) ? 0 : 1, rig.disk.count(Op.READ) - reads);
        }
        wal.recycleBefore(wal.headedSegment());
        rig.settle();
        ByteBuffer one = ByteBuffer.allocate(1);
        assertFalse(wal.read(notes.get(0).position, one));
        assertEquals(1, one.remaining());
    }

    @Test
    void sparesOfAnEarlierRunAreUsedAgainIfTheirSizeIsRight() {
        Wal wal = rig.open();
        rig.write(wal, "a");
        wal.close();
        try (DiskFile other = rig.disk.create("wal/000077.spare")) {
            other.write(0, ByteBuffer.allocate(8 << 10));
        }
        long created = rig.disk.count(Op.CREATE);
        Wal again = rig.open();
        assertFalse(rig.disk.exists("wal/000077.spare"));
        assertTrue(rig.disk.exists("wal/fresh-000002.spare"));
        assertEquals(Admission.ACCEPTED, again.append(new Note("b")));
        assertTrue(rig.loops.runUntil(() -> again.headedSegment() == 2, 100));
        rig.settle();
        assertEquals(1, rig.disk.count(Op.CREATE) - created);
        assertTrue(rig.disk.exists("wal/fresh-000003.spare"));
    }

    @Test
    void aRunThatFindsNoSpareBeginsWithASmallSegment() {
        rig.options = rig.options.withSegmentBytes(64 << 20);
        Wal wal = rig.open();
        rig.write(wal, Note.padded("longest", Wal.RECORD_BYTES_MAX));
        assertEquals(16 << 20, rig.disk.contentOf(rig.segment(1)).length);
        for (int i = 0; i < 4; i++) {
            rig.write(wal, Note.padded("longest", Wal.RECORD_BYTES_MAX));
        }
        assertEquals(2, wal.headedSegment());
        assertEquals(64 << 20, rig.disk.contentOf(rig.segment(2)).length);
        wal.recycleBefore(2);
        rig.settle();
        wal.close();
        rig.open();
        assertEquals(2, rig.replayed.size());
    }
}
