package norikv.client;

import java.util.Optional;
import norikv.bytes.Bytes;
import norikv.domain.Age;
import norikv.domain.Item;
import norikv.domain.Reply;
import norikv.domain.ShardId;

/// A read and the way that it took.
///
/// @param reply what the node said: found, or missing
/// @param node the name of the node that answered
/// @param attempts how many nodes were asked, one after the other
public record Read(Bytes key, Reply reply, ShardId shard, String node, int attempts) {
    /// {@return how old what it saw may be} [Age#NONE] unless it was stale.
    public Age age() {
        return switch (reply) {
            case Reply.Found found -> found.age();
            case Reply.Missing missing -> missing.age();
            default -> Age.NONE;
        };
    }

    /// {@return the live value, if there is one}
    public Optional<Item> item() {
        return Answers.item(key, reply, attempts);
    }
}
