package norikv.disk;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Function;
import norikv.disk.SimDisk.Crashed;
import norikv.domain.NoriException.DiskFailure;
import org.junit.jupiter.api.Test;

/// That a crash takes everything it may, and nothing else.
final class SimDiskCrashTest {
    private static final int SEEDS = 1000;
    private static final int PAGE = SimContent.PAGE_BYTES;

    private final SimDisk disk = new SimDisk(1);

    @Test
    void anUnforcedWriteIsKeptLostOrTornAtASector() {
        DiskFile file = forced("a", page('A'));
        file.write(0, page('B'));

        Map<String, Integer> fates = fates(d -> sectorsOf(d, "a"));
        assertTrue(fates.get("AAAAAAAA") > 50, fates::toString);
        assertTrue(fates.get("BBBBBBBB") > 50, fates::toString);
        assertTrue(fates.size() > 20, fates::toString);
    }

    @Test
    void aForcedWriteIsNeverLost() {
        DiskFile file = forced("a", page('A'));
        file.write(PAGE, page('B'));
        file.force();
        file.write(3 * PAGE, page('C'));

        for (long seed = 0; seed < SEEDS; seed++) {
            String left = sectorsOf(disk.crash(seed), "a");
            assertTrue(left.startsWith("AAAAAAAABBBBBBBB"), left);
        }
    }

    @Test
    void everyVersionSinceTheForceMaySurvive() {
        DiskFile file = forced("a", page('A'));
        file.write(0, page('B'));
        file.write(0, page('C'));

        Set<String> fates = fates(d -> sectorsOf(d, "a")).keySet();
        assertTrue(fates.containsAll(Set.of("AAAAAAAA", "BBBBBBBB", "CCCCCCCC")), fates::toString);
    }

    @Test
    void pagesAreLostOutOfOrderButAlsoExactlyFromSomeCallOn() {
        DiskFile file = forced("a", ByteBuffer.allocate(6 * PAGE));
        for (int i = 0; i < 6; i++) {
            file.write(i * PAGE, page('1'));
        }

        Set<String> fates = fates(d -> pagesOf(d, "a")).keySet();
        for (int kept = 0; kept <= 6; kept++) {
            assertTrue(fates.contains("1".repeat(kept) + "0".repeat(6 - kept)), fates::toString);
        }
        assertTrue(fates.contains("000001"), fates::toString);
        assertTrue(fates.contains("101010"), fates::toString);
    }

    @Test
    void anUnforcedSizeIsOldNewOrBetween() {
        DiskFile file = forced("a", ByteBuffer.allocate(100));
        file.write(100, ByteBuffer.allocate(900));

        Map<String, Integer> sizes = fates(d -> "" + d.contentOf("a").length);
        assertTrue(sizes.get("100") > 50 && sizes.get("1000") > 50, sizes::toString);
        assertTrue(sizes.size() > 20, sizes::toString);
        sizes.keySet().forEach(size -> assertInRange(100, 1000, Integer.parseInt(size)));
    }

    @Test
    void anUnforcedTruncationMayBeUndone() {
        DiskFile file = forced("a", page('A'));
        file.truncate(512);

        Map<String, Integer> sizes = fates(d -> "" + d.contentOf("a").length);
        assertTrue(sizes.get("512") > 50 && sizes.get("" + PAGE) > 50, sizes::toString);
        assertEquals("A".repeat(512), Texts.read(file, 0, PAGE));
    }

    @Test
    void aForcedFileMayVanishUntilItsDirectoryIsForced() {
        try (DiskFile file = disk.create("a")) {
            file.write(0, page('A'));
            file.force();
        }
        Map<String, Integer> before = fates(d -> d.list("") + "");
        disk.forceDirectory("");
        Map<String, Integer> after = fates(d -> d.list("") + sectorsOf(d, "a"));

        assertTrue(before.get("[]") > 50 && before.get("[a]") > 50, before::toString);
        assertEquals(Map.of("[a]AAAAAAAA", SEEDS), after);
    }

    @Test
    void aRenameIsDoneOrUndoneUntilItsDirectoryIsForced() {
        forced("new", page('N'));
        forced("old", page('O'));
        disk.rename("new", "old");
        Map<String, Integer> before = fates(d -> d.list("") + sectorsOf(d, "old"));
        disk.forceDirectory("");
        Map<String, Integer> after = fates(d -> d.list("") + sectorsOf(d, "old"));

        assertEquals(Set.of("[new, old]OOOOOOOO", "[old]NNNNNNNN"), before.keySet());
        assertTrue(before.values().stream().allMatch(count -> count > 50), before::toString);
        assertEquals(Map.of("[old]NNNNNNNN", SEEDS), after);
    }

