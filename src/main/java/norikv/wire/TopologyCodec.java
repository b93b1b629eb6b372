package norikv.wire;

import java.util.ArrayList;
import java.util.List;
import norikv.bytes.ByteReader;
import norikv.bytes.ByteWriter;
import norikv.domain.Limits;
import norikv.domain.NoriException;
import norikv.domain.Placement;
import norikv.domain.Reply;

/// What stands in a reply of kind TOPOLOGY behind its tagged fields, as [ReplyCodec] draws it.
///
/// **Source.** `wire/requests.md`.
final class TopologyCodec {
    private TopologyCodec() {}

    static void encode(ByteWriter out, Reply.Topology topology) {
        out.varint(topology.members().size());
        for (Reply.Member member : topology.members()) {
            Parts.text(out, member.name());
            Parts.text(out, member.address());
        }
        out.varint(topology.seats().size());
        for (Reply.Seat seat : topology.seats()) {
            out.varint(seat.leader()).varint(seat.term()).varint(seat.holders().size());
            seat.holders().forEach(out::varint);
        }
    }

    static Reply.Topology decode(ByteReader in) {
        int size = (int) Parts.number(in, "members", Placement.NODES_MAX);
        List<Reply.Member> members = new ArrayList<>(Math.min(size, in.remaining() / 2));
        for (int i = 0; i < size; i++) {
            members.add(new Reply.Member(Parts.text(in, "name"), Parts.text(in, "address")));
            Parts.whole(in, "topology");
        }
        int shards = (int) Parts.number(in, "shards", Limits.SHARDS_MAX);
        // No seat is shorter than three bytes, so a false count reserves nothing.
        List<Reply.Seat> seats = new ArrayList<>(Math.min(shards, in.remaining() / 3));
        for (int i = 0; i < shards; i++) {
            seats.add(seat(in, size));
        }
        return new Reply.Topology(members, seats);
    }

    private static Reply.Seat seat(ByteReader in, int members) {
        int leader = (int) Parts.number(in, "leader", members);
        long term = Parts.number(in, "term", Long.MAX_VALUE);
        int count = (int) Parts.number(in, "holders", members);
        Parts.whole(in, "topology");
        List<Integer> holders = new ArrayList<>(Math.min(count, in.remaining()));
        for (int i = 0; i < count; i++) {
            int holder = (int) Parts.number(in, "holder", members);
            if (holder == 0) {
                throw NoriException.invalid("holder: 1 to %d, got 0".formatted(members));
            }
            holders.add(holder);
        }
        return new Reply.Seat(leader, term, holders);
    }

    /// {@return how many bytes it takes, at most}
    static long bytesOf(Reply.Topology topology) {
        long sum = 6;
        for (Reply.Member member : topology.members()) {
            sum += textOf(member.name()) + textOf(member.address());
        }
        for (Reply.Seat seat : topology.seats()) {
            sum += 6 + ByteWriter.varintLength(seat.term()) + 3L * seat.holders().size();
        }
        return sum;
    }

    private static int textOf(String text) {
        return 3 + Math.min(3 * text.length(), Parts.TEXT_BYTES_MAX);
    }
}
