package norikv.wal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import norikv.disk.SimDisk;
import norikv.observe.Event;
import norikv.observe.Meter;
import norikv.work.SeededLoops;
import norikv.work.SeededNode;

/// A log on a simulated disk, driven by a seed: what tests of the log begin with.
final class WalRig {
    static final String FOLDER = "wal";
    static final long SALT = 0x0123456789abcdefL;
    static final long STEPS_MAX = 100_000;

    final SeededLoops loops;
    final List<String> replayed = new ArrayList<>();
    final List<Event> events = new ArrayList<>();
    final List<Throwable> faults = new ArrayList<>();
    SimDisk disk;
    SeededNode node;
    WalOptions options =
            WalOptions.defaults(SALT).withSegmentBytes(16 << 10).withCacheBytes(64 << 10);
    SegmentHead head = SegmentHead.NONE;
    Meter meter = Meter.NONE;

    WalRig(long seed) {
        this.loops = new SeededLoops(seed);
        this.disk = new SimDisk(seed);
    }

    /// Opens what is on the disk; what was there is in [#replayed].
    Wal open() {
        replayed.clear();
        faults.clear();
        node = loops.node("node", (_, cause) -> faults.add(cause));
        return Wal.open(
                disk,
                FOLDER,
                options,
                node,
                meter,
                events::add,
                (_, cause) -> faults.add(cause),
                head,
                (_, record) ->
                        replayed.add(Note.text(record.bytes(record.remaining()).toByteArray())));
    }

    /// Ends the process and the machine; what the next start finds is on [#disk].
    void crash(long seed) {
        node.kill();
        disk = disk.crash(seed);
    }

    /// Runs until there is nothing to do.
    void settle() {
        assertTrue(loops.runUntilIdle(STEPS_MAX), loops::describe);
    }

    /// Appends one note and runs until it is durable.
    Note write(Wal wal, String text) {
        return write(wal, new Note(text));
    }

    Note write(Wal wal, Note note) {
        assertEquals(Admission.ACCEPTED, wal.append(note));
        settle();
        assertTrue(note.isDurable(), () -> note.text() + " " + faults);
        return note;
    }

    String segment(long number) {
        return FOLDER + "/" + SegmentName.segment(number);
    }

    static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
