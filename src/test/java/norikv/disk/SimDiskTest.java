package norikv.disk;

import static norikv.disk.SimFault.nth;
import static norikv.disk.SimFault.on;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import norikv.disk.SimDisk.Call;
import norikv.disk.SimDisk.Op;
import norikv.domain.NoriException.DiskFailure;
import norikv.domain.NoriException.DiskFailure.Reason;
import org.junit.jupiter.api.Test;

/// What [SimDisk] does besides crashing: like a disk where nothing is injected, and each fault.
final class SimDiskTest implements DiskContract {
    private final SimDisk disk = new SimDisk(1);

    @Override
    public Disk disk() {
        return disk;
    }

    @Test
    void aBrokenCallFailsAndChangesNothing() {
        Texts.write(disk, "a", "old");
        DiskFile file = disk.openToWrite("a");
        for (Op op : Op.values()) {
            disk.inject(on(op, ""), new SimFault.Broken());
        }
        List<Runnable> calls =
                List.of(
                        () -> file.write(0, Texts.bytes("new")),
                        () -> file.truncate(0),
                        () -> disk.create("b"),
                        () -> disk.rename("a", "b"),
                        () -> disk.link("a", "b"),
                        () -> disk.delete("a"),
                        () -> disk.createDirectories("d"),
                        () -> disk.list(""),
                        () -> disk.exists("a"),
                        () -> disk.openToRead("a"),
                        () -> file.read(0, ByteBuffer.allocate(1)),
                        () -> file.map(0, 1),
                        file::size);
        for (Runnable call : calls) {
            var thrown = assertThrows(DiskFailure.class, call::run);
            assertEquals(Reason.BROKEN, thrown.reason());
            Texts.assertSays("Input/output error", thrown);
        }

        disk.heal();
        assertEquals(List.of("a"), disk.list(""));
        assertEquals("old", Texts.readAll(disk, "a"));
    }

    @Test
    void onlyTheNthCallGoesWrong() {
        DiskFile file = disk.create("1");
        disk.inject(nth(2, on(Op.WRITE, "1")), new SimFault.Broken());
        file.write(0, Texts.bytes("a"));
        assertThrows(DiskFailure.class, () -> file.write(1, Texts.bytes("b")));
        file.write(1, Texts.bytes("c"));

        assertEquals("ac", Texts.readAll(disk, "1"));
    }

    @Test
    void aShortWriteAndAFullDiskLeaveAFirstPart() {
        Set<Integer> kept = new TreeSet<>();
        for (SimFault fault : List.of(new SimFault.ShortWrite(), new SimFault.NoSpace())) {
            for (int i = 0; i < 50; i++) {
                String path = fault.getClass().getSimpleName() + i;
                DiskFile file = disk.create(path);
                disk.inject(on(Op.WRITE, path), fault);
                var thrown =
                        assertThrows(
                                DiskFailure.class, () -> file.write(0, Texts.bytes("01234567")));
                Reason expected =
                        fault instanceof SimFault.NoSpace ? Reason.FULL : Reason.BROKEN;
                assertEquals(expected, thrown.reason());
                String left = Texts.readAll(disk, path);
                assertTrue("0123456".startsWith(left), left);
                kept.add(left.length());
            }
        }

        assertEquals(Set.of(0, 1, 2, 3, 4, 5, 6, 7), kept);
    }

    @Test
    void aFullDiskRefusesGrowthAndNothingElse() {
        disk.setTotalBytes(10);
        DiskFile file = disk.create("a");
        file.write(0, Texts.bytes("012345"));
        assertEquals(4, disk.freeBytes());
        var thrown = assertThrows(DiskFailure.class, () -> file.write(5, Texts.bytes("567890")));

        assertEquals(Reason.FULL, thrown.reason());
        assertEquals(0, disk.freeBytes());
        file.write(0, Texts.bytes("abc"));
        assertEquals("abc3456789".length(), file.size());
        disk.delete("a");
        assertEquals(10, disk.freeBytes());
        assertEquals(10, disk.crash(1).totalBytes());
    }

    @Test
    void noSpaceOfAnotherChangeIsFull() {
        disk.inject(on(Op.CREATE, ""), new SimFault.NoSpace());

        var thrown = assertThrows(DiskFailure.class, () -> disk.create("a"));
        assertEquals(Reason.FULL, thrown.reason());
        assertEquals(List.of(), disk.list(""));
    }

    @Test
    void aFailedForceIsNeverMerelyFull() {
        DiskFile file = disk.create("a");
        disk.inject(on(Op.FORCE, ""), new SimFault.NoSpace());

        assertEquals(Reason.BROKEN, assertThrows(DiskFailure.class, file::force).reason());
    }

    @Test
    void aBitFlipsInWhatIsReadAndMappedButNotInWhatIsStored() {
        DiskFile file = disk.create("a");
        file.write(0, ByteBuffer.allocate(100));
        disk.inject(on(Op.READ, "a"), new SimFault.BitFlip());
        disk.inject(on(Op.MAP, "a"), new SimFault.BitFlip());
        ByteBuffer read = ByteBuffer.allocate(100);
        file.read(0, read);
        byte[] mapped;
        try (var mapping = file.map(0, 100)) {
            mapped = mapping.region().bytes(0, 100).toByteArray();
        }

        assertEquals(1, bitsIn(read.array()));
        assertEquals(1, bitsIn(mapped));
        assertEquals(0, bitsIn(disk.contentOf("a")));
    }

