package norikv.cli;

import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import norikv.client.Norikv;
import norikv.domain.Item;
import norikv.domain.Limits;
import norikv.domain.NoriException;
import norikv.json.Json;
import norikv.json.JsonReader;

/// `norikv import [FILE]`: writes every item of an export. A later line with the same key wins.
///
/// **Errors.** Nothing is passed over: the first line that is no item, or cannot be written, ends
/// the import with its number and with what was written before. Importing the same file again is
/// safe.
final class ImportCommand implements Command {
    @Override
    public int run(Arguments arguments, Terminal terminal) throws IOException {
        String output = arguments.output(terminal, "text", "json");
        List<String> operands = arguments.operands(0, 1);
        String file = operands.isEmpty() ? "-" : operands.getFirst();
        Progress progress = new Progress(terminal);
        try (Norikv client = Client.connect(arguments, terminal)) {
            Importer importer = new Importer(client, terminal.loops(), Client.timeout(arguments));
            try (InputStream in = terminal.open(file)) {
                read(in, importer, progress, terminal);
            }
            progress.end();
            report(importer, output, terminal);
        } catch (NoriException e) {
            throw Client.complaint("import", "", e, List.of());
        } finally {
            progress.end();
        }
        return 0;
    }

    private static void read(
            InputStream in, Importer importer, Progress progress, Terminal terminal)
            throws IOException {
        LineReader lines = new LineReader(in);
        try {
            while (lines.next()) {
                if (!lines.isBlank()) {
                    take(lines, importer, terminal);
                }
                progress.show("imported", importer.written());
            }
            importer.finish();
        } catch (LineReader.LineTooLong e) {
            throw stop(new BadLine(e.line(), NoriException.invalid(e.getMessage())), importer);
        } catch (BadLine e) {
            throw stop(e, importer);
        }
    }

    private static void take(LineReader lines, Importer importer, Terminal terminal)
            throws BadLine, IOException {
        JsonItem item;
        try {
            item = JsonItem.read(lines.array(), lines.lineFrom(), lines.lineEnd());
            Limits.checkKey(item.key());
            Limits.checkValue(item.value());
        } catch (JsonReader.Malformed e) {
            throw new BadLine(lines.number(), NoriException.invalid(e.getMessage()));
        } catch (NoriException e) {
            throw new BadLine(lines.number(), e);
        }
        if (item.expiresAtMillis() == Item.NEVER) {
            importer.put(lines.number(), item, Importer.NO_TTL);
            return;
        }
        long ttl = item.expiresAtMillis() - terminal.loops().clock().wallMillis();
        if (ttl < 1) {
            importer.skipExpired();
        } else {
            importer.put(lines.number(), item, Math.min(ttl, Limits.TTL_MILLIS_MAX));
        }
    }

    /// Writes what stands before the line that cannot be, waits for all that is under way, and says
    /// exactly how far it came.
    private static Complaint stop(BadLine found, Importer importer) throws IOException {
        BadLine first = importer.stopBefore(found);
        List<String> details = new ArrayList<>();
        details.add(importer.written() + " items were written, nothing was passed over");
        if (importer.unsure() > 0) {
            details.add(importer.unsure() + " more may have been written");
        }
        return new Complaint(
                first.cause().code().name(),
                first.cause().code().exitCode(),
                "import: line " + first.line() + ": " + first.cause().getMessage(),
                details,
                "importing the whole file again is safe");
    }

    private static void report(Importer importer, String output, Terminal terminal)
            throws IOException {
        if (output.equals("json")) {
            terminal.println(
                    Json.object()
                            .with("ok", true)
                            .with("imported", importer.written())
                            .with("expired", importer.expired())
                            .toString());
        } else {
            terminal.println(
                    "OK imported=" + importer.written() + " expired=" + importer.expired());
        }
    }
}
