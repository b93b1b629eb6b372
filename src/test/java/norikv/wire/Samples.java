package norikv.wire;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;
import norikv.bytes.Bytes;
import norikv.domain.Age;
import norikv.domain.Consistency;
import norikv.domain.ErrorCode;
import norikv.domain.Item;
import norikv.domain.Limits;
import norikv.domain.NodeId;
import norikv.domain.Once;
import norikv.domain.Precondition;
import norikv.domain.ReadBounds;
import norikv.domain.Reply;
import norikv.domain.Request;
import norikv.domain.Session;
import norikv.domain.ShardId;
import norikv.domain.ShardSet;
import norikv.domain.Version;

/// Makes random valid requests and replies of every case, small ones mostly.
final class Samples {
    private static final int REQUEST_KINDS = 11;
    private static final int REPLY_KINDS = 14;

    private final RandomGenerator random;

    Samples(RandomGenerator random) {
        this.random = random;
    }

    Request request() {
        return switch (random.nextInt(REQUEST_KINDS)) {
            case 0, 1, 2 -> single();
            case 3 -> {
                List<Request.Single> operations = new ArrayList<>();
                for (int i = random.nextInt(20); i > 0; i--) {
                    operations.add(single());
                }
                yield new Request.Batch(operations);
            }
            case 4 -> scan();
            case 5 -> new Request.ScanPart(shards(), scan());
            case 6 -> new Request.Topology();
            case 7 -> new Request.ShowReplica(shard());
            case 8 -> new Request.MoveLeader(shard(), new NodeId("n" + random.nextInt(99)));
            case 9 -> new Request.HashShard(shard(), random.nextLong(Long.MAX_VALUE));
            default -> new Request.Status();
        };
    }

    Reply reply() {
        return switch (random.nextInt(REPLY_KINDS)) {
            case 0, 1, 2, 3, 4 -> singleReply();
            case 5 -> {
                List<Reply> replies = new ArrayList<>();
                for (int i = random.nextInt(20); i > 0; i--) {
                    replies.add(singleReply());
                }
                yield new Reply.Batched(replies);
            }
            case 6, 7 -> page();
            case 8 -> new Reply.PagePart(shards(), page());
            case 9 -> topology();
            case 10 -> replica();
            case 11 -> new Reply.Led("n" + random.nextInt(99), random.nextLong(Long.MAX_VALUE));
            case 12 -> new Reply.Hashed(version(), expiry(), expiry(), random.nextLong());
            default -> status();
        };
    }

    private Request.Single single() {
        return switch (random.nextInt(3)) {
            case 0 -> new Request.Get(key(), consistency(), bounds());
            case 1 ->
                    new Request.Put(
                            key(),
                            bytes(0, random.nextInt(100) == 0 ? 70_000 : 200),
                            random.nextBoolean() ? 0 : random.nextLong(1, Limits.TTL_MILLIS_MAX),
                            condition(),
                            once());
            default -> new Request.Delete(key(), condition(), once());
        };
    }

    private ReadBounds bounds() {
        return new ReadBounds(
                random.nextBoolean() ? Version.NONE : version(),
                random.nextBoolean() ? ReadBounds.ANY_AGE : random.nextLong(Long.MAX_VALUE));
    }

    private Age age() {
        return random.nextBoolean() ? Age.NONE : new Age(version(), expiry());
    }

    private Once once() {
        Bytes name = random.nextBoolean() ? Bytes.EMPTY : bytes(1, Once.KEY_BYTES_MAX);
        if (random.nextBoolean()) {
            return new Once(Session.NONE, name);
        }
        long acknowledged = random.nextLong(1L << random.nextInt(1, 62));
        long sequence = acknowledged + random.nextInt(1, Session.OPEN_MAX + 1);
        long notAfter = random.nextLong(Long.MAX_VALUE);
        var session =
                new Session(bytes(1, Session.ID_BYTES_MAX), sequence, acknowledged, notAfter);
        return new Once(session, name);
    }

    private Request.Scan scan() {
        Bytes a = bytes(0, 20);
        Bytes b = bytes(0, 20);
        boolean ordered = b.isEmpty() || a.compareTo(b) <= 0;
        return new Request.Scan(
                ordered ? a : b,
                ordered ? b : a,
                random.nextInt(1, Integer.MAX_VALUE),
                random.nextInt(1, Integer.MAX_VALUE),
                random.nextBoolean(),
                Request.Projection.values()[random.nextInt(3)],
                consistency(),
                bytes(0, 60),
                random.nextBoolean() ? ReadBounds.ANY_AGE : random.nextLong(1L << 40));
    }

