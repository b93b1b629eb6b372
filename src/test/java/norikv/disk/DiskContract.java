package norikv.disk;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.List;
import norikv.domain.NoriException.DiskFailure;
import norikv.domain.NoriException.Refused;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What every [Disk] does as long as nothing fails: the real one and the simulated one alike.
interface DiskContract {
    /// {@return the disk under test, empty at first}
    Disk disk();

    @Test
    default void whatIsWrittenIsReadByPosition() {
        try (DiskFile file = disk().create("a")) {
            file.write(4, Texts.bytes("mid"));
            file.write(0, new ByteBuffer[] {Texts.bytes("he"), Texts.bytes(""), Texts.bytes("ad")});
            file.write(7, new ByteBuffer[] {Texts.bytes("tail").asReadOnlyBuffer()});
            file.force();

            assertEquals(11, file.size());
            assertEquals("headmidtail", Texts.read(file, 0, 11));
            assertEquals("midta", Texts.read(file, 4, 5));
        }
    }

    @Test
    default void aReadStopsAtTheEndOfTheFileAndSaysSo() {
        try (DiskFile file = disk().create("a")) {
            file.write(0, Texts.bytes("12345"));
            ByteBuffer target = ByteBuffer.allocateDirect(10).position(1);

            assertEquals(3, file.read(2, target));
            assertEquals(4, target.position());
            assertEquals(0, file.read(5, target));
            assertEquals(0, file.read(500, target));
        }
    }

    @Test
    default void buffersAreReadAndWrittenBetweenPositionAndLimitOnly() {
        try (DiskFile file = disk().create("a")) {
            ByteBuffer source = Texts.bytes("xxABCyy").position(2).limit(5);
            file.write(0, source);

            assertEquals(5, source.position());
            assertEquals("ABC", Texts.read(file, 0, 100));
        }
    }

    @Test
    default void aGatheringWriteOfManyBuffersIsComplete() {
        ByteBuffer[] sources = new ByteBuffer[3000];
        var expected = new StringBuilder();
        for (int i = 0; i < sources.length; i++) {
            sources[i] = Texts.bytes(i + ",");
            expected.append(i).append(',');
        }
        try (DiskFile file = disk().create("a")) {
            file.write(1, sources);

            assertEquals("\0" + expected, Texts.read(file, 0, expected.length() + 1));
        }
    }

    @Test
    default void gatheringWritesOfSeveralThreadsDoNotMix() throws Exception {
        int threads = 4;
        int writes = 300;
        DiskFile file = disk().create("a");
        Thread[] all = new Thread[threads];
        for (int t = 0; t < threads; t++) {
            int me = t;
            all[t] =
                    Thread.ofPlatform()
                            .start(
                                    () -> {
                                        String text = "" + me;
                                        for (int i = 0; i < writes; i++) {
                                            ByteBuffer[] both = {
                                                Texts.bytes(text), Texts.bytes(text)
                                            };
                                            file.write(2L * (i * threads + me), both);
                                        }
                                    });
        }
        for (Thread thread : all) {
            thread.join();
        }

        assertEquals("00112233".repeat(writes), Texts.read(file, 0, 2 * threads * writes));
        file.close();
    }

    @Test
    default void truncatingCuts() {
        try (DiskFile file = disk().create("a")) {
            file.write(0, Texts.bytes("12345"));
            file.truncate(2);

            assertEquals("12", Texts.read(file, 0, 10));
        }
    }

    @Test
    default void aMappingOutlivesItsFileAndEndsWhenClosed() {
        DiskFile file = disk().create("a");
        file.write(0, Texts.bytes("0123456789"));
        DiskFile.Mapping mapping = file.map(3, 4);
        file.close();
        disk().delete("a");

        assertEquals("3456", mapping.region().bytes(0, 4).toUtf8());
        assertEquals(4, mapping.region().length());
        mapping.close();
        assertDoesNotThrow(mapping::close);
        assertThrows(IllegalStateException.class, () -> mapping.region().getByte(0));
    }

    @Test
    default void aMappingIsForReadingOnlyAndInsideOfTheFile() {
        try (DiskFile file = disk().create("a")) {
            file.write(0, Texts.bytes("0123456789"));
            try (var mapping = file.map(0, 10)) {
                assertThrows(
                        IllegalArgumentException.class, () -> mapping.region().putByte(0, 1));
            }
            var thrown = assertThrows(DiskFailure.class, () -> file.map(5, 6));
            assertTrue(thrown.getMessage().contains("which has 10 bytes"), thrown.getMessage());
            assertThrows(DiskFailure.class, () -> file.map(-1, 2));
            file.map(10, 0).close();
        }
    }

