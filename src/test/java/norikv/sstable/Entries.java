package norikv.sstable;

import java.util.NavigableSet;
import java.util.TreeSet;
import java.util.random.RandomGenerator;
import norikv.bytes.Bytes;

/// Makes sets of entries by chance, of all the shapes that a table may meet.
final class Entries {
    private final RandomGenerator random;
    private final int tablets;
    private final int versionsMax;
    private final int valueBytesMax;

    /// @param tablets how many tablets the entries are spread over
    /// @param versionsMax how many versions a key has at most
    /// @param valueBytesMax how long a value is at most; now and then one is ten times that
    Entries(RandomGenerator random, int tablets, int versionsMax, int valueBytesMax) {
        this.random = random;
        this.tablets = tablets;
        this.versionsMax = versionsMax;
        this.valueBytesMax = valueBytesMax;
    }

    NavigableSet<Entry> some(int keys) {
        NavigableSet<Entry> entries = new TreeSet<>();
        for (int i = 0; i < keys; i++) {
            Bytes key = key();
            int versions = 1 + random.nextInt(versionsMax);
            for (int v = 0; v < versions; v++) {
                entries.add(entry(key));
            }
        }
        return entries;
    }

    /// {@return a key as users have them: short ones, long ones, ones that share a lot, ones that
    /// are others' beginnings, ones of bytes at both ends of the range}
    Bytes key() {
        return switch (random.nextInt(6)) {
            case 0 -> Bytes.utf8("user:%06d".formatted(random.nextInt(100_000)));
            case 1 -> Bytes.utf8("a".repeat(random.nextInt(40)));
            case 2 -> bytes(random.nextInt(20), 256);
            case 3 -> Bytes.utf8("x/" + "deep/".repeat(random.nextInt(60)) + random.nextInt(50));
            case 4 -> edges(random.nextInt(12));
            default -> bytes(1 + random.nextInt(4), 4);
        };
    }

    private Entry entry(Bytes key) {
        int kind = random.nextInt(3);
        long index = 1 + (random.nextBoolean() ? random.nextInt(1000) : random.nextLong(1L << 56));
        long trailer = (Math.min(index, TableFormat.INDEX_MAX) << 8) | kind;
        long expiry = kind == Cursor.KIND_PUT_TTL ? 1 + random.nextLong(Long.MAX_VALUE - 1) : 0;
        int tablet = random.nextInt(tablets) * (random.nextInt(4) == 0 ? 0x4000_0001 : 1);
        long term = random.nextLong() >>> random.nextInt(1, 64);
        Bytes value = kind == Cursor.KIND_DELETE ? Bytes.EMPTY : value();
        return new Entry(key, tablet, trailer, term, expiry, value);
    }

    private Bytes value() {
        int length = random.nextInt(valueBytesMax + 1);
        return bytes(random.nextInt(50) == 0 ? 10 * length : length, 256);
    }

    private Bytes bytes(int length, int of) {
        byte[] bytes = new byte[length];
        for (int i = 0; i < length; i++) {
            bytes[i] = (byte) random.nextInt(of);
        }
        return Bytes.wrap(bytes);
    }

    private Bytes edges(int length) {
        byte[] bytes = new byte[length];
        for (int i = 0; i < length; i++) {
            bytes[i] = (byte) (random.nextBoolean() ? 0xff : 0);
        }
        return Bytes.wrap(bytes);
    }
}
