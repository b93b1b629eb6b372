package norikv.lsm;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.NavigableMap;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import norikv.bytes.Bytes;
import norikv.sstable.Cursor;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// The skip list against a slow twin, a [TreeMap].
final class MemtableTest {
    private static final long SEED = Long.getLong("seed", 1);
    private static final int SLAB_BYTES = 8 << 20;

    private final Slabs slabs = new Slabs(SLAB_BYTES, true);
    private final Memtable memtable = new Memtable(slabs.take(SLAB_BYTES), SEED);

    /// The place of an entry in the order of entries.
    private record Place(Bytes key, int tablet, long trailer) implements Comparable<Place> {
        private static final Comparator<Place> ORDER =
                Comparator.comparing(Place::key)
                        .thenComparing(Place::tablet, Integer::compareUnsigned)
                        .thenComparing(Place::trailer, Comparator.reverseOrder());

        @Override
        public int compareTo(Place other) {
            return ORDER.compare(this, other);
        }
    }

    @AfterEach
    void free() {
        slabs.close();
    }

    @Test
    void holdsWhatItsTwinHolds() {
        var random = new SplittableRandom(SEED);
        NavigableMap<Place, Bytes> twin = new TreeMap<>();
        fill(random, 5_000, twin);

        Cursor cursor = memtable.cursor();
        cursor.seekToFirst();
        for (var entry : twin.entrySet()) {
            assertEntry(entry.getKey(), entry.getValue(), cursor);
            cursor.next();
        }
        assertFalse(cursor.isValid());

        cursor.seekToLast();
        for (var entry : twin.descendingMap().entrySet()) {
            assertEntry(entry.getKey(), entry.getValue(), cursor);
            cursor.prev();
        }
        assertFalse(cursor.isValid());
    }

    /// Some bytes of a key are in its node, padded with zeros: keys here have zeros of their own,
    /// and lengths and differences around every boundary.
    @Test
    void keysThatDifferAnywhereOrOnlyInLengthAreInOrderAndFound() {
        var random = new SplittableRandom(SEED);
        NavigableMap<Bytes, Long> twin = new TreeMap<>();
        for (long index = 1; index <= 3_000; index++) {
            byte[] key = new byte[random.nextInt(1, 34)];
            for (int i = 0; i < random.nextInt(3); i++) {
                key[random.nextInt(key.length)] = (byte) random.nextInt(-2, 3);
            }
            twin.put(Bytes.wrap(key), index);
            memtable.insert(key, key.length, 1, index << 8 | 1, 1, 0, Bytes.EMPTY);
        }

        Bytes before = Bytes.EMPTY;
        Cursor cursor = memtable.cursor();
        for (cursor.seekToFirst(); cursor.isValid(); cursor.next()) {
            Bytes key = cursor.keyRegion().bytes(cursor.keyOffset(), cursor.keyLength());
            assertTrue(before.compareTo(key) <= 0, "out of order");
            before = key;
        }
        for (var entry : twin.entrySet()) {
            byte[] key = entry.getKey().toByteArray();
            long prefix = InternalKey.prefixOf(key, 0, key.length);
            int node = memtable.newest(prefix, key, key.length, 1, Long.MAX_VALUE >> 8);
            assertTrue(node != 0, "not found");
            assertEquals(entry.getValue(), memtable.index(node));
            byte[] longer = Arrays.copyOf(key, key.length + 1);
            if (!twin.containsKey(Bytes.wrap(longer))) {
                long padded = InternalKey.prefixOf(longer, 0, longer.length);
                assertEquals(
                        0,
                        memtable.newest(padded, longer, longer.length, 1, Long.MAX_VALUE >> 8));
            }
        }
    }

    @Test
    void seeksLikeItsTwin() {
        var random = new SplittableRandom(SEED);
        NavigableMap<Place, Bytes> twin = new TreeMap<>();
        fill(random, 2_000, twin);

        Cursor cursor = memtable.cursor();
        for (int i = 0; i < 5_000; i++) {
            Bytes key = key(random);
            var least = new Place(key, 0, Long.MAX_VALUE);
            byte[] array = key.toByteArray();
            cursor.seek(array, 0, array.length);
            assertPlace(twin.ceilingKey(least), cursor);
            cursor.seekBefore(array, 0, array.length);
            assertPlace(twin.lowerKey(least), cursor);
        }
    }

