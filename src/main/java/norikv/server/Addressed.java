package norikv.server;

import java.util.List;
import java.util.Map;
import norikv.domain.NodeId;
import norikv.domain.Reply;
import norikv.domain.Request;
import norikv.port.KeyValue;

/// Adds to what a node says of its cluster where its nodes are: their addresses are a matter of
/// configuration, which the inside of a node does not know.
record Addressed(KeyValue inner, Map<NodeId, Address> addresses) implements KeyValue {
    @Override
    public void submit(Request request, long deadlineNanos, Answer answer) {
        if (!(request instanceof Request.Topology)) {
            inner.submit(request, deadlineNanos, answer);
            return;
        }
        inner.submit(
                request,
                deadlineNanos,
                reply ->
                        answer.reply(
                                reply instanceof Reply.Topology known ? addressed(known) : reply));
    }

    private Reply addressed(Reply.Topology known) {
        List<Reply.Member> members =
                known.members().stream()
                        .map(member -> new Reply.Member(member.name(), addressOf(member.name())))
                        .toList();
        return new Reply.Topology(members, known.seats());
    }

    private String addressOf(String name) {
        Address address = addresses.get(new NodeId(name));
        return address == null ? "" : address.toString();
    }
}
