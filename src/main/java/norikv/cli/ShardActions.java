package norikv.cli;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import norikv.client.Norikv;
import norikv.client.ShardControl;
import norikv.domain.ErrorCode;
import norikv.domain.NoriException;
import norikv.domain.Reply;
import norikv.domain.ShardId;
import norikv.json.Json;
import norikv.work.Clock;

/// `norikv shard show|move-leader|hash N`: what concerns the replicas of one shard.
///
/// Replicas are compared at one place of the shard's log: where the leader stands, or, while it is
/// written to, a little ahead, so that all of them come by.
final class ShardActions {
    static final List<String> ACTIONS = List.of("show", "move-leader", "hash");

    private static final int EXIT_DIFFERENT = 10;

    /// How often another place is tried.
    private static final int ROUNDS_MAX = 12;

    private final Norikv client;
    private final int shard;
    private final ShardControl control;
    private final List<String> holders = new ArrayList<>();
    private final List<NoriException> troubles = new ArrayList<>();

    private ShardActions(Norikv client, int shard) {
        this.client = client;
        this.shard = shard;
        Reply.Topology topology = client.topology();
        if (shard >= topology.seats().size()) {
            throw NoriException.invalid(
                    "shard: 0 to %d, got %d".formatted(topology.seats().size() - 1, shard));
        }
        for (int holder : topology.seats().get(shard).holders()) {
            holders.add(topology.members().get(holder - 1).name());
        }
        this.control = client.shard(new ShardId(shard));
    }

    static int run(String action, Arguments arguments, Terminal terminal) throws IOException {
        int shard = number(arguments.operands(2, 2).get(1));
        String output = arguments.output(terminal, "table", "json");
        String to = arguments.value(ShardCommand.TO, "");
        if (action.equals("move-leader") == to.isEmpty()) {
            throw Complaint.usage("move-leader needs --to, and only that", "norikv help shard");
        }
        try (Norikv client = Client.connect(arguments, terminal)) {
            var actions = new ShardActions(client, shard);
            switch (action) {
                case "show" -> actions.show(output, terminal);
                case "hash" -> {
                    return actions.hash(output, terminal);
                }
                default -> actions.move(to, output, terminal);
            }
        } catch (NoriException e) {
            throw Client.complaint("shard", action + " " + shard, e, List.of());
        }
        return 0;
    }

    private static int number(String text) {
        try {
            int number = Integer.parseInt(text);
            if (number >= 0) {
                return number;
            }
        } catch (NumberFormatException _) {
            // falls through to the one complaint for everything that is no number of a shard
        }
        throw Complaint.usage(
                "shard: want a number from 0, got '%s'".formatted(text), "norikv help shard");
    }

    private void show(String output, Terminal terminal) throws IOException {
        Table table =
                new Table(
                        "NODE", "ROLE", "LEADER", "TERM", "FIRST", "LAST", "COMMIT", "APPLIED",
                        "LOG_TIME", "LOG_BYTES");
        Json.Arr replicas = Json.array();
        for (String node : holders) {
            try {
                Reply.Replica replica = control.show(node);
                table.add(row(node, replica));
                replicas.elements().add(json(node, replica));
            } catch (NoriException e) {
                trouble(table, 10, node, e, terminal);
                replicas.elements().add(json(node, e));
            }
        }
        print(table, "replicas", replicas, output, terminal);
        if (troubles.size() == holders.size()) {
            throw troubles.getFirst();
        }
    }

    private static List<String> row(String node, Reply.Replica replica) {
        return List.of(
                node,
                role(replica),
                replica.leader().isEmpty() ? "-" : replica.leader(),
                Long.toString(replica.term()),
                Long.toString(replica.firstIndex()),
                replica.last().toString(),
                Long.toString(replica.commit()),
                replica.applied().toString(),
                Long.toString(replica.logTimeMillis()),
                Long.toString(replica.logBytes()));
    }

    private static Json json(String node, Reply.Replica replica) {
        Json.Obj object = Json.object().with("node", node).with("role", role(replica));
        if (!replica.leader().isEmpty()) {
            object.with("leader", replica.leader());
        }
        return object.with("term", replica.term())
                .with("first_index", replica.firstIndex())
                .with("last", JsonItem.version(replica.last()))
                .with("commit_index", replica.commit())
                .with("applied", JsonItem.version(replica.applied()))
                .with("log_time_ms", replica.logTimeMillis())
                .with("log_bytes", replica.logBytes());
    }

    private static String role(Reply.Replica replica) {
        return switch (replica.role()) {
            case FOLLOWER -> "follower";
            case CANDIDATE -> "candidate";
            case LEADER -> "leader";
            case REBUILDING -> "rebuilding";
            case STOPPED -> "stopped";
            case DIVERGED -> "diverged";
        };
    }