    @Test
    void findsTheNewestVersionAtOrBelowAnIndex() {
        var random = new SplittableRandom(SEED);
        NavigableMap<Place, Bytes> twin = new TreeMap<>();
        fill(random, 5_000, twin);

        var result = new GetResult();
        for (int i = 0; i < 10_000; i++) {
            Bytes key = key(random);
            int tablet = 1 + random.nextInt(3);
            long indexMax = random.nextLong(6_000);
            key.copyTo(result.keyOf(key.length()), 0);
            long prefix = InternalKey.prefixOf(result.key, 0, key.length());
            int node = memtable.newest(prefix, result.key, key.length(), tablet, indexMax);
            var found = twin.ceilingEntry(new Place(key, tablet, indexMax << 8 | 0xff));
            boolean hit =
                    found != null
                            && found.getKey().key.equals(key)
                            && found.getKey().tablet == tablet;
            assertEquals(hit, node != 0);
            if (hit) {
                memtable.read(node, result);
                boolean isValue = (found.getKey().trailer & 0xff) != Cursor.KIND_DELETE;
                assertEquals(isValue, result.outcome() == GetResult.Outcome.FOUND);
                if (isValue) {
                    assertEquals(found.getKey().trailer >>> 8, result.index());
                    assertEquals(
                            found.getValue(),
                            Bytes.copyOf(result.value(), 0, result.valueLength()));
                }
            }
        }
    }

    @Test
    void ofOneIndexTheLastOperationComesFirstInBothDirections() {
        byte[] key = "key".getBytes(StandardCharsets.US_ASCII);
        memtable.insert(key, 3, 1, 7 << 8 | Cursor.KIND_PUT, 1, 0, Bytes.utf8("first"));
        memtable.insert(key, 3, 1, 7 << 8 | Cursor.KIND_DELETE, 1, 0, Bytes.EMPTY);
        memtable.insert(key, 3, 1, 7 << 8 | Cursor.KIND_PUT, 1, 0, Bytes.utf8("last"));

        Cursor cursor = memtable.cursor();
        List<String> forward = new ArrayList<>();
        for (cursor.seekToFirst(); cursor.isValid(); cursor.next()) {
            forward.add(value(cursor).toUtf8());
        }
        List<String> backward = new ArrayList<>();
        for (cursor.seekToLast(); cursor.isValid(); cursor.prev()) {
            backward.add(value(cursor).toUtf8());
        }

        assertEquals(List.of("last", "", "first"), forward);
        assertEquals(forward.reversed(), backward);
    }

    /// The writer publishes a count after each insert; readers must find all entries up to the
    /// count they loaded, whole, and walk in order over the rest.
    @Test
    void readersSeeWholeEntriesWhileOneWrites() throws InterruptedException {
        int entries = 20_000;
        var published = new AtomicInteger();
        var checked = new AtomicInteger();
        var failure = new AtomicReference<Throwable>();
        Runnable reading =
                () -> {
                    var random = new SplittableRandom(SEED + Thread.currentThread().threadId());
                    var result = new GetResult();
                    for (int seen = 0; seen < entries; ) {
                        seen = published.get();
                        if (seen > 0) {
                            findWhole(random.nextInt(seen), result);
                            walk(random, 20);
                            checked.incrementAndGet();
                        }
                    }
                };
        Thread[] readers = new Thread[3];
        for (int i = 0; i < readers.length; i++) {
            readers[i] = new Thread(reading);
            readers[i].setUncaughtExceptionHandler((_, e) -> failure.set(e));
            readers[i].start();
        }
        for (int i = 0; i < entries; i++) {
            byte[] key = scattered(i);
            Bytes value = Bytes.wrap(Arrays.copyOf(key, 64));
            memtable.insert(key, key.length, 1, (i + 1L) << 8 | Cursor.KIND_PUT, 1, 0, value);
            published.set(i + 1);
        }
        for (Thread reader : readers) {
            reader.join();
        }

        assertEquals(null, failure.get());
        assertTrue(checked.get() >= readers.length, "readers checked " + checked);
    }

