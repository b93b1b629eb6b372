package norikv.sstable;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.NavigableSet;
import java.util.random.RandomGenerator;
import norikv.bytes.Bytes;

/// Asks a table and its twin, a plain sorted set, the same questions.
final class TwinCheck {
    private final Table table;
    private final NavigableSet<Entry> twin;
    private final Entries entries;
    private final RandomGenerator random;
    private final String from;
    private final List<Entry> all;

    TwinCheck(
            Table table,
            NavigableSet<Entry> twin,
            Entries entries,
            RandomGenerator random,
            String from) {
        this.table = table;
        this.twin = twin;
        this.entries = entries;
        this.random = random;
        this.from = from;
        this.all = List.copyOf(twin);
    }

    void run() {
        var hit = new Hit();
        try (var cursor = new TableCursor()) {
            cursor.attach(table, Reach.DISK);
            for (int i = 0; i < 300; i++) {
                Entry near = near();
                checkGet(near.key(), near.tablet(), near.index(), hit);
                checkGet(near.key(), near.tablet(), TableFormat.INDEX_MAX, hit);
                checkSeek(cursor, near);
                walk(cursor);
            }
        }
    }

    /// {@return an entry of the table, or one like those but mostly absent}
    private Entry near() {
        Entry some = all.get(random.nextInt(all.size()));
        Bytes key =
                switch (random.nextInt(4)) {
                    case 0 -> entries.key();
                    case 1 -> some.key().successor();
                    default -> some.key();
                };
        long index = Math.clamp(some.index() + random.nextInt(-1, 2), 0, TableFormat.INDEX_MAX);
        int tablet = random.nextInt(4) == 0 ? random.nextInt() : some.tablet();
        return new Entry(key, tablet, index << 8 | 0xff, 0, 0, Bytes.EMPTY);
    }

    private void checkGet(Bytes key, int tablet, long indexMax, Hit hit) {
        Entry expected = twin.ceiling(lowest(key, tablet, indexMax << 8 | 0xff));
        boolean there =
                expected != null && expected.key().equals(key) && expected.tablet() == tablet;
        Answer answer = Tables.get(table, key, tablet, indexMax, Reach.DISK, hit);
        assertEquals(there ? Answer.FOUND : Answer.MISSING, answer, from);
        if (there) {
            assertEquals(expected, Entry.of(key, tablet, hit), from);
            assertEquals(expected.trailer() & 0xff, hit.kind(), from);
            assertEquals(expected.index(), hit.index(), from);
        }
    }

    private void checkSeek(TableCursor cursor, Entry near) {
        byte[] key = new byte[near.key().length() + 2];
        near.key().copyTo(key, 1);
        Entry place = lowest(near.key(), near.tablet(), near.trailer());
        Entry start = lowest(near.key(), 0, -1);
        switch (random.nextInt(5)) {
            case 0 -> {
                cursor.seek(key, 1, near.key().length(), near.tablet(), near.trailer());
                checkAt(cursor, twin.ceiling(place));
            }
            case 1 -> {
                cursor.seek(key, 1, near.key().length());
                checkAt(cursor, twin.ceiling(start));
            }
            case 2 -> {
                cursor.seekBefore(key, 1, near.key().length());
                checkAt(cursor, twin.lower(start));
            }
            case 3 -> {
                cursor.seekToFirst();
                checkAt(cursor, twin.first());
            }
            default -> {
                cursor.seekToLast();
                checkAt(cursor, twin.last());
            }
        }
    }

    private void walk(TableCursor cursor) {
        for (int step = random.nextInt(12); step > 0 && cursor.isValid(); step--) {
            Entry at = Entry.at(cursor);
            if (random.nextBoolean()) {
                cursor.next();
                checkAt(cursor, twin.higher(at));
            } else {
                cursor.prev();
                checkAt(cursor, twin.lower(at));
            }
        }
    }

    private void checkAt(TableCursor cursor, Entry expected) {
        assertEquals(expected != null, cursor.isValid(), from);
        if (expected != null) {
            assertEquals(expected, Entry.at(cursor), from);
            Bytes key = expected.key();
            assertEquals(
                    Keys.prefix(key.array(), key.offset(), key.offset() + key.length()),
                    cursor.keyPrefix(),
                    from);
        }
        assertTrue(!cursor.isCold(), from);
    }

    private static Entry lowest(Bytes key, int tablet, long trailer) {
        return new Entry(key, tablet, trailer, 0, 0, Bytes.EMPTY);
    }

    /// {@return the entries that a cursor meets from its place on, `max` of them}
    static List<Entry> from(Cursor cursor, int max) {
        List<Entry> met = new ArrayList<>();
        for (int i = 0; i < max && cursor.isValid(); i++) {
            met.add(Entry.at(cursor));
            cursor.next();
        }
        return met;
    }
}
