package norikv.sim;

import java.util.ArrayList;
import java.util.List;
import norikv.domain.Consistency;
import norikv.domain.Version;

/// Clients that put, compare-and-set, delete and get, one operation at a time each, and give up
/// after a while; what they saw is the history.
final class Workload {
    /// A caller with a memory of what it has seen.
    private static final class Client {
        final int number;
        int process;
        Operation open;
        final int[] leaderOf;
        final long[] seenIndex;
        final Version[][] seenVersion;

        Client(int number, Plan plan) {
            this.number = number;
            this.process = number;
            leaderOf = new int[plan.groups + 1];
            seenIndex = new long[plan.groups + 1];
            seenVersion = new Version[plan.groups + 1][plan.keys];
            for (Version[] versions : seenVersion) {
                java.util.Arrays.fill(versions, Table.NEVER);
            }
        }
    }

    private final World world;
    private final Dice dice;
    private final List<Client> clients = new ArrayList<>();

    /// All operations that were asked, in the order of their beginnings.
    private final List<Operation> history = new ArrayList<>();

    private int processes;
    private long asked;
    private boolean isEnded;

    Workload(World world, Dice dice) {
        this.world = world;
        this.dice = dice;
    }

    void begin() {
        for (int i = 0; i < world.plan.clients; i++) {
            Client client = new Client(processes++, world.plan);
            clients.add(client);
            planNext(client);
        }
    }

    /// No operation begins any more.
    void end() {
        isEnded = true;
    }

    private void planNext(Client client) {
        world.plan(
                dice.around(world.plan.thinkNanos),
                Happening.ofWorld("client", () -> next(client)));
    }

    private void next(Client client) {
        if (isEnded || asked >= world.plan.operationsMax) {
            return;
        }
        int group = 1 + dice.below(world.plan.groups);
        Operation operation = draw(client, group);
        int known = client.leaderOf[group];
        int target = known > 0 && !dice.oneIn(8) ? known : 1 + dice.below(world.plan.nodes);
        if (operation.consistency == Consistency.STALE) {
            target = 1 + dice.below(world.plan.nodes);
        }
        client.open = operation;
        send(operation, target);
        burst(group, target);
        long election = world.plan.options.electionMaxNanos();
        long patience = dice.between(election / 8, 3 * election);
        world.plan(patience, Happening.ofWorld("giveup", () -> giveUp(client, operation)));
    }

    /// Some writes more, which nobody waits for and nobody reads: they make logs grow apart.
    private void burst(int group, int target) {
        if (world.plan.bursts > 0 && dice.oneIn(4)) {
            for (int i = dice.between(1, world.plan.bursts); i > 0; i--) {
                Operation write = probe(group, world.plan.keys, false);
                send(write, target);
                long patience = world.plan.options.electionMaxNanos();
                world.plan(patience, Happening.ofWorld("forget", () -> forget(write)));
            }
        }
    }

    private void forget(Operation operation) {
        if (operation.outcome == Operation.Outcome.OPEN) {
            operation.outcome = Operation.Outcome.INDETERMINATE;
            operation.returnNanos = world.nowNanos();
        }
    }

    private Operation draw(Client client, int group) {
        int key = dice.below(world.plan.keys);
        boolean isRead = dice.below(100) < world.plan.readPercent;
        Operation.Kind kind =
                isRead
                        ? Operation.Kind.GET
                        : switch (dice.below(8)) {
                            case 0 -> Operation.Kind.DELETE;
                            case 1, 2, 3 -> Operation.Kind.CAS;
                            default -> Operation.Kind.PUT;
                        };
        Consistency consistency =
                isRead
                        ? switch (dice.below(4)) {
                            case 0 -> Consistency.STALE;
                            case 1 -> Consistency.LINEARIZABLE;
                            default -> Consistency.LEASE;
                        }
                        : Consistency.LINEARIZABLE;
        var operation =
                new Operation(
                        client.process,
                        ++asked,
                        group,
                        key,
                        kind,
                        consistency,
                        isRead ? 0 : world.nextToken(),
                        dice.oneIn(6) ? Table.NEVER : client.seenVersion[group][key],
                        world.nowNanos());
        operation.sessionIndex = client.seenIndex[group];
        operation.committedAtCall = world.rules.truth(group).committed.last();
        history.add(operation);
        return operation;
    }

    /// Asks a machine on behalf of a client; a machine that is down refuses the connection.
    void send(Operation operation, int target) {
        world.plan(
                dice.around(world.plan.answerNanos),
                new Happening(
                        "ask",
                        target,
                        Happening.ANY_LIFE,
                        operation.group,
                        operation,
                        () -> {
                            operation.machine = target;
                            world.machine(target)
                                    .host()
                                    .ifPresentOrElse(
                                            host -> host.ask(operation),
                                            () -> answer(operation, Answer.DEFINITE));
                        }));
    }

    /// A host answers; the answer may get lost.
    void answer(Operation operation, Answer answer) {
        world.clientRules.answered(operation, answer);
        if (!world.isHealed() && dice.hit(world.plan.answersLost)) {
            return;
        }
        world.plan(
                dice.around(world.plan.answerNanos),
                Happening.ofWorld("answer", () -> answered(operation, answer)));
    }

    private void answered(Operation operation, Answer answer) {
        if (operation.outcome != Operation.Outcome.OPEN) {
            return;
        }
        operation.outcome = answer.outcome();
        operation.returnNanos = world.nowNanos();
        operation.value = answer.value();
        operation.version = answer.version();
        operation.servedIndex = answer.servedIndex();
        for (Client client : clients) {
            if (client.open == operation) {
                heard(client, operation);
            }
        }
    }

    private void heard(Client client, Operation operation) {
        client.open = null;
        int group = operation.group;
        switch (operation.outcome) {
            case OK, MISSING, MISMATCH -> {
                client.leaderOf[group] = operation.machine;
                client.seenVersion[group][operation.key] =
                        operation.isRead() && operation.outcome == Operation.Outcome.MISSING
                                ? Table.NEVER
                                : operation.version;
                client.seenIndex[group] =
                        Math.max(
                                client.seenIndex[group],
                                Math.max(operation.servedIndex, operation.version.index()));
            }
            case DEFINITE -> client.leaderOf[group] = 0;
            case INDETERMINATE -> client.process = processes++;
            case OPEN -> throw new AssertionError(operation);
        }
        planNext(client);
    }

    private void giveUp(Client client, Operation operation) {
        if (client.open == operation) {
            forget(operation);
            client.leaderOf[operation.group] = 0;
            heard(client, operation);
        }
    }

    /// {@return an operation outside of any client, for [Liveness]; it counts in the history}
    Operation probe(int group, int key, boolean isRead) {
        var operation =
                new Operation(
                        processes++,
                        ++asked,
                        group,
                        key,
                        isRead ? Operation.Kind.GET : Operation.Kind.PUT,
                        Consistency.LINEARIZABLE,
                        isRead ? 0 : world.nextToken(),
                        Table.NEVER,
                        world.nowNanos());
        operation.committedAtCall = world.rules.truth(group).committed.last();
        history.add(operation);
        return operation;
    }

    boolean isIdle() {
        return clients.stream().allMatch(client -> client.open == null);
    }

    /// {@return what all clients together saw, the operations that are still open included}
    List<Operation> history() {
        return history;
    }
}
