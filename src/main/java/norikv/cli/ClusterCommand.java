package norikv.cli;

import java.io.IOException;
import java.util.List;
import norikv.client.Norikv;
import norikv.domain.NoriException;
import norikv.domain.Reply;
import norikv.json.Json;
import norikv.server.DidYouMean;

/// `norikv cluster`: the nodes, how they are, and what each of them leads.
final class ClusterCommand implements Command {
    private static final List<String> ACTIONS = List.of("status", "topology");

    /// What a node says of itself, by the names of its facts.
    private static final List<String> FIGURES =
            List.of("led", "replicas", "without_leader", "unapplied_entries");

    @Override
    public int run(Arguments arguments, Terminal terminal) throws IOException {
        String action = arguments.operands(1, 1).getFirst();
        if (!ACTIONS.contains(action)) {
            throw Complaint.usage(
                    "unknown action '%s'%s".formatted(action, DidYouMean.hint(action, ACTIONS)),
                    "norikv help cluster");
        }
        String output = arguments.output(terminal, "table", "json");
        try (Norikv client = Client.connect(arguments, terminal)) {
            if (action.equals("status")) {
                ClusterView view = ClusterView.of(client);
                if (output.equals("json")) {
                    terminal.println(json(view).toString());
                } else {
                    status(view, terminal);
                }
            } else {
                topology(client.topology(), output, terminal);
            }
        } catch (NoriException e) {
            throw Client.complaint("cluster", action, e, List.of());
        }
        return 0;
    }

    private static void status(ClusterView view, Terminal terminal) throws IOException {
        Table table =
                new Table(
                        "NODE", "ADDRESS", "STATE", "LEADS", "REPLICAS", "LEADERLESS", "LAG");
        for (Reply.Member member : view.members()) {
            List<String> figures =
                    FIGURES.stream()
                            .map(fact -> view.fact(member.name(), fact).orElse("-"))
                            .toList();
            table.add(
                    List.of(
                            member.name(),
                            member.address(),
                            view.state(member.name()),
                            figures.get(0),
                            figures.get(1),
                            figures.get(2),
                            figures.get(3)));
        }
        table.flush(terminal);
        terminal.println(
                "%d shards, %d without a leader"
                        .formatted(view.seats().size(), view.withoutLeader()));
        terminal.out().flush();
        view.troubles().forEach((node, why) -> terminal.err().println(node + ": " + why));
    }

    private static Json json(ClusterView view) {
        Json.Arr nodes = Json.array();
        for (Reply.Member member : view.members()) {
            Json.Obj node =
                    Json.object()
                            .with("name", member.name())
                            .with("address", member.address())
                            .with("state", view.state(member.name()));
            for (String figure : FIGURES) {
                view.fact(member.name(), figure)
                        .ifPresent(value -> node.with(figure, Long.parseLong(value)));
            }
            String trouble = view.troubles().get(member.name());
            nodes.elements().add(trouble == null ? node : node.with("error", trouble));
        }
        return Json.object()
                .with("nodes", nodes)
                .with("shards", view.seats().size())
                .with("without_leader", view.withoutLeader());
    }

    private static void topology(Reply.Topology topology, String output, Terminal terminal)
            throws IOException {
        Json.Arr nodes = Json.array();
        Table table = new Table("NUMBER", "NODE", "ADDRESS", "PREFERRED");
        for (int number = 1; number <= topology.members().size(); number++) {
            int own = number;
            Reply.Member member = topology.members().get(number - 1);
            long preferred =
                    topology.seats().stream()
                            .filter(seat -> seat.holders().indexOf(own) == 0)
                            .count();
            table.add(
                    List.of(
                            Integer.toString(number),
                            member.name(),
                            member.address(),
                            Long.toString(preferred)));
            nodes.elements()
                    .add(
                            Json.object()
                                    .with("number", number)
                                    .with("name", member.name())
                                    .with("address", member.address())
                                    .with("preferred_shards", preferred));
        }
        if (output.equals("json")) {
            terminal.println(
                    Json.object()
                            .with("nodes", nodes)
                            .with("shards", topology.seats().size())
                            .toString());
        } else {
            table.flush(terminal);
        }
    }
}
