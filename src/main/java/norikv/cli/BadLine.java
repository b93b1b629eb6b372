package norikv.cli;

import norikv.domain.NoriException;

/// A line of an import or batch that is none, or could not be written.
final class BadLine extends Exception {
    private final long line;
    private final NoriException cause;
    BadLine(long line, NoriException cause) {
        super(cause);
        this.line = line;
        this.cause = cause;
    }

    long line() {
        return line;
    }

    NoriException cause() {
        return cause;
    }
}
