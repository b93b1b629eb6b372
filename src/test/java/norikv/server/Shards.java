package norikv.server;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Set;
import norikv.bytes.Bytes;
import norikv.disk.SimDisk;
import norikv.domain.Reply;
import norikv.domain.ShardId;
import norikv.domain.Sharding;
import norikv.port.ShardStore;

/// Whole shards of simulated nodes: what they hash to, and how they rot.
final class Shards {
    private static final int STEPS_MAX = 1_000_000;

    private Shards() {}

    /// {@return where `shard` stands in `shards`, and the digest of all that it shows}
    static String of(ShardStore shards, ShardId shard) {
        try (ShardStore.View view = shards.view(Set.of(shard))) {
            ShardStore.Hashing hashing = view.hash(Set.of(shard));
            for (int step = 0; !hashing.step(1 << 20); step++) {
                assertTrue(step < STEPS_MAX, "the walk ends");
            }
            return view.applied(shard) + " " + hashing.digests().get(shard);
        }
    }

    /// {@return some key of shard `number`}
    static Bytes keyOf(Sharding sharding, int number) {
        for (int i = 0; ; i++) {
            Bytes key = Bytes.utf8("s" + i);
            if (sharding.shardOf(key).number() == number) {
                return key;
            }
        }
    }

    /// Flips bits in every table: in the first block of one, in the footer of the next, and so on.
    ///
    /// @return how many tables there are
    static int rot(SimDisk disk) {
        int tables = 0;
        for (String name : disk.list("lsm")) {
            if (name.endsWith(".sst")) {
                String path = "lsm/" + name;
                boolean footer = tables % 2 == 1;
                disk.damage(path, footer ? disk.contentOf(path).length - 20 : 30, 4);
                tables++;
            }
        }
        return tables;
    }

    /// {@return what was read, whenever that was}
    static Reply withoutAge(Reply reply) {
        return switch (reply) {
            case Reply.Found(var value, var at, var expiresAtMillis, _) ->
                    new Reply.Found(value, at, expiresAtMillis);
            case Reply.Missing _ -> new Reply.Missing();
            default -> reply;
        };
    }
}
