package norikv.cli;

import java.io.IOException;
import norikv.bytes.Bytes;
import norikv.client.Norikv;
import norikv.domain.ShardId;
import norikv.domain.Version;
import norikv.json.Json;

/// Says that a write happened, and where.
final class Writing {
    private Writing() {}

    /// Prints `OK version=1:7 shard=928`, or the same as JSON.
    ///
    /// @param more what JSON says beside that
    /// @param note what text says behind that
    static void report(
            Norikv client,
            Bytes key,
            Version at,
            Json.Obj more,
            String note,
            String output,
            Terminal terminal)
            throws IOException {
        ShardId shard = client.sharding().shardOf(key);
        if (output.equals("json")) {
            Json.Obj object =
                    Json.object()
                            .with("ok", true)
                            .with("version", JsonItem.version(at))
                            .with("shard", shard.number());
            object.members().putAll(more.members());
            terminal.println(object.toString());
        } else {
            terminal.println("OK version=" + at + " shard=" + shard + note);
        }
    }
}
