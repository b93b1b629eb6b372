package norikv.cli;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import norikv.bytes.Bytes;
import norikv.client.Norikv;
import norikv.domain.ErrorCode;
import norikv.domain.Item;
import norikv.domain.NoriException;

/// `norikv get KEY`.
final class GetCommand implements Command {
    static final Option ALLOW_MISSING =
            Option.flag("--allow-missing", "a key that is not there is no error");

    @Override
    public int run(Arguments arguments, Terminal terminal) throws IOException {
        String output = arguments.output(terminal, "text", "json", "raw");
        ByteText text = ByteText.of(arguments);
        Bytes key = text.parse("key", arguments.operands(1, 1).getFirst());
        Optional<Item> found;
        try (Norikv client = Client.connect(arguments, terminal)) {
            found = client.get(key);
        } catch (NoriException e) {
            throw Client.complaint("get", text.show(key), e, List.of());
        }
        if (found.isEmpty() && !arguments.has(ALLOW_MISSING)) {
            throw new Complaint(
                    ErrorCode.NOT_FOUND.name(),
                    ErrorCode.NOT_FOUND.exitCode(),
                    "no such key: " + text.show(key),
                    List.of(),
                    "");
        }
        if (output.equals("json")) {
            Json.Obj object = Json.object().with("found", found.isPresent());
            found.ifPresent(item -> JsonItem.shown(object, item));
            terminal.println(object.toString());
        } else if (found.isPresent()) {
            Bytes value = found.get().value();
            if (output.equals("raw")) {
                terminal.out().write(value.array(), value.offset(), value.length());
            } else {
                terminal.println(
                        text == ByteText.UTF8 ? ByteText.showText(value) : text.show(value));
            }
        }
        return 0;
    }
}
