package norikv.cli;

import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import norikv.client.Norikv;
import norikv.domain.Consistency;
import norikv.domain.NoriException;
import norikv.domain.Request;
import norikv.json.JsonReader;

/// `norikv batch [FILE]`: does what each line says, as [JsonOperation] draws it, and answers each
/// with a line, in their order, as [BatchAnswers] draws it. Operations on one key are done in their
/// order, others in any. All that was read is answered before it waits for more.
///
/// **Errors.** Nothing is passed over: the first line that is no operation, or fails otherwise than
/// by its own condition, ends the batch; what was sent by then is answered, and what was not is
/// said. **Limits.** Those of [BatchPipe] and [LineReader].
final class BatchCommand implements Command {
    @Override
    public int run(Arguments arguments, Terminal terminal) throws IOException {
        arguments.output(terminal, "ndjson");
        List<String> operands = arguments.operands(0, 1);
        String file = operands.isEmpty() ? "-" : operands.getFirst();
        boolean missingIsFine = arguments.has(GetCommand.ALLOW_MISSING);
        try (Norikv client = Client.connect(arguments, terminal)) {
            var answers =
                    new BatchAnswers(
                            terminal,
                            key -> client.sharding().shardOf(key).number(),
                            missingIsFine);
            var pipe =
                    new BatchPipe(
                            client,
                            terminal.loops(),
                            Client.timeout(arguments),
                            answers::answered);
            try (InputStream in = terminal.open(file)) {
                read(in, pipe, answers, client.options().consistency(), terminal);
            }
        } catch (NoriException e) {
            throw Client.complaint("batch", "", e, List.of());
        }
        return 0;
    }

    private static void read(
            InputStream in,
            BatchPipe pipe,
            BatchAnswers answers,
            Consistency level,
            Terminal terminal)
            throws IOException {
        LineReader lines = new LineReader(in);
        try {
            while (pipe.isOpen() && lines.next()) {
                if (!lines.isBlank()) {
                    pipe.put(lines.number(), operation(lines, level));
                }
                if (lines.mayWait()) {
                    pipe.finish();
                    terminal.out().flush();
                }
            }
            pipe.finish();
        } catch (LineReader.LineTooLong e) {
            var found = new BadLine(e.line(), NoriException.invalid(e.getMessage()));
            throw stop(found, pipe, answers);
        } catch (BadLine e) {
            throw stop(e, pipe, answers);
        }
        answers.check(pipe.isOpen());
    }

    /// Does what stands before the line that cannot be, and says exactly how far it came.
    private static Complaint stop(BadLine found, BatchPipe pipe, BatchAnswers answers)
            throws IOException {
        pipe.finish();
        if (!pipe.isOpen()) {
            answers.check(false);
        }
        return answers.badLine(found);
    }

    private static Request.Single operation(LineReader lines, Consistency level) throws BadLine {
        try {
            return JsonOperation.read(lines.array(), lines.lineFrom(), lines.lineEnd(), level);
        } catch (JsonReader.Malformed e) {
            throw new BadLine(lines.number(), NoriException.invalid(e.getMessage()));
        } catch (NoriException e) {
            throw new BadLine(lines.number(), e);
        }
    }
}
