package norikv.cli;

import norikv.domain.NoriException;

/// A line of an import that is no item, or could not be written.
final class BadLine extends Exception {
    private final long line;
    private final NoriException cause;
    private boolean sent;

    BadLine(long line, NoriException cause) {
        super(cause);
        this.line = line;
        this.cause = cause;
    }

    /// Notes that the server was asked to write it; returns this.
    BadLine sent() {
        sent = true;
        return this;
    }

    long line() {
        return line;
    }

    NoriException cause() {
        return cause;
    }

    /// {@return whether the server was asked to write it}
    boolean wasSent() {
        return sent;
    }
}
