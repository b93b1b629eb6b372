package norikv.adapter.nio;

import java.nio.ByteBuffer;
import norikv.bytes.ByteWriter;

/// A link that was recorded: gives its reader the bytes it was made of, then the end.
final class HeldLink implements Link {
    private final ByteBuffer input;
    private final ByteWriter output = new ByteWriter(512);
    private boolean closed;

    HeldLink(byte[] input) {
        this.input = ByteBuffer.wrap(input);
    }

    /// {@return what was written, from the beginning}
    byte[] written() {
        return output.toBytes().toByteArray();
    }

    boolean isClosed() {
        return closed;
    }

    @Override
    public int read(ByteBuffer target) {
        if (!input.hasRemaining()) {
            return -1;
        }
        int count = Math.min(input.remaining(), target.remaining());
        target.put(input.slice(input.position(), count));
        input.position(input.position() + count);
        return count;
    }

    @Override
    public void write(ByteBuffer source) {
        output.bytes(source.array(), source.arrayOffset() + source.position(), source.remaining());
        source.position(source.limit());
    }

    @Override
    public void endInput() {
        input.position(input.limit());
    }

    @Override
    public void endOutput() {}

    @Override
    public String peer() {
        return "a test";
    }

    @Override
    public void close() {
        closed = true;
    }
}
