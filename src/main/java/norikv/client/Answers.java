package norikv.client;

import java.util.Optional;
import norikv.bytes.Bytes;
import norikv.domain.ErrorCode;
import norikv.domain.Item;
import norikv.domain.NoriException;
import norikv.domain.Precondition;
import norikv.domain.Reply;
import norikv.domain.Request;
import norikv.domain.Version;

/// Turns replies into what callers asked for, or into the exception that says why not.
final class Answers {
    private Answers() {}

    static Optional<Item> item(Bytes key, Reply reply, int attempts) {
        return switch (reply) {
            case Reply.Found(var value, var at, var expiresAtMillis, _) ->
                    Optional.of(new Item(key, value, at, expiresAtMillis));
            case Reply.Missing _ -> Optional.empty();
            default -> throw failure("get", reply, attempts);
        };
    }

    static Version version(Precondition condition, Reply reply, int attempts) {
        return switch (reply) {
            case Reply.Written(var at) -> at;
            case Reply.Mismatch(var actual) -> throw mismatch("put", condition, actual, attempts);
            default -> throw failure("put", reply, attempts);
        };
    }

    static Reply.Deleted deleted(Precondition condition, Reply reply, int attempts) {
        return switch (reply) {
            case Reply.Deleted deleted -> deleted;
            case Reply.Mismatch(var actual) ->
                    throw mismatch("delete", condition, actual, attempts);
            default -> throw failure("delete", reply, attempts);
        };
    }

    static Reply.Status status(Reply reply, int attempts) {
        return reply instanceof Reply.Status status ? status : throwing("status", reply, attempts);
    }

    static Reply.Topology topology(Reply reply, int attempts) {
        return reply instanceof Reply.Topology topology
                ? topology
                : throwing("topology", reply, attempts);
    }

    /// {@return the answers to a batch, one an operation}
    static Reply.Batched batched(Request.Batch batch, Reply reply, int attempts) {
        int expected = batch.operations().size();
        if (reply instanceof Reply.Batched batched && batched.replies().size() == expected) {
            return batched;
        }
        throw failure("batch", reply, attempts);
    }

    static void pong(Reply reply, int attempts) {
        if (!(reply instanceof Reply.Missing)) {
            throw failure("ping", reply, attempts);
        }
    }

    static NoriException failure(String verb, Reply reply, int attempts) {
        if (reply == Calls.CLOSED) {
            return new NoriException.Closed(Calls.CLOSED.message());
        }
        if (reply instanceof Reply.Failed(var code, var message, var retryAfterMillis, _)) {
            String text = message.startsWith(verb + ":") ? message : verb + ": " + message;
            if (attempts > 1) {
                text += " (%d attempts)".formatted(attempts);
            }
            return NoriException.of(new Reply.Failed(code, text, retryAfterMillis))
                    .after(attempts);
        }
        return new NoriException.Broken(
                        ErrorCode.INTERNAL,
                        "%s: the node gave the answer to another question: %s"
                                .formatted(verb, reply.getClass().getSimpleName()))
                .after(attempts);
    }

    private static <T> T throwing(String verb, Reply reply, int attempts) {
        throw failure(verb, reply, attempts);
    }

    private static NoriException mismatch(
            String verb, Precondition condition, Version actual, int attempts) {
        boolean ifAbsent = condition instanceof Precondition.IfAbsent;
        String expected =
                switch (condition) {
                    case Precondition.IfAbsent _ -> "no live value";
                    case Precondition.IfVersion(var required) -> "version " + required;
                    case Precondition.None _ -> "anything";
                };
        String found = actual.equals(Version.NONE) ? "no live value" : "version " + actual;
        return new NoriException.Mismatch(
                        ifAbsent ? ErrorCode.ALREADY_EXISTS : ErrorCode.PRECONDITION_FAILED,
                        "%s: %s expected, found %s; nothing was written"
                                .formatted(verb, expected, found),
                        actual)
                .after(attempts);
    }
}