    @Test
    default void namesAreListedSortedAndAMissingDirectoryIsEmpty() {
        disk().createDirectories("wal/pool");
        disk().create("wal/b").close();
        disk().create("wal/a").close();

        assertEquals(List.of("a", "b", "pool"), disk().list("wal"));
        assertEquals(List.of("wal"), disk().list(""));
        assertEquals(List.of(), disk().list("sst"));
        assertThrows(DiskFailure.class, () -> disk().list("wal/a"));
    }

    @Test
    default void filesAreRenamedLinkedAndDeleted() {
        Texts.write(disk(), "a", "A");
        Texts.write(disk(), "b", "B");
        disk().rename("a", "b");
        disk().link("b", "c");

        assertEquals(List.of("b", "c"), disk().list(""));
        assertEquals("A", Texts.readAll(disk(), "b"));
        disk().delete("b");
        assertEquals("A", Texts.readAll(disk(), "c"));
        assertFalse(disk().exists("b"));
        assertTrue(disk().exists("c"));
        disk().forceDirectory("");
    }

    @Test
    default void aCreationRefusesAnExistingFileAndAnOpeningAMissingOne() {
        Texts.write(disk(), "a", "A");

        Texts.assertSays(
                "exists already", assertThrows(DiskFailure.class, () -> disk().create("a")));
        Texts.assertSays(
                "no such file", assertThrows(DiskFailure.class, () -> disk().openToWrite("b")));
        var thrown = assertThrows(DiskFailure.class, () -> disk().openToRead("b"));
        Texts.assertSays("no such file", thrown);
        Texts.assertSays("b", thrown);
        assertThrows(DiskFailure.class, () -> disk().link("b", "c"));
        assertThrows(DiskFailure.class, () -> disk().link("a", "a"));
        assertThrows(DiskFailure.class, () -> disk().rename("b", "c"));
        assertThrows(DiskFailure.class, () -> disk().delete("b"));
        assertThrows(DiskFailure.class, () -> disk().forceDirectory("none"));
        assertEquals("A", Texts.readAll(disk(), "a"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"../a", "/etc/passwd", "a/../../b", "a//b", "a/", "./a", "..", "a\\b", "\0"})
    default void aPathThatCouldLeadOutIsRefused(String path) {
        assertThrows(IllegalArgumentException.class, () -> disk().create(path));
        assertThrows(IllegalArgumentException.class, () -> disk().exists(path));
        assertThrows(IllegalArgumentException.class, () -> disk().list(path));
        assertThrows(IllegalArgumentException.class, () -> disk().rename("a", path));
        assertThrows(IllegalArgumentException.class, () -> disk().createDirectories(path));
        assertThrows(IllegalArgumentException.class, () -> disk().lock(path));
    }

    @Test
    default void aClosedFileSaysThatItIsClosed() {
        DiskFile file = disk().create("a");
        file.close();
        file.close();

        Texts.assertSays("closed", assertThrows(DiskFailure.class, file::force));
        Texts.assertSays("closed", assertThrows(DiskFailure.class, file::size));
        Texts.assertSays(
                "closed", assertThrows(DiskFailure.class, () -> file.write(0, Texts.bytes("x"))));
        assertEquals("a", file.path());
    }

    @Test
    default void aDiskHasFreeBytesNoMoreThanAll() {
        assertTrue(disk().freeBytes() > 0);
        assertTrue(disk().freeBytes() <= disk().totalBytes());
    }

    @Test
    default void aLockIsHeldUntilItIsClosed() {
        try (var _ = disk().lock("LOCK")) {
            assertThrows(Refused.class, () -> disk().lock("LOCK"));
            assertEquals(List.of("LOCK", "LOCK.guard"), disk().list(""));
        }

        disk().lock("LOCK").close();
    }

    @Test
    default void whatIsOpenedForReadingTakesNoWrites() {
        Texts.write(disk(), "a", "A");
        try (DiskFile file = disk().openToRead("a")) {
            assertThrows(IllegalStateException.class, () -> file.write(0, Texts.bytes("B")));
            assertThrows(IllegalStateException.class, () -> file.truncate(0));
            assertThrows(IllegalArgumentException.class, () -> file.read(-1, Texts.bytes("x")));
        }

        assertEquals("A", Texts.readAll(disk(), "a"));
    }

    @Test
    default void anOpenFileGoesOnWithoutItsName() {
        DiskFile file = disk().create("a");
        file.write(0, Texts.bytes("old"));
        disk().delete("a");
        Texts.write(disk(), "a", "new");
        file.write(3, Texts.bytes("er"));

        assertEquals("older", Texts.read(file, 0, 10));
        assertEquals("new", Texts.readAll(disk(), "a"));
        file.close();
    }
}
