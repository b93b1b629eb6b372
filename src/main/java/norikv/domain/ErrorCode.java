package norikv.domain;

import java.util.Optional;

/// The error registry: one number and symbol a cause, for wire, client, HTTP, command line and
/// metrics alike. Numbers are never reused. **Source.** `wire/errors.md`.
public enum ErrorCode {
    INTERNAL(1000, Outcome.DEFINITE, Retry.NO, 500, 1),
    NOT_FOUND(1001, Outcome.DEFINITE, Retry.NO, 404, 3),
    PRECONDITION_FAILED(1002, Outcome.DEFINITE, Retry.APPLICATION, 412, 4),
    ALREADY_EXISTS(1003, Outcome.DEFINITE, Retry.NO, 412, 4),
    /// The idempotency key stands for another request.
    KEY_REUSED(1004, Outcome.DEFINITE, Retry.NO, 422, 2),
    INVALID_ARGUMENT(1101, Outcome.DEFINITE, Retry.NO, 400, 2),
    KEY_TOO_LARGE(1102, Outcome.DEFINITE, Retry.NO, 413, 8),
    VALUE_TOO_LARGE(1103, Outcome.DEFINITE, Retry.NO, 413, 8),
    REQUEST_TOO_LARGE(1104, Outcome.DEFINITE, Retry.NO, 413, 8),
    BAD_CURSOR(1105, Outcome.DEFINITE, Retry.NO, 400, 2),
    MALFORMED_FRAME(1106, Outcome.DEFINITE, Retry.NO, 400, 1),
    NOT_EXECUTED(1107, Outcome.DEFINITE, Retry.AUTOMATIC, 413, 8),
    NOT_LEADER(1201, Outcome.DEFINITE, Retry.AUTOMATIC, 421, 5),
    NO_QUORUM(1202, Outcome.DEFINITE, Retry.BACKOFF, 503, 5),
    UNAVAILABLE(1203, Outcome.DEFINITE, Retry.AUTOMATIC, 503, 5),
    STALE_EPOCH(1204, Outcome.DEFINITE, Retry.AUTOMATIC, 421, 5),
    SHARD_MOVING(1205, Outcome.DEFINITE, Retry.AUTOMATIC, 421, 5),
    RESOURCE_EXHAUSTED(1301, Outcome.DEFINITE, Retry.BACKOFF, 429, 8),
    DISK_WATERMARK(1302, Outcome.DEFINITE, Retry.BACKOFF, 507, 8),
    WRITE_STALL(1303, Outcome.DEFINITE, Retry.BACKOFF, 429, 8),
    UNAUTHENTICATED(1401, Outcome.DEFINITE, Retry.NO, 401, 7),
    PERMISSION_DENIED(1402, Outcome.DEFINITE, Retry.NO, 403, 7),
    INDETERMINATE(1501, Outcome.INDETERMINATE, Retry.IF_IDEMPOTENT, 504, 6),
    /// Nothing was written: a read, or a write that was never proposed, ran out of time.
    DEADLINE_EXCEEDED(1502, Outcome.DEFINITE, Retry.AUTOMATIC, 504, 5),
    /// Nothing remembers whether this write was done before, so it was not done now.
    SESSION_EXPIRED(1503, Outcome.DEFINITE, Retry.NO, 409, 6),
    WATCH_RESET(1601, Outcome.DEFINITE, Retry.APPLICATION, 410, 1),
    CURSOR_EXPIRED(1602, Outcome.DEFINITE, Retry.APPLICATION, 410, 1),
    CORRUPTION(1701, Outcome.DEFINITE, Retry.NO, 500, 9),
    DISK_FAILURE(1702, Outcome.DEFINITE, Retry.NO, 500, 70),
    CANNOT_START(1703, Outcome.DEFINITE, Retry.NO, 500, 11),
    VERSION_UNSUPPORTED(1801, Outcome.DEFINITE, Retry.NO, 426, 12),
    CLUSTER_MISMATCH(1802, Outcome.DEFINITE, Retry.NO, 409, 12);

    /// Whether a failed write may have happened.
    public enum Outcome {
        /// It did not happen.
        DEFINITE,
        /// It may have happened, or may yet.
        INDETERMINATE
    }

    /// Who may try again, and how.
    public enum Retry {
        NO,
        /// The client library, at once or elsewhere.
        AUTOMATIC,
        /// The client library, after waiting.
        BACKOFF,
        /// The application, after it has looked again.
        APPLICATION,
        /// Whoever knows that doing it twice is the same as once.
        IF_IDEMPOTENT
    }

    private final int number;
    private final Outcome outcome;
    private final Retry retry;
    private final int httpStatus;
    private final int exitCode;

    ErrorCode(int number, Outcome outcome, Retry retry, int httpStatus, int exitCode) {
        this.number = number;
        this.outcome = outcome;
        this.retry = retry;
        this.httpStatus = httpStatus;
        this.exitCode = exitCode;
    }

    /// {@return the code with this number, if there is one}
    public static Optional<ErrorCode> byNumber(int number) {
        for (ErrorCode code : values()) {
            if (code.number == number) {
                return Optional.of(code);
            }
        }
        return Optional.empty();
    }

    public int number() {
        return number;
    }

    public Outcome outcome() {
        return outcome;
    }

    public Retry retry() {
        return retry;
    }

    public int httpStatus() {
        return httpStatus;
    }

    public int exitCode() {
        return exitCode;
    }

    public boolean isIndeterminate() {
        return outcome == Outcome.INDETERMINATE;
    }
}
