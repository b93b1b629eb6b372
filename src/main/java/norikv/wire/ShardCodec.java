package norikv.wire;

import norikv.bytes.ByteReader;
import norikv.bytes.ByteWriter;
import norikv.bytes.Bytes;
import norikv.domain.NoriException;
import norikv.domain.Reply;
import norikv.domain.Version;

/// What stands in replies about one shard behind their tagged fields, as [ReplyCodec] draws them.
///
/// **Source.** `wire/requests.md`.
final class ShardCodec {
    private static final Reply.Role[] ROLES = {
        Reply.Role.FOLLOWER,
        Reply.Role.CANDIDATE,
        Reply.Role.LEADER,
        Reply.Role.REBUILDING,
        Reply.Role.STOPPED,
        Reply.Role.DIVERGED
    };

    private ShardCodec() {}

    static void encode(ByteWriter out, Reply.Replica replica) {
        out.u8(number(replica.role()));
        Parts.text(out, replica.leader());
        out.varint(replica.term()).varint(replica.firstIndex());
        Parts.version(out, replica.last());
        out.varint(replica.commit());
        Parts.version(out, replica.applied());
        out.varint(replica.logTimeMillis()).varint(replica.logBytes());
    }

    static Reply.Replica replica(ByteReader in) {
        int role = in.u8();
        if (role >= ROLES.length) {
            throw NoriException.invalid("role: 0 to %d, got %d".formatted(ROLES.length - 1, role));
        }
        String leader = Parts.text(in, "leader");
        long term = number(in, "term");
        long firstIndex = number(in, "first_index");
        Version last = Parts.version(in);
        long commit = number(in, "commit");
        Version applied = Parts.version(in);
        long logTimeMillis = number(in, "log_time_ms");
        long logBytes = number(in, "log_bytes");
        return new Reply.Replica(
                ROLES[role],
                leader,
                term,
                firstIndex,
                last,
                commit,
                applied,
                logTimeMillis,
                logBytes);
    }

    static void encode(ByteWriter out, Reply.Led led) {
        Parts.text(out, led.leader());
        out.varint(led.term());
    }

    static Reply.Led led(ByteReader in) {
        return new Reply.Led(Parts.text(in, "leader"), number(in, "term"));
    }

    static void encode(ByteWriter out, Reply.Hashed hashed) {
        Parts.version(out, hashed.at());
        out.varint(hashed.logTimeMillis()).varint(hashed.rows()).i64(hashed.hash());
    }

    static Reply.Hashed hashed(ByteReader in) {
        Version at = Parts.version(in);
        long logTimeMillis = number(in, "log_time_ms");
        long rows = number(in, "rows");
        return new Reply.Hashed(at, logTimeMillis, rows, in.i64());
    }

    /// {@return how many bytes it takes} Only of replies about one shard.
    static long bytesOf(Reply.Replica replica) {
        return 1
                + textOf(replica.leader())
                + ByteWriter.varintLength(replica.term())
                + ByteWriter.varintLength(replica.firstIndex())
                + Parts.bytesOf(replica.last())
                + ByteWriter.varintLength(replica.commit())
                + Parts.bytesOf(replica.applied())
                + ByteWriter.varintLength(replica.logTimeMillis())
                + ByteWriter.varintLength(replica.logBytes());
    }

    static long bytesOf(Reply.Led led) {
        return textOf(led.leader()) + ByteWriter.varintLength(led.term());
    }

    static long bytesOf(Reply.Hashed hashed) {
        return Parts.bytesOf(hashed.at())
                + ByteWriter.varintLength(hashed.logTimeMillis())
                + ByteWriter.varintLength(hashed.rows())
                + Long.BYTES;
    }

    private static int textOf(String text) {
        return Parts.bytesOf(Bytes.utf8(text));
    }

    private static long number(ByteReader in, String name) {
        return Parts.number(in, name, Long.MAX_VALUE);
    }

    private static int number(Reply.Role role) {
        return switch (role) {
            case FOLLOWER -> 0;
            case CANDIDATE -> 1;
            case LEADER -> 2;
            case REBUILDING -> 3;
            case STOPPED -> 4;
            case DIVERGED -> 5;
        };
    }
}
