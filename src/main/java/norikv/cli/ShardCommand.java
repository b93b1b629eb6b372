package norikv.cli;

import java.io.IOException;
import java.util.List;
import norikv.bytes.Bytes;
import norikv.client.Norikv;
import norikv.domain.NoriException;
import norikv.domain.Reply;
import norikv.json.Json;
import norikv.server.DidYouMean;

/// `norikv shard`: who leads and holds each shard, or that of a key; what [ShardActions] does with
/// one.
final class ShardCommand implements Command {
    static final Option TO = Option.of("--to", "NODE", "which node is to lead (move-leader)");

    private static final List<String> ACTIONS =
            List.of("list", "locate", "show", "move-leader", "hash");

    @Override
    public int run(Arguments arguments, Terminal terminal) throws IOException {
        String action = arguments.operands(1, 2).getFirst();
        if (!ACTIONS.contains(action)) {
            throw Complaint.usage(
                    "unknown action '%s'%s".formatted(action, DidYouMean.hint(action, ACTIONS)),
                    "norikv help shard");
        }
        if (ShardActions.ACTIONS.contains(action)) {
            return ShardActions.run(action, arguments, terminal);
        }
        boolean isAll = action.equals("list");
        List<String> operands = isAll ? arguments.operands(1, 1) : arguments.operands(2, 2);
        String output = arguments.output(terminal, "table", "json");
        try (Norikv client = Client.connect(arguments, terminal)) {
            ClusterView view = ClusterView.of(client);
            int first = 0;
            int beyond = view.seats().size();
            if (!isAll) {
                Bytes key = ByteText.of(arguments).parse("key", operands.get(1));
                first = client.sharding().shardOf(key).number();
                beyond = first + 1;
            }
            Json.Arr shards = Json.array();
            Table table = new Table("SHARD", "LEADER", "TERM", "HOLDERS");
            for (int shard = first; shard < beyond; shard++) {
                Reply.Seat seat = view.seats().get(shard);
                String term = Long.toString(seat.term());
                table.add(
                        List.of(
                                Integer.toString(shard),
                                view.leader(seat),
                                seat.leader() == 0 ? "-" : term,
                                view.holders(seat)));
                shards.elements().add(json(view, shard, seat));
            }
            if (output.equals("json")) {
                terminal.println(shards.toString());
            } else {
                table.flush(terminal);
            }
        } catch (NoriException e) {
            throw Client.complaint("shard", action, e, List.of());
        }
        return 0;
    }

    private static Json json(ClusterView view, int shard, Reply.Seat seat) {
        Json.Obj object = Json.object().with("shard", shard);
        if (seat.leader() != 0) {
            object.with("leader", view.leader(seat)).with("term", seat.term());
        }
        return object.with("holders", Json.strings(List.of(view.holders(seat).split(","))));
    }
}
