package norikv.cli;

import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;

/// Cuts a stream into lines without ever holding more than one and a buffer.
///
/// **Limits.** A line has at most [#LINE_BYTES_MAX] bytes: what the longest key and value take when
/// every byte of them is escaped.
final class LineReader {
    static final int LINE_BYTES_MAX = 8 << 20;

    private static final int BUFFER_BYTES = 256 << 10;

    private final InputStream in;
    private byte[] array = new byte[BUFFER_BYTES];
    private int from;
    private int to;
    private int lineFrom;
    private int lineEnd;
    private long number;
    private boolean ended;

    LineReader(InputStream in) {
        this.in = in;
    }

    /// Moves on to the next line, the last one with or without a line end.
    ///
    /// @return false when there is none
    boolean next() throws IOException {
        int scanned = from;
        while (true) {
            while (scanned < to && array[scanned] != '\n') {
                scanned++;
            }
            if (scanned < to || ended && from < to) {
                lineFrom = from;
                lineEnd = scanned;
                from = Math.min(to, scanned + 1);
                number++;
                return true;
            }
            if (ended) {
                return false;
            }
            scanned -= from;
            fill();
        }
    }

    /// {@return whether the next line may be long in coming: the buffer has no end of one, and the
    /// stream nothing yet}
    boolean mayWait() throws IOException {
        for (int i = from; i < to; i++) {
            if (array[i] == '\n') {
                return false;
            }
        }
        return !ended && in.available() == 0;
    }

    /// {@return the buffer that the line lies in, from [#lineFrom()] to [#lineEnd()], until the
    /// next call of [#next()]}
    byte[] array() {
        return array;
    }

    int lineFrom() {
        return lineFrom;
    }

    int lineEnd() {
        return lineEnd;
    }

    /// {@return the number of the line, from 1}
    long number() {
        return number;
    }

    /// {@return whether nothing but spaces stands in the line}
    boolean isBlank() {
        for (int i = lineFrom; i < lineEnd; i++) {
            if (array[i] != ' ' && array[i] != '\t' && array[i] != '\r') {
                return false;
            }
        }
        return true;
    }

    private void fill() throws IOException {
        System.arraycopy(array, from, array, 0, to - from);
        to -= from;
        from = 0;
        if (to == array.length) {
            if (to >= LINE_BYTES_MAX) {
                throw new LineTooLong(number + 1);
            }
            array = Arrays.copyOf(array, Math.min(LINE_BYTES_MAX, 2 * array.length));
        }
        int count = in.read(array, to, array.length - to);
        if (count < 0) {
            ended = true;
        } else {
            to += count;
        }
    }

    /// A line that no item needs.
    static final class LineTooLong extends IOException {
        private final long line;

        LineTooLong(long line) {
            super("want at most " + LINE_BYTES_MAX + " bytes a line");
            this.line = line;
        }

        long line() {
            return line;
        }
    }
}
