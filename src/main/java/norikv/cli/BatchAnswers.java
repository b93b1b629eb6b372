package norikv.cli;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToIntFunction;
import norikv.bytes.Bytes;
import norikv.domain.ErrorCode;
import norikv.domain.Item;
import norikv.domain.NoriException;
import norikv.domain.Precondition;
import norikv.domain.Reply;
import norikv.domain.Request;
import norikv.domain.Version;
import norikv.json.Json;

/// Prints one line for each operation of a batch, and remembers what is to be told at the end.
///
/// ```text
/// {"line":1,"op":"put","ok":true,"version":{"term":1,"index":8},"shard":928}
/// {"line":2,"op":"get","ok":true,"found":false,"shard":928}
/// {"line":3,"op":"delete","ok":false,"error":{"code":"PRECONDITION_FAILED",…},"shard":928}
/// ```
///
/// An operation whose condition does not hold and a read of a key that is not there are answers:
/// those behind them are done all the same. Every other failure ends the batch.
final class BatchAnswers {
    private final Terminal terminal;
    private final ToIntFunction<Bytes> shardOf;
    private final boolean missingIsFine;
    private long answered;
    private long failed;
    private long unsure;
    private long lastLine;

    /// What the exit code tells: the first outcome that is not known, else the first failure; null:
    /// there is none.
    private Failure told;

    /// @param missingIsFine whether a read of a key that is not there is done
    BatchAnswers(Terminal terminal, ToIntFunction<Bytes> shardOf, boolean missingIsFine) {
        this.terminal = terminal;
        this.shardOf = shardOf;
        this.missingIsFine = missingIsFine;
    }

    private record Failure(long line, String op, NoriException what) {}

    /// Prints the answer.
    ///
    /// @return whether the batch goes on
    boolean answered(BatchPipe.Line line, Reply reply) throws IOException {
        Request.Single operation = line.operation();
        String op = name(operation);
        Json.Obj object = Json.object().with("line", line.number()).with("op", op);
        boolean goesOn = true;
        switch (reply) {
            case Reply.Written(var at) ->
                    object.with("ok", true).with("version", JsonItem.version(at));
            case Reply.Deleted(var existed, var at) ->
                    object.with("ok", true)
                            .with("existed", existed)
                            .with("version", JsonItem.version(at));
            case Reply.Found(var value, var at, var expiresAtMillis, _) -> {
                object.with("ok", true).with("found", true);
                JsonItem.shown(object, new Item(operation.key(), value, at, expiresAtMillis));
            }
            case Reply.Missing _ -> missing(line, op, object);
            case Reply.Mismatch(var actual) -> mismatch(line, op, object, actual);
            default -> {
                fail(line, op, object, meaning(reply));
                goesOn = false;
            }
        }
        object.with("shard", shardOf.applyAsInt(operation.key()));
        terminal.println(object.toString());
        answered++;
        lastLine = line.number();
        return goesOn;
    }

    private static String name(Request.Single operation) {
        return switch (operation) {
            case Request.Get _ -> "get";
            case Request.Put _ -> "put";
            case Request.Delete _ -> "delete";
        };
    }

    private void missing(BatchPipe.Line line, String op, Json.Obj object) {
        object.with("ok", true).with("found", false);
        if (!missingIsFine) {
            remember(
                    line,
                    op,
                    new NoriException.Malformed(ErrorCode.NOT_FOUND, "no such key"));
        }
    }

    private void mismatch(BatchPipe.Line line, String op, Json.Obj object, Version actual) {
        Precondition condition = ((Request.Write) line.operation()).condition();
        boolean ifAbsent = condition instanceof Precondition.IfAbsent;
        String expected =
                condition instanceof Precondition.IfVersion(var required)
                        ? "version " + required
                        : "no live value";
        boolean isMissing = actual.equals(Version.NONE);
        String found = isMissing ? "no live value" : "version " + actual;
        String message =
                "%s expected, found %s; nothing was written".formatted(expected, found);
        fail(
                line,
                op,
                object,
                new NoriException.Mismatch(
                        ifAbsent ? ErrorCode.ALREADY_EXISTS : ErrorCode.PRECONDITION_FAILED,
                        message,
                        actual));
        if (!isMissing) {
            object.with("found_version", JsonItem.version(actual));
        }
    }

    private static NoriException meaning(Reply reply) {
        return reply instanceof Reply.Failed why
                ? NoriException.of(why)
                : new NoriException.Broken(
                        ErrorCode.INTERNAL,
                        "unexpected answer " + reply.getClass().getSimpleName());
    }

    private void fail(BatchPipe.Line line, String op, Json.Obj object, NoriException what) {
        remember(line, op, what);
        object.with("ok", false)
                .with(
                        "error",
                        Json.object()
                                .with("code", what.code().name())
                                .with("message", what.getMessage())
                                .with("exit_code", what.code().exitCode()));
    }

    private void remember(BatchPipe.Line line, String op, NoriException what) {
        failed++;
        boolean isUnsure = what.code().isIndeterminate();
        unsure += isUnsure ? 1 : 0;
        if (told == null || isUnsure && !told.what().code().isIndeterminate()) {
            told = new Failure(line.number(), op, what);
        }
    }

    /// Tells what failed, if anything did.
    ///
    /// @param isWhole whether all that there was is answered
    void check(boolean isWhole) {
        if (told == null) {
            return;
        }
        List<String> details = details();
        if (!isWhole) {
            details.add("nothing behind line %d was sent".formatted(lastLine));
        }
        ErrorCode code = told.what().code();
        throw new Complaint(
                code.name(),
                code.exitCode(),
                "batch: line %d: %s: %s"
                        .formatted(told.line(), told.op(), told.what().getMessage()),
                details,
                "");
    }

    /// {@return that `found` is no operation, and what was done before it}
    Complaint badLine(BadLine found) {
        List<String> details = details();
        details.add("nothing from line %d on was sent".formatted(found.line()));
        return new Complaint(
                found.cause().code().name(),
                found.cause().code().exitCode(),
                "batch: line " + found.line() + ": " + found.cause().getMessage(),
                details,
                "norikv help batch shows what a line looks like");
    }

    private List<String> details() {
        List<String> details = new ArrayList<>();
        details.add(
                "%d operations were sent and answered: %d done, %d not, %d perhaps"
                        .formatted(answered, answered - failed, failed - unsure, unsure));
        return details;
    }
}
