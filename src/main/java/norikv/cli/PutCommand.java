package norikv.cli;

import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.List;
import norikv.bytes.Bytes;
import norikv.client.Norikv;
import norikv.client.PutOptions;
import norikv.domain.Limits;
import norikv.domain.NoriException;
import norikv.domain.Version;
import norikv.json.Json;

/// `norikv put KEY VALUE`.
final class PutCommand implements Command {
    static final Option TTL = Option.of("--ttl", "TIME", "when it expires, such as 1h");
    static final Option IF_VERSION =
            Option.of("--if-version", "T:I", "only if the key has this version");
    static final Option IF_ABSENT = Option.flag("--if-absent", "only if there is no such key");
    static final Option IDEMPOTENCY_KEY =
            Option.of(
                    "--idempotency-key",
                    "NAME",
                    "done once, however often it is asked for under NAME");
    static final Option VALUE_FILE =
            Option.of("--value-file", "FILE", "the value is what FILE holds; -: standard input");

    @Override
    public int run(Arguments arguments, Terminal terminal) throws IOException {
        String output = arguments.output(terminal, "text", "json");
        ByteText text = ByteText.of(arguments);
        boolean fromFile = arguments.has(VALUE_FILE);
        List<String> operands = arguments.operands(fromFile ? 1 : 2, fromFile ? 1 : 2);
        Bytes key = text.parse("key", operands.getFirst());
        Bytes value =
                fromFile ? read(arguments, terminal) : text.parse("value", operands.get(1));
        try (Norikv client = Client.connect(arguments, terminal)) {
            PutOptions how = options(arguments, client.options().toPut());
            Version at = put(client, key, value, how, text);
            Writing.report(client, key, at, Json.object(), "", output, terminal);
        } catch (NoriException e) {
            throw Client.complaint("put", text.show(key), e, List.of());
        }
        return 0;
    }

    private static Version put(
            Norikv client, Bytes key, Bytes value, PutOptions how, ByteText text) {
        try {
            return client.put(key, value, how);
        } catch (NoriException e) {
            throw Client.complaint(
                    "put", text.show(key), e, List.of(Client.shardLine(client, key)));
        }
    }

    private static PutOptions options(Arguments arguments, PutOptions defaults) {
        PutOptions how = defaults;
        if (arguments.has(TTL)) {
            how = how.withTtl(arguments.time(TTL, Duration.ZERO));
        }
        if (arguments.has(IF_ABSENT) && arguments.has(IF_VERSION)) {
            throw Complaint.usage("--if-absent and --if-version exclude each other", "");
        }
        if (arguments.has(IF_ABSENT)) {
            how = how.withIfAbsent();
        }
        if (arguments.has(IDEMPOTENCY_KEY)) {
            how = how.withIdempotencyKey(arguments.value(IDEMPOTENCY_KEY, ""));
        }
        return arguments.has(IF_VERSION)
                ? how.withIfVersion(Version.parse(arguments.value(IF_VERSION, "")))
                : how;
    }

    /// {@return what the file holds} One byte more than a value may have is enough to be refused.
    private static Bytes read(Arguments arguments, Terminal terminal) throws IOException {
        try (InputStream in = terminal.open(arguments.value(VALUE_FILE, ""))) {
            return Bytes.wrap(in.readNBytes(Limits.VALUE_BYTES_MAX + 1));
        }
    }
}