    private Reply singleReply() {
        return switch (random.nextInt(6)) {
            case 0 -> new Reply.Written(version());
            case 1 -> new Reply.Deleted(random.nextBoolean(), version());
            case 2 -> new Reply.Found(bytes(0, 300), version(), expiry(), age());
            case 3 -> new Reply.Missing(age());
            case 4 -> new Reply.Mismatch(version());
            default ->
                    new Reply.Failed(
                            ErrorCode.values()[random.nextInt(ErrorCode.values().length)],
                            "välue €" + random.nextInt(),
                            random.nextInt(10_000));
        };
    }

    private Reply.Page page() {
        List<Item> items = new ArrayList<>();
        for (int i = random.nextInt(30); i > 0; i--) {
            items.add(new Item(key(), bytes(0, 100), version(), expiry()));
        }
        long behindMillis = random.nextBoolean() ? 0 : random.nextLong(1L << 42);
        return new Reply.Page(
                items,
                random.nextLong(1L << random.nextInt(1, 62)),
                bytes(0, 60),
                behindMillis);
    }

    private ShardSet shards() {
        return ShardSet.of(random.nextInt(1, 1100), _ -> random.nextBoolean());
    }

    private ShardId shard() {
        return new ShardId(random.nextInt(Limits.SHARDS_MAX));
    }

    private Reply replica() {
        return new Reply.Replica(
                Reply.Role.values()[random.nextInt(Reply.Role.values().length)],
                random.nextBoolean() ? "" : "n" + random.nextInt(99),
                random.nextLong(Long.MAX_VALUE),
                expiry(),
                version(),
                expiry(),
                version(),
                expiry(),
                expiry());
    }

    private Reply topology() {
        List<Reply.Member> members = new ArrayList<>();
        for (int i = random.nextInt(1, 5); i > 0; i--) {
            members.add(new Reply.Member("n" + i, random.nextBoolean() ? "" : "h:" + i));
        }
        List<Reply.Seat> seats = new ArrayList<>();
        for (int i = random.nextInt(20); i > 0; i--) {
            List<Integer> holders = new ArrayList<>();
            for (int j = random.nextInt(members.size() + 1); j > 0; j--) {
                holders.add(random.nextInt(1, members.size() + 1));
            }
            long term = random.nextLong(Long.MAX_VALUE);
            seats.add(new Reply.Seat(random.nextInt(members.size() + 1), term, holders));
        }
        return new Reply.Topology(members, seats);
    }

    private Reply status() {
        Map<String, String> facts = new LinkedHashMap<>();
        Map<String, Long> counters = new LinkedHashMap<>();
        List<Reply.Check> checks = new ArrayList<>();
        for (int i = random.nextInt(6); i > 0; i--) {
            facts.put("fact_" + i, "väl " + random.nextInt());
            counters.put("norikv_" + i + "_total", random.nextLong(Long.MAX_VALUE));
            checks.add(new Reply.Check("check_" + i, random.nextBoolean(), ""));
        }
        return new Reply.Status(facts, checks, counters);
    }

    private Bytes key() {
        return bytes(1, random.nextInt(20) == 0 ? Limits.KEY_BYTES_MAX : 24);
    }

    private Bytes bytes(int min, int max) {
        byte[] array = new byte[random.nextInt(min, max + 1)];
        random.nextBytes(array);
        return Bytes.wrap(array);
    }

    private Version version() {
        return random.nextInt(8) == 0
                ? Version.NONE
                : new Version(
                        random.nextLong(1L << random.nextInt(1, 63)),
                        random.nextLong(1L << random.nextInt(1, 63)));
    }

    private long expiry() {
        return random.nextBoolean() ? Item.NEVER : random.nextLong(Long.MAX_VALUE);
    }

    private Consistency consistency() {
        return Consistency.values()[random.nextInt(3)];
    }

    private Precondition condition() {
        return switch (random.nextInt(3)) {
            case 0 -> Precondition.NONE;
            case 1 -> Precondition.IF_ABSENT;
            default -> new Precondition.IfVersion(version());
        };
    }
}
