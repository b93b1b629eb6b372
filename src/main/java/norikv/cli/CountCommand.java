package norikv.cli;

import java.io.IOException;
import java.util.List;
import norikv.client.Norikv;
import norikv.domain.NoriException;
import norikv.json.Json;

/// `norikv count [PREFIX]`: only numbers travel.
final class CountCommand implements Command {
    @Override
    public int run(Arguments arguments, Terminal terminal) throws IOException {
        String output = arguments.output(terminal, "text", "json");
        ByteText text = ByteText.of(arguments);
        try (Norikv client = Client.connect(arguments, terminal)) {
            long count = client.count(Range.of(arguments, text, client.options().toScan()));
            boolean json = output.equals("json");
            terminal.println(
                    json ? Json.object().with("count", count).toString() : Long.toString(count));
        } catch (NoriException e) {
            throw Client.complaint("count", "", e, List.of());
        }
        return 0;
    }
}
