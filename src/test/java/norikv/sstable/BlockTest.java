package norikv.sstable;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.SplittableRandom;
import java.util.TreeSet;
import norikv.bytes.ByteWriter;
import norikv.bytes.Bytes;
import norikv.bytes.Region;
import org.junit.jupiter.api.Test;

/// The parts of a table by themselves: data blocks, separators, index blocks, filter.
final class BlockTest {
    private static final long SEED = Long.getLong("seed", 0xb10c);

    private final SplittableRandom random = new SplittableRandom(SEED);

    @Test
    void aPointReadAgreesWithABinarySearchEvenIfAllFingerprintsAreOne() {
        for (int round = 0; round < 300; round++) {
            var some = new Entries(random, 3, 4, 30);
            List<Entry> entries = List.copyOf(some.some(1 + random.nextInt(60)));
            boolean oneForAll = random.nextBoolean();
            Region block = block(entries, oneForAll);
            var view = new EntryView();
            for (int i = 0; i < 100; i++) {
                Entry near = entries.get(random.nextInt(entries.size()));
                Bytes key = random.nextBoolean() ? near.key() : some.key();
                long trailer = near.trailer() + random.nextInt(-300, 300);
                int slot = lowerBound(block, key, near.tablet(), trailer, view);
                boolean there =
                        slot < entries.size()
                                && entries.get(slot).key().equals(key)
                                && entries.get(slot).tablet() == near.tablet();
                boolean found =
                        DataBlock.find(
                                block,
                                0,
                                key.array(),
                                key.offset(),
                                key.length(),
                                oneForAll ? 0 : hash(key),
                                near.tablet(),
                                trailer,
                                view);
                assertEquals(there, found, "seed=" + SEED);
                if (found) {
                    assertEquals(entries.get(slot).trailer(), view.trailer());
                }
            }
        }
    }

    @Test
    void aSeparatorIsBetweenItsNeighboursAndShort() {
        for (int round = 0; round < 20_000; round++) {
            var some = new Entries(random, 2, 2, 0);
            var pair = new TreeSet<>(some.some(1 + random.nextInt(2)));
            Entry last = pair.first();
            Entry next = pair.last();
            if (last != next) {
                Bytes key = next.key();
                Separator separator =
                        Separator.between(
                                last.key(),
                                last.tablet(),
                                last.trailer(),
                                key.array(),
                                key.offset(),
                                key.length());
                String from = "%s in %s, seed=%d".formatted(separator, pair, SEED);
                assertTrue(
                        !separator.isBefore(last.key(), last.tablet(), last.trailer()), from);
                assertTrue(separator.isBefore(key, next.tablet(), next.trailer()), from);
                assertTrue(
                        separator.key().length()
                                <= Math.max(last.key().length(), next.key().length() - 1),
                        from);
            }
        }
    }

    @Test
    void aSeparatorIsAByteLongerThanWhatIsShared() {
        Bytes next = Bytes.utf8("user:1999:name");
        Separator separator =
                Separator.between(
                        Bytes.utf8("user:1234:name"), 0, 1, next.array(), 0, next.length());
        assertEquals(Separator.after(Bytes.utf8("user:19")), separator);
    }

    @Test
    void anIndexFindsTheFirstSeparatorThatIsNotBefore() {
        for (int round = 0; round < 200; round++) {
            List<Separator> separators = separators(1 + random.nextInt(80));
            Region index = index(separators);
            for (int i = 0; i < 100; i++) {
                Separator near = separators.get(random.nextInt(separators.size()));
                Bytes key =
                        random.nextBoolean()
                                ? near.key()
                                : new Entries(random, 1, 1, 0).key();
                int tablet = random.nextInt(2);
                long trailer = random.nextInt(4);
                int expected = 0;
                while (expected < separators.size()
                        && separators.get(expected).isBefore(key, tablet, trailer)) {
                    expected++;
                }
                int found =
                        IndexBlock.search(
                                index, 0, key.array(), key.offset(), key.length(), tablet, trailer);
                assertEquals(expected, found, "seed=" + SEED);
            }
            for (int slot = 0; slot < separators.size(); slot++) {
                assertEquals(separators.get(slot), IndexBlock.separator(index, 0, slot));
            }
        }
    }

    @Test
    void aFilterKnowsAllItsKeysAndDeniesMostOthers() {
        int keys = 20_000;
        for (int bits : new int[] {1, 5, 10, 16, 20}) {
            long[] hashes = random.longs(keys).toArray();
            var to = new ByteWriter(16);
            Filter.write(to, hashes, keys, bits);
            Region lines = Region.allocate(to.length());
            lines.copyFrom(0, to.array(), 0, to.length());
            int count = Filter.lineCount(keys, bits);
            var filter = new Filter(lines, count, Filter.probes(bits));
            int falsely = 0;
            for (long hash : hashes) {
                assertTrue(filter.mayContain(hash), "seed=" + SEED);
                falsely += filter.mayContain(random.nextLong()) ? 1 : 0;
            }
            // Twice what an ideal filter of unbounded lines would let through.
            double most = 2 * Math.pow(0.6185, bits) + 0.0005;
            double rate = (double) falsely / keys;
            assertTrue(rate < most, "bits=%d rate=%f seed=%d".formatted(bits, rate, SEED));
        }
    }

