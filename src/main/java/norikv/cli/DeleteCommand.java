package norikv.cli;

import java.io.IOException;
import java.util.List;
import norikv.bytes.Bytes;
import norikv.client.DeleteOptions;
import norikv.client.Norikv;
import norikv.domain.NoriException;
import norikv.domain.Reply;
import norikv.domain.Version;
import norikv.json.Json;

/// `norikv delete KEY`. A key that is not there is no error: what was asked for holds.
final class DeleteCommand implements Command {
    @Override
    public int run(Arguments arguments, Terminal terminal) throws IOException {
        String output = arguments.output(terminal, "text", "json");
        ByteText text = ByteText.of(arguments);
        Bytes key = text.parse("key", arguments.operands(1, 1).getFirst());
        try (Norikv client = Client.connect(arguments, terminal)) {
            DeleteOptions how = client.options().toDelete();
            if (arguments.has(PutCommand.IF_VERSION)) {
                how =
                        how.withIfVersion(
                                Version.parse(arguments.value(PutCommand.IF_VERSION, "")));
            }
            if (arguments.has(PutCommand.IDEMPOTENCY_KEY)) {
                how =
                        how.withIdempotencyKey(
                                arguments.value(PutCommand.IDEMPOTENCY_KEY, ""));
            }
            Reply.Deleted deleted = client.delete(key, how);
            Writing.report(
                    client,
                    key,
                    deleted.at(),
                    Json.object().with("existed", deleted.existed()),
                    deleted.existed() ? "" : " (there was no such key)",
                    output,
                    terminal);
        } catch (NoriException e) {
            throw Client.complaint("delete", text.show(key), e, List.of());
        }
        return 0;
    }
}