    private void move(String to, String output, Terminal terminal) throws IOException {
        Reply.Led led = control.moveLeader(to);
        if (output.equals("json")) {
            terminal.println(
                    Json.object()
                            .with("ok", true)
                            .with("shard", shard)
                            .with("leader", led.leader())
                            .with("term", led.term())
                            .toString());
        } else {
            terminal.println(
                    "OK shard=%d leader=%s term=%d"
                            .formatted(shard, led.leader(), led.term()));
        }
    }

    private record Seen(String node, Reply.Hashed hashed) {}

    /// {@return the exit code}
    private int hash(String output, Terminal terminal) throws IOException {
        List<Seen> seen = compare(terminal);
        Table table = new Table("NODE", "PLACE", "LOG_TIME", "ROWS", "HASH");
        Json.Arr hashes = Json.array();
        for (Seen one : seen) {
            Reply.Hashed hashed = one.hashed();
            String digest = HexFormat.of().toHexDigits(hashed.hash());
            table.add(
                    List.of(
                            one.node(),
                            hashed.at().toString(),
                            Long.toString(hashed.logTimeMillis()),
                            Long.toString(hashed.rows()),
                            digest));
            hashes.elements()
                    .add(
                            Json.object()
                                    .with("node", one.node())
                                    .with("at", JsonItem.version(hashed.at()))
                                    .with("log_time_ms", hashed.logTimeMillis())
                                    .with("rows", hashed.rows())
                                    .with("hash", digest));
        }
        print(table, "hashes", hashes, output, terminal);
        if (seen.stream().map(Seen::hashed).distinct().count() > 1) {
            terminal.out().flush();
            throw new Complaint(
                    "CORRUPTION",
                    EXIT_DIFFERENT,
                    "shard hash %d: replicas differ at the same place".formatted(shard),
                    List.of(),
                    "stop writing, and keep the data folders of all its nodes");
        }
        if (!troubles.isEmpty()) {
            throw troubles.getFirst();
        }
        return 0;
    }

    /// {@return what those hash to that could be asked, all at the same place}
    private List<Seen> compare(Terminal terminal) {
        Clock clock = terminal.loops().clock();
        long end = clock.nanoTime() + client.options().deadline().toNanos();
        for (int round = 0; true; round++) {
            // Where the leader stands; if some were past it, so far ahead that all come by.
            long ahead = round % 2 == 0 ? 0 : 1L << round;
            long index = applied() + ahead;
            Duration left = Duration.ofNanos(Math.max(1_000_000, end - clock.nanoTime()));
            List<Reply> replies =
                    control.hash(holders, index, ahead == 0 ? left : left.dividedBy(3));
            boolean isLast = round == ROUNDS_MAX || clock.nanoTime() >= end;
            if (isLast || replies.stream().noneMatch(ShardActions::isElsewhere)) {
                return seen(replies, terminal);
            }
        }
    }

    private long applied() {
        NoriException why = null; // there is a holder
        for (String node : holders) {
            try {
                return control.show(node).applied().index();
            } catch (NoriException e) {
                why = e;
            }
        }
        throw why;
    }

    /// {@return whether another place may be one where the replica can be seen}
    private static boolean isElsewhere(Reply reply) {
        return reply instanceof Reply.Failed failed
                && (failed.retryAfterMillis() > 0
                        || failed.code() == ErrorCode.DEADLINE_EXCEEDED);
    }

    private List<Seen> seen(List<Reply> replies, Terminal terminal) {
        List<Seen> seen = new ArrayList<>();
        for (int i = 0; i < holders.size(); i++) {
            switch (replies.get(i)) {
                case Reply.Hashed hashed -> seen.add(new Seen(holders.get(i), hashed));
                case Reply.Failed failed -> {
                    NoriException why = NoriException.of(failed);
                    troubles.add(why);
                    terminal.err().println(holders.get(i) + ": " + why.getMessage());
                }
                case Reply other -> throw new AssertionError(other);
            }
        }
        return seen;
    }

    private static Json json(String node, NoriException why) {
        return Json.object().with("node", node).with("error", why.getMessage());
    }

    private void trouble(
            Table table, int columns, String node, NoriException why, Terminal terminal) {
        troubles.add(why);
        List<String> cells = new ArrayList<>(List.of(node));
        while (cells.size() < columns) {
            cells.add(cells.size() == 1 ? "unreachable" : "-");
        }
        table.add(cells);
        terminal.err().println(node + ": " + why.getMessage());
    }

    private void print(
            Table table, String name, Json.Arr rows, String output, Terminal terminal)
            throws IOException {
        if (output.equals("json")) {
            terminal.println(Json.object().with("shard", shard).with(name, rows).toString());
        } else {
            table.flush(terminal);
        }
    }
}