    @Test
    void aFilterThatWasNotWrittenDeniesNothing() {
        assertTrue(new Filter(Region.allocate(64), 0, 0).mayContain(random.nextLong()));
    }

    @Test
    void tabletsAreCountedOneByOne() {
        var tally = new TabletTally();
        List<Integer> ids = new ArrayList<>();
        for (int i = 0; i < 3000; i++) {
            ids.add(i < 1000 ? i : random.nextInt());
        }
        for (int i = 0; i < ids.size(); i++) {
            tally.add(ids.get(i), 10);
            tally.add(ids.get(random.nextInt(i + 1)), 1);
        }
        Collections.sort(ids, Integer::compareUnsigned);
        var shares = tally.shares();
        assertEquals(
                ids.stream().distinct().toList(),
                shares.stream().map(TableFacts.TabletShare::tablet).toList());
        assertEquals(6000, shares.stream().mapToLong(TableFacts.TabletShare::entries).sum());
        assertEquals(33_000, shares.stream().mapToLong(TableFacts.TabletShare::rawBytes).sum());
    }

    @Test
    void aChecksumIsOfItsFileAndPlace() {
        int here = BlockTrailer.mix(1, 4096);
        for (int bit = 0; bit < 31; bit++) {
            assertTrue(here != BlockTrailer.mix(1, 4096 ^ 1L << bit), "offset bit " + bit);
        }
        for (int bit = 0; bit < 64; bit++) {
            assertTrue(here != BlockTrailer.mix(1 ^ 1L << bit, 4096), "file bit " + bit);
        }
    }

    private static Region block(List<Entry> entries, boolean oneForAll) {
        var builder = new DataBlockBuilder();
        var image = new ByteWriter(64);
        for (Entry e : entries) {
            image.clear();
            EntryImage.write(
                    image,
                    Tables.region(e.key()),
                    1,
                    e.key().length(),
                    e.tablet(),
                    e.trailer(),
                    e.term(),
                    e.expiresAtMillis(),
                    Tables.region(e.value()),
                    1,
                    e.value().length());
            int keyAt = ByteWriter.varintLength(e.key().length());
            builder.add(
                    image.array(),
                    0,
                    image.length(),
                    keyAt,
                    e.key().length(),
                    e.tablet(),
                    oneForAll ? 0 : hash(e.key()));
        }
        var block = new ByteWriter(64);
        int most = builder.size();
        builder.finish(block, 1, 0);
        byte[] bytes = block.toBytes().toByteArray();
        assertEquals("", BlockTrailer.fault(bytes, bytes.length, BlockTrailer.DATA, 1, 0));
        assertEquals("", DataBlockCheck.fault(bytes, bytes.length));
        int padding = DataBlockBuilder.padding(0, most);
        assertTrue(bytes.length <= most + Math.max(padding, most / 20), "size as foretold");
        Region region = Region.allocate(bytes.length);
        region.copyFrom(0, bytes, 0, bytes.length);
        return region;
    }

    private static int lowerBound(
            Region block, Bytes key, int tablet, long trailer, EntryView view) {
        return DataBlock.lowerBound(
                block, 0, key.array(), key.offset(), key.length(), tablet, trailer, view);
    }

    private static long hash(Bytes key) {
        return Filter.hash(key.array(), key.offset(), key.length());
    }

    private List<Separator> separators(int count) {
        var sorted = new TreeSet<Separator>();
        var some = new Entries(random, 1, 1, 0);
        while (sorted.size() < count) {
            Bytes key = some.key();
            sorted.add(
                    random.nextBoolean()
                            ? Separator.after(key)
                            : new Separator(
                                    key, true, random.nextInt(2), random.nextInt(4)));
        }
        return List.copyOf(sorted);
    }

    private static Region index(List<Separator> separators) {
        var builder = new IndexBuilder();
        int at = 0;
        for (Separator separator : separators) {
            builder.add(at, separator);
            at += 100;
        }
        var block = new ByteWriter(64);
        builder.writeLeaf(block, 0, separators.size(), at, 1, 0);
        Region region = Region.allocate(block.length());
        region.copyFrom(0, block.array(), 0, block.length());
        assertEquals("", IndexCheck.fault(region, 0, block.length(), 0, at));
        return region;
    }
}
