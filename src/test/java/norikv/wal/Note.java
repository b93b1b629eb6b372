package norikv.wal;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.function.Consumer;

/// A record with a text, that remembers where it became durable.
final class Note extends WalRecord {
    final byte[] bytes;
    private final Consumer<Note> listener;

    /// Where it is; −1 until it is durable.
    volatile long position = -1;

    Note(byte[] bytes, Consumer<Note> listener) {
        this.bytes = bytes;
        this.listener = listener;
    }

    Note(String text) {
        this(text.getBytes(StandardCharsets.UTF_8), _ -> {});
    }

    /// A note of `length` bytes that begins with `text` and goes on with `~`.
    static Note padded(String text, int length) {
        byte[] bytes = new byte[length];
        Arrays.fill(bytes, (byte) '~');
        byte[] begin = text.getBytes(StandardCharsets.UTF_8);
        System.arraycopy(begin, 0, bytes, 0, Math.min(begin.length, length));
        return new Note(bytes, _ -> {});
    }

    /// The text that a padded note begins with.
    static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.UTF_8).replaceAll("~+$", "");
    }

    String text() {
        return text(bytes);
    }

    boolean isDurable() {
        return position >= 0;
    }

    @Override
    protected int length() {
        return bytes.length;
    }

    @Override
    protected void writeTo(ByteBuffer target) {
        target.put(bytes);
    }

    @Override
    protected void durable(long at) {
        if (position >= 0) {
            throw new AssertionError("durable twice: " + text());
        }
        position = at;
        listener.accept(this);
    }
}
