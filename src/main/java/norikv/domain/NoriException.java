package norikv.domain;

/// All that may fail, as one family. A kind says what the **caller** may do; the [ErrorCode] says
/// exactly what it was. Messages state place, expectation and found value.
public abstract sealed class NoriException extends RuntimeException {
    private final ErrorCode code;
    private int attempts = 1;
    private long retryAfterMillis;

    private NoriException(ErrorCode code, String message, Throwable cause) {
        super(message, cause);
        this.code = code;
    }

    private NoriException(ErrorCode code, String message) {
        super(message);
        this.code = code;
    }

    /// {@return the exception for an argument outside of its limits}
    public static Malformed invalid(String message) {
        return new Malformed(ErrorCode.INVALID_ARGUMENT, message);
    }

    /// {@return the exception that says what a failed reply says}
    public static NoriException of(Reply.Failed failed) {
        NoriException exception = ofKind(failed);
        exception.retryAfterMillis = failed.retryAfterMillis();
        return exception;
    }

    private static NoriException ofKind(Reply.Failed failed) {
        String message = failed.message();
        return switch (failed.code()) {
            case NOT_LEADER, STALE_EPOCH, SHARD_MOVING ->
                    new NotLeader(failed.code(), message, failed.leader());
            case RESOURCE_EXHAUSTED, DISK_WATERMARK, WRITE_STALL ->
                    new Overloaded(failed.code(), message, failed.retryAfterMillis());
            case NO_QUORUM, UNAVAILABLE, DEADLINE_EXCEEDED, NOT_EXECUTED, SESSION_EXPIRED ->
                    new Unavailable(failed.code(), message);
            case INDETERMINATE -> new Indeterminate(message);
            case CORRUPTION -> new Corruption(message);
            case DISK_FAILURE, INTERNAL -> new Broken(failed.code(), message);
            case CANNOT_START, VERSION_UNSUPPORTED, CLUSTER_MISMATCH ->
                    new Refused(failed.code(), message);
            case NOT_FOUND,
                    PRECONDITION_FAILED,
                    ALREADY_EXISTS,
                    KEY_REUSED,
                    INVALID_ARGUMENT,
                    KEY_TOO_LARGE,
                    VALUE_TOO_LARGE,
                    REQUEST_TOO_LARGE,
                    BAD_CURSOR,
                    MALFORMED_FRAME,
                    UNAUTHENTICATED,
                    PERMISSION_DENIED,
                    WATCH_RESET,
                    CURSOR_EXPIRED ->
                    new Malformed(failed.code(), message);
        };
    }

    public ErrorCode code() {
        return code;
    }

    /// {@return how often it was tried before it was given up}
    public int attempts() {
        return attempts;
    }

    /// Says that it was tried `count` times; whoever tried calls this before throwing.
    ///
    /// @return this
    public NoriException after(int count) {
        attempts = count;
        return this;
    }

    /// {@return how long to wait before trying again, in milliseconds; 0: no advice}
    public long retryAfterMillis() {
        return retryAfterMillis;
    }

    /// {@return the reply that says the same}
    public Reply.Failed toReply() {
        return new Reply.Failed(code, getMessage(), retryAfterMillis());
    }

    /// Go to another node.
    public static final class NotLeader extends NoriException {
        private final String leader;

        public NotLeader(ErrorCode code, String message) {
            this(code, message, "");
        }

        /// @param leader the name of the node to go to; empty if none is known
        public NotLeader(ErrorCode code, String message, String leader) {
            super(code, message);
            this.leader = leader;
        }

        /// {@return the name of the node to go to; empty if none is known}
        public String leader() {
            return leader;
        }

        @Override
        public Reply.Failed toReply() {
            return new Reply.Failed(code(), getMessage(), retryAfterMillis(), leader);
        }
    }

    /// Try again later, after [#retryAfterMillis()]: nothing was written.
    public static final class Overloaded extends NoriException {
        public Overloaded(ErrorCode code, String message, long retryAfterMillis) {
            super(code, message);
            super.retryAfterMillis = retryAfterMillis;
        }
    }

    /// Try again later: nothing was written.
    public static final class Unavailable extends NoriException {
        public Unavailable(ErrorCode code, String message) {
            super(code, message);
        }

        public Unavailable(ErrorCode code, String message, Throwable cause) {
            super(code, message, cause);
        }
    }

    /// The write may have happened, or may yet: try again only if doing it twice is the same.
    public static final class Indeterminate extends NoriException {
        public Indeterminate(String message) {
            super(ErrorCode.INDETERMINATE, message);
        }

        public Indeterminate(String message, Throwable cause) {
            super(ErrorCode.INDETERMINATE, message, cause);
        }
    }

    /// Never try this again: the request itself is wrong, or its condition did not hold.
    public static final class Malformed extends NoriException {
        public Malformed(ErrorCode code, String message) {
            super(code, message);
        }
    }

    /// The condition of a write did not hold and nothing was written: look again, then decide.
    public static final class Mismatch extends NoriException {
        private final Version actual;

        public Mismatch(ErrorCode code, String message, Version actual) {
            super(code, message);
            this.actual = actual;
        }

        /// {@return the version that the key has, or [Version#NONE] if it has no live value}
        public Version actual() {
            return actual;
        }
    }

    /// Stop trusting this file: what is stored is not what was written.
    public static final class Corruption extends NoriException {
        public Corruption(String message) {
            super(ErrorCode.CORRUPTION, message);
        }

        public Corruption(String message, Throwable cause) {
            super(ErrorCode.CORRUPTION, message, cause);
        }
    }

    /// Stop using this file: the disk refused. After a failed force it takes no more writes.
    public static final class DiskFailure extends NoriException {
        /// Why the disk refused, as far as a caller may treat it differently.
        public enum Reason {
            /// No room: nothing is broken, and room may come back.
            FULL,
            /// Anything else.
            BROKEN
        }

        private final Reason reason;

        public DiskFailure(Reason reason, String message, Throwable cause) {
            super(
                    reason == Reason.FULL ? ErrorCode.DISK_WATERMARK : ErrorCode.DISK_FAILURE,
                    message,
                    cause);
            this.reason = reason;
        }

        public Reason reason() {
            return reason;
        }
    }

    /// Something inside is wrong; a bug or a broken machine.
    public static final class Broken extends NoriException {
        public Broken(ErrorCode code, String message) {
            super(code, message);
        }

        public Broken(ErrorCode code, String message, Throwable cause) {
            super(code, message, cause);
        }
    }

    /// The node will not start, or not talk to this peer, until a person changes something.
    public static final class Refused extends NoriException {
        public Refused(ErrorCode code, String message) {
            super(code, message);
        }

        public Refused(ErrorCode code, String message, Throwable cause) {
            super(code, message, cause);
        }
    }

    /// It is closed, or closing: nothing was written.
    public static final class Closed extends NoriException {
        public Closed(String message) {
            super(ErrorCode.UNAVAILABLE, message);
        }
    }
}
