package norikv.cli;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import norikv.client.Norikv;
import norikv.client.Scan;
import norikv.client.ScanOptions;
import norikv.domain.Item;
import norikv.domain.Limits;
import norikv.domain.NoriException;

/// `norikv export [PREFIX]`: every item of a range, one JSON object a line, as [JsonItem] draws it.
final class ExportCommand implements Command {
    private static final int PAGE_BYTES = Limits.REQUEST_BYTES_MAX / 2;

    @Override
    public int run(Arguments arguments, Terminal terminal) throws IOException {
        ByteText text = ByteText.of(arguments);
        Progress progress = new Progress(terminal);
        try (Norikv client = Client.connect(arguments, terminal)) {
            ScanOptions how =
                    Range.of(arguments, text, client.options().toScan())
                            .withPageBytes(PAGE_BYTES)
                            .withCursor(arguments.value(ScanCommand.CURSOR, ""));
            try (Scan scan = client.scan(how)) {
                write(scan, progress, terminal);
            }
        } catch (NoriException e) {
            throw Client.complaint("export", "", e, List.of());
        } finally {
            progress.end();
        }
        return 0;
    }

    private static void write(Scan scan, Progress progress, Terminal terminal)
            throws IOException {
        try {
            for (Item item : scan) {
                terminal.println(JsonItem.exported(item).toString());
                progress.show("exported", scan.count());
            }
        } catch (NoriException e) {
            List<String> details = new ArrayList<>();
            details.add(scan.count() + " items were written: the export is not complete");
            scan.cursor().ifPresent(at -> details.add("go on with --cursor " + at));
            throw Client.complaint("export", "", e, details);
        }
    }
}
