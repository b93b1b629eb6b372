package norikv.it;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import norikv.bytes.Bytes;
import norikv.domain.Item;
import norikv.domain.Version;

/// What the one writer of some keys knows of them: the last state that was acknowledged or seen,
/// and the one write that is under way, which may be there or not but never in part.
///
/// **Threads.** Its writer's; while that rests, whoever looks.
final class Ledger {
    /// Stands for no value.
    static final long ABSENT = 0;

    private static final long NONE = -1;
    private static final int VALUE_HEAD_BYTES = 8;
    private static final int VALUE_BYTES_MAX = 8 << 10;

    private final String prefix;
    private final Entry[] entries;

    /// What is known of one key: `pending` is the number of a write under way, or [#NONE].
    private record Entry(long number, Version version, long pending) {
        boolean isLive() {
            return number != ABSENT;
        }
    }

    Ledger(String prefix, int keys) {
        this.prefix = prefix;
        this.entries = new Entry[keys];
        java.util.Arrays.fill(entries, new Entry(ABSENT, Version.NONE, NONE));
    }

    Bytes key(int key) {
        return Bytes.utf8("%s%04d".formatted(prefix, key));
    }

    /// {@return a value that neither a part of it nor that of another write is mistaken for}
    Bytes value(int key, long number) {
        Random content = new Random(31 * number + key(key).hashCode());
        byte[] bytes = new byte[VALUE_HEAD_BYTES + content.nextInt(VALUE_BYTES_MAX)];
        content.nextBytes(bytes);
        ByteBuffer.wrap(bytes).putLong(number);
        return Bytes.wrap(bytes);
    }

    boolean isLive(int key) {
        return entries[key].isLive();
    }

    Version version(int key) {
        return entries[key].version;
    }

    /// The write `number` is about to be sent; [#ABSENT] is a delete.
    void issued(int key, long number) {
        Entry before = entries[key];
        assertEquals(NONE, before.pending, "one write at a time");
        entries[key] = new Entry(before.number, before.version, number);
    }

    void acknowledged(int key, Version at) {
        Entry before = entries[key];
        assertTrue(
                at.compareTo(before.version) > 0,
                () -> "%s: version above %s, got %s".formatted(key(key), before.version, at));
        entries[key] = new Entry(before.pending, at, NONE);
    }

    /// The write did certainly not happen.
    void refused(int key) {
        Entry before = entries[key];
        entries[key] = new Entry(before.number, before.version, NONE);
    }

    /// Compares what was read with what may be, and takes it as the state from here on.
    ///
    /// @param found null where nothing was found
    void check(int key, Item found) {
        Entry known = entries[key];
        if (found == null) {
            assertTrue(
                    !known.isLive() || known.pending == ABSENT,
                    () -> "lost: %s of %s".formatted(key(key).toUtf8(), known));
            entries[key] = new Entry(ABSENT, known.version, NONE);
            return;
        }
        long number = ByteBuffer.wrap(found.value().toByteArray()).getLong();
        assertEquals(value(key, number), found.value(), "a whole value of its own key");
        Version at = found.version();
        boolean isSettled = known.isLive() && number == known.number && at.equals(known.version);
        boolean isPending = number == known.pending && at.compareTo(known.version) > 0;
        assertTrue(
                isSettled || isPending,
                () ->
                        "%s: %s, got write %d at %s"
                                .formatted(key(key).toUtf8(), known, number, at));
        entries[key] = new Entry(number, at, NONE);
    }

    /// {@return the live keys, in byte order}
    List<Bytes> live() {
        List<Bytes> live = new ArrayList<>();
        for (int key = 0; key < entries.length; key++) {
            if (entries[key].isLive()) {
                live.add(key(key));
            }
        }
        return live;
    }

    int size() {
        return entries.length;
    }
}