    @Test
    void damageStays() {
        DiskFile file = disk.create("a");
        file.write(0, ByteBuffer.allocate(5000));
        file.force();
        disk.forceDirectory("");
        disk.damage("a", 4999, 0x80);

        assertEquals((byte) 0x80, disk.contentOf("a")[4999]);
        assertEquals(1, bitsIn(disk.crash(1).contentOf("a")));
    }

    @Test
    void aDroppedWriteSucceedsAndIsNotThere() {
        Texts.write(disk, "a", "old");
        disk.inject(on(Op.WRITE, "a"), new SimFault.DroppedWrite());
        disk.openToWrite("a").write(0, Texts.bytes("new"));

        assertEquals("old", Texts.readAll(disk, "a"));
    }

    @Test
    void aMisdirectedWriteLandsElsewhere() {
        byte[] blank = new byte[4096];
        for (int i = 0; i < 50; i++) {
            String path = "<" + i + ">";
            DiskFile file = disk.create(path);
            file.write(0, ByteBuffer.wrap(blank));
            disk.inject(on(Op.WRITE, path), new SimFault.MisdirectedWrite());
            file.write(512, Texts.bytes("x"));

            byte[] after = disk.contentOf(path);
            assertEquals(0, after[512]);
            assertEquals('x', after[Arrays.mismatch(blank, after)]);
        }
    }

    @Test
    void aSlowCallLetsTimePassAndThenHappens() {
        List<Long> passed = new ArrayList<>();
        disk.onSlow(passed::add);
        disk.inject(on(Op.FORCE, "a"), new SimFault.Slow(300_000_000));
        DiskFile file = disk.create("a");
        file.force();

        assertEquals(List.of(300_000_000L), passed);
        assertTrue(disk.isForced("a"));
    }

    @Test
    void theTraceTellsTheCallsInOrder() {
        disk.createDirectories("wal");
        disk.startTrace();
        DiskFile file = disk.create("wal/1");
        file.write(7, new ByteBuffer[] {Texts.bytes("ab"), Texts.bytes("c")});
        file.force();
        disk.rename("wal/1", "wal/2");
        disk.forceDirectory("wal");

        assertEquals(
                List.of(
                        new Call(2, Op.CREATE, "wal/1", "", 0, 0),
                        new Call(3, Op.WRITE, "wal/1", "", 7, 3),
                        new Call(4, Op.FORCE, "wal/1", "", 0, 0),
                        new Call(5, Op.RENAME, "wal/1", "wal/2", 0, 0),
                        new Call(6, Op.FORCE_DIRECTORY, "wal", "", 0, 0)),
                disk.trace());
        assertEquals(6, disk.changes());
        assertEquals(1, disk.count(Op.FORCE));
        assertEquals(3, disk.bytesWritten());
    }

    @Test
    void openFilesAndMappingsAreCountedAndACrashFreesThem() {
        Texts.write(disk, "a", "abc");
        assertEquals(0, disk.openFiles());
        DiskFile file = disk.openToRead("a");
        DiskFile.Mapping mapping = file.map(0, 3);

        assertEquals(1, disk.openFiles());
        assertEquals(1, disk.openMappings());
        disk.crash(1);
        assertEquals(1, disk.openMappings());
        disk.crashNow();
        disk.crash(1);
        assertEquals(0, disk.openMappings());
        assertThrows(IllegalStateException.class, () -> mapping.region().getByte(0));
    }

    @Test
    void aMappingShowsWhatWasThereWhenItWasMade() {
        DiskFile file = disk.create("a");
        file.write(0, Texts.bytes("before"));
        try (var mapping = file.map(2, 4)) {
            file.write(0, Texts.bytes("after!"));

            assertEquals("fore", mapping.region().bytes(0, 4).toUtf8());
        }
    }

    @Test
    void severalThreadsMayUseIt() throws Exception {
        DiskFile shared = disk.create("shared");
        Thread[] threads = new Thread[4];
        for (int t = 0; t < threads.length; t++) {
            int me = t;
            threads[t] =
                    Thread.ofPlatform()
                            .start(
                                    () -> {
                                        for (int i = 0; i < 500; i++) {
                                            shared.write(me * 8000 + i * 16, Texts.bytes("x"));
                                            disk.create(me + "-" + i).close();
                                        }
                                    });
        }
        for (Thread thread : threads) {
            thread.join();
        }

        assertEquals(2001, disk.list("").size());
        assertEquals(2000, new String(disk.contentOf("shared")).replace("\0", "").length());
        assertEquals(2000, disk.count(Op.WRITE));
    }

    private static int bitsIn(byte[] bytes) {
        int bits = 0;
        for (byte b : bytes) {
            bits += Integer.bitCount(b & 0xff);
        }
        return bits;
    }
}