    @Test
    void aRenameToAnotherDirectoryNeedsBothForced() {
        disk.createDirectories("x");
        disk.createDirectories("y");
        forced("x/a", page('A'));
        disk.forceDirectory("x");
        disk.rename("x/a", "y/a");
        Function<SimDisk, String> names = d -> d.list("x") + " " + d.list("y");

        assertEquals(Set.of("[] []", "[a] []", "[] [a]", "[a] [a]"), fates(names).keySet());
        disk.forceDirectory("x");
        assertEquals(Set.of("[] []", "[] [a]"), fates(names).keySet());
        disk.forceDirectory("y");
        assertEquals(Map.of("[] [a]", SEEDS), fates(names));
    }

    @Test
    void aDeletedFileMayReappearWithItsBytes() {
        forced("a", page('A'));
        disk.delete("a");
        assertEquals(
                Set.of("gone", "AAAAAAAA"),
                fates(d -> d.exists("a") ? sectorsOf(d, "a") : "gone").keySet());

        disk.forceDirectory("");
        assertEquals(Set.of("[]"), fates(d -> "" + d.list("")).keySet());
    }

    @Test
    void namesAreLostIndependently() {
        for (String name : List.of("a", "b", "c")) {
            disk.create(name).close();
        }

        assertEquals(8, fates(d -> "" + d.list("")).size());
    }

    @Test
    void bothNamesOfALinkedFileStayNamesOfOneFile() {
        forced("a", page('A'));
        disk.link("a", "b");
        disk.forceDirectory("");
        SimDisk next = disk.crash(7);
        try (DiskFile file = next.openToWrite("a")) {
            file.write(0, page('B'));
        }

        assertEquals("BBBBBBBB", sectorsOf(next, "b"));
        assertEquals("AAAAAAAA", sectorsOf(disk, "a"));
    }

    @Test
    void directoriesAreDurableOnceCreated() {
        disk.createDirectories("x/y");

        assertEquals(Map.of("[x] [y]", SEEDS), fates(d -> d.list("") + " " + d.list("x")));
    }

    @Test
    void aFailedForceLosesPagesThatNoLaterForceBringsBack() {
        Map<String, Integer> fates = new TreeMap<>();
        for (long seed = 0; seed < 200; seed++) {
            var faulty = new SimDisk(seed);
            DiskFile file = faulty.create("a");
            file.write(0, page('A'));
            file.force();
            faulty.forceDirectory("");
            file.write(0, page('B'));
            faulty.inject(SimFault.on(SimDisk.Op.FORCE, "a"), new SimFault.Broken());
            assertThrows(DiskFailure.class, file::force);
            faulty.heal();
            DiskFile again = faulty.openToWrite("a");
            again.force();

            assertEquals("BBBBBBBB", sectorsOf(faulty, "a"));
            fates.merge(sectorsOf(faulty.crash(seed), "a"), 1, Integer::sum);
            Texts.assertSays("earlier", assertThrows(DiskFailure.class, file::force));
            Texts.assertSays(
                    "earlier", assertThrows(DiskFailure.class, () -> file.write(0, page('C'))));
        }

        assertEquals(Set.of("AAAAAAAA", "BBBBBBBB"), fates.keySet());
    }

    @Test
    void aFailedForceOfADirectoryLosesNamesThatNoLaterForceBringsBack() {
        Map<String, Integer> fates = new TreeMap<>();
        for (long seed = 0; seed < 200; seed++) {
            var faulty = new SimDisk(seed);
            faulty.create("a").close();
            faulty.inject(SimFault.on(SimDisk.Op.FORCE_DIRECTORY, ""), new SimFault.Broken());
            assertThrows(DiskFailure.class, () -> faulty.forceDirectory(""));
            faulty.heal();
            Texts.assertSays(
                    "earlier", assertThrows(DiskFailure.class, () -> faulty.forceDirectory("")));
            assertEquals(List.of("a"), faulty.list(""));
            fates.merge("" + faulty.crash(seed).list(""), 1, Integer::sum);
        }

        assertEquals(Set.of("[]", "[a]"), fates.keySet());
    }