    private void findWhole(int i, GetResult result) {
        byte[] key = scattered(i);
        System.arraycopy(key, 0, result.keyOf(key.length), 0, key.length);
        long prefix = InternalKey.prefixOf(key, 0, key.length);
        int node = memtable.newest(prefix, result.key, key.length, 1, Long.MAX_VALUE >>> 8);
        assertTrue(node != 0, () -> "entry " + i + " is missing");
        memtable.read(node, result);
        assertArrayEquals(Arrays.copyOf(key, 64), Arrays.copyOf(result.value(), 64));
    }

    private void walk(SplittableRandom random, int steps) {
        byte[] from = scattered(random.nextInt(20_000));
        Cursor cursor = memtable.cursor();
        cursor.seek(from, 0, from.length);
        Bytes last = Bytes.EMPTY;
        for (int i = 0; i < steps && cursor.isValid(); i++) {
            Bytes key = keyOf(cursor);
            assertTrue(last.compareTo(key) < 0, "out of order");
            assertEquals(key, value(cursor).slice(0, key.length()));
            last = key;
            cursor.next();
        }
    }

    /// A key for each number; neighbours in number are far apart in order, and many share their
    /// first eight bytes.
    private static byte[] scattered(int i) {
        int mixed = i * 0x9E3779B1;
        return "shared%04x-%08x".formatted(mixed >>> 20, mixed).getBytes(StandardCharsets.US_ASCII);
    }

    private void fill(SplittableRandom random, int entries, NavigableMap<Place, Bytes> twin) {
        for (int i = 1; i <= entries; i++) {
            Bytes key = key(random);
            int tablet = 1 + random.nextInt(3);
            int kind = random.nextInt(3);
            Bytes value =
                    kind == Cursor.KIND_DELETE
                            ? Bytes.EMPTY
                            : Bytes.utf8("v".repeat(random.nextInt(30)) + i);
            long trailer = (long) i << 8 | kind;
            long expiry = kind == Cursor.KIND_PUT_TTL ? i + 1000 : 0;
            byte[] array = key.toByteArray();
            memtable.insert(array, array.length, tablet, trailer, i / 100, expiry, value);
            twin.put(new Place(key, tablet, trailer), value);
        }
    }

    /// Short keys with zeros and high bytes in them, so that prefixes collide.
    private static Bytes key(SplittableRandom random) {
        byte[] key = new byte[1 + random.nextInt(12)];
        for (int i = 0; i < key.length; i++) {
            key[i] = (byte) (random.nextInt(4) == 0 ? 0xff : random.nextInt(2));
        }
        return Bytes.wrap(key);
    }

    private static void assertPlace(Place expected, Cursor cursor) {
        assertEquals(expected != null, cursor.isValid());
        if (expected != null) {
            assertEquals(
                    expected, new Place(keyOf(cursor), cursor.tablet(), cursor.trailer()));
        }
    }

    private static void assertEntry(Place place, Bytes value, Cursor cursor) {
        assertPlace(place, cursor);
        assertEquals(value, value(cursor));
        long index = place.trailer >>> 8;
        boolean expires = (place.trailer & 0xff) == Cursor.KIND_PUT_TTL;
        assertEquals(expires ? index + 1000 : 0, cursor.expiresAtMillis());
        assertEquals(index / 100, cursor.term());
        byte[] key = place.key.toByteArray();
        assertEquals(InternalKey.prefixOf(key, 0, key.length), cursor.keyPrefix());
    }

    private static Bytes keyOf(Cursor cursor) {
        return cursor.keyRegion().bytes(cursor.keyOffset(), cursor.keyLength());
    }

    private static Bytes value(Cursor cursor) {
        return cursor.valueRegion().bytes(cursor.valueOffset(), cursor.valueLength());
    }
}
