package norikv.adapter.nio;

import java.io.IOException;
import java.nio.ByteBuffer;

/// A byte stream in both directions, whatever carries it: framing sees this and never a socket, so
/// that encryption can be put below.
///
/// **Threads.** One reader and one writer at a time; any may close.
interface Link extends AutoCloseable {
    /// Waits for bytes and puts what is there into `target`.
    ///
    /// @return how many, at least 1; −1 when the peer sends no more
    int read(ByteBuffer target) throws IOException;

    /// Writes all that remains of `source`, waiting while the peer does not read.
    void write(ByteBuffer source) throws IOException;

    /// Takes no more bytes from the peer: the reader gets the end, even if more has arrived.
    void endInput();

    /// Tells the peer that no more bytes will come.
    void endOutput();

    /// {@return the peer's address, for people}
    String peer();

    /// Ends both directions; a read or write under way fails. Calling it again does nothing.
    @Override
    void close();
}