    @Test
    void aCrashComesAtTheChosenChangeAndLasts() {
        DiskFile file = disk.create("a");
        disk.crashAfter(2);
        file.write(0, page('A'));
        assertEquals(PAGE, file.size());
        assertThrows(Crashed.class, file::force);

        assertTrue(disk.hasCrashed());
        assertThrows(Crashed.class, file::size);
        assertThrows(Crashed.class, () -> disk.list(""));
        assertThrows(Crashed.class, () -> disk.create("b"));
        file.close();
        Set<String> fates = fates(d -> d.exists("a") ? sectorsOf(d, "a") : "gone").keySet();
        assertTrue(fates.containsAll(Set.of("gone", "", "AAAAAAAA")), fates::toString);
    }

    @Test
    void theCallThatCrashesMayHaveHappened() {
        DiskFile file = forced("a", page('A'));
        disk.crashAfter(1);
        assertThrows(Crashed.class, () -> file.write(0, page('B')));

        Set<String> fates = fates(d -> sectorsOf(d, "a")).keySet();
        assertTrue(fates.containsAll(Set.of("AAAAAAAA", "BBBBBBBB")), fates::toString);
    }

    @Test
    void aCrashInTheMiddleOfCreatingDirectoriesLeavesAnyOfThem() {
        disk.crashAfter(1);
        assertThrows(Crashed.class, () -> disk.createDirectories("x/y"));

        assertEquals(
                Set.of("[] []", "[x] []", "[x] [y]"),
                fates(d -> d.list("") + " " + d.list("x")).keySet());
    }

    @Test
    void aDiskMayCrashAgainAndAgain() {
        DiskFile file = forced("a", page('A'));
        file.write(0, page('B'));
        String once = sectorsOf(disk.crash(3), "a");
        SimDisk twice = disk.crash(3).crash(4);

        assertEquals(once, sectorsOf(twice, "a"));
        assertTrue(twice.isForced("a"));
    }

    @Test
    void theSameSeedGivesTheSameDiskAndLeavesTheOldOneAlone() {
        long fingerprint = fingerprint(11);
        assertEquals(fingerprint, fingerprint(11));
        Set<Long> others = new TreeSet<>();
        for (long seed = 0; seed < 50; seed++) {
            others.add(fingerprint(seed));
        }

        assertTrue(others.size() > 25, others::toString);
        assertNotEquals(Set.of(fingerprint), others);
    }

    private static long fingerprint(long seed) {
        var disk = new SimDisk(5);
        long sum = 0;
        for (int i = 0; i < 20; i++) {
            DiskFile file = disk.create("f" + i);
            file.write(i * 700, page('F'));
            if (i % 3 == 0) {
                file.force();
            }
            if (i == 9) {
                disk.forceDirectory("");
            }
            SimDisk left = disk.crash(seed + i);
            for (String name : left.list("")) {
                sum = sum * 31 + name.hashCode() + Arrays.hashCode(left.contentOf(name));
            }
        }
        assertArrayEquals(disk.contentOf("f0"), disk.crash(1).contentOf("f0"));
        return sum;
    }

    private DiskFile forced(String path, ByteBuffer content) {
        DiskFile file = disk.create(path);
        file.write(0, content);
        file.force();
        disk.forceDirectory("");
        return file;
    }

    /// {@return what is left, to how many of the seeds left it}
    private Map<String, Integer> fates(Function<SimDisk, String> look) {
        Map<String, Integer> fates = new TreeMap<>();
        for (long seed = 0; seed < SEEDS; seed++) {
            fates.merge(look.apply(disk.crash(seed)), 1, Integer::sum);
        }
        return fates;
    }

    private static ByteBuffer page(char letter) {
        byte[] page = new byte[PAGE];
        Arrays.fill(page, (byte) letter);
        return ByteBuffer.wrap(page);
    }

    /// {@return one letter a sector, `?` where a sector is not of one letter}
    private static String sectorsOf(SimDisk disk, String path) {
        return letters(disk.contentOf(path), SimContent.SECTOR_BYTES);
    }

    private static String pagesOf(SimDisk disk, String path) {
        return letters(disk.contentOf(path), PAGE).replace('\0', '0').replace('?', '~');
    }

    private static String letters(byte[] bytes, int step) {
        var letters = new StringBuilder();
        for (int at = 0; at < bytes.length; at += step) {
            byte first = bytes[at];
            boolean same = true;
            for (int i = at; i < Math.min(at + step, bytes.length); i++) {
                same &= bytes[i] == first;
            }
            letters.append(same ? (char) first : '?');
        }
        return letters.toString();
    }

    private static void assertInRange(int least, int most, int value) {
        assertTrue(least <= value && value <= most, () -> "" + value);
    }
}
