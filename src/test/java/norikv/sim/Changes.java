package norikv.sim;

import java.util.List;
import java.util.Optional;
import norikv.raft.Configuration;
import norikv.raft.Members;
import norikv.raft.Raft;
import norikv.raft.Status;

/// Changes who belongs to a group, as an operator or a planner would: adds learners, promotes,
/// replaces and removes members, also the leader, hands leadership over, and destroys replicas that
/// nobody needs any more. A destroyed replica's id is never used again.
final class Changes {
    private final World world;
    private final Dice dice;
    private boolean isEnded;
    long asked;
    long transfers;
    long destroyed;

    Changes(World world, Dice dice) {
        this.world = world;
        this.dice = dice;
    }

    void begin() {
        if (world.plan.changeNanos > 0) {
            planNext();
        }
    }

    void end() {
        isEnded = true;
    }

    private void planNext() {
        world.plan(
                dice.around(world.plan.changeNanos), Happening.ofWorld("change", this::change));
    }

    private void change() {
        if (isEnded) {
            return;
        }
        int group = 1 + dice.below(world.plan.groups);
        leader(group).ifPresent(machine -> change(machine, group));
        planNext();
    }

    private void change(Machine machine, int group) {
        switch (dice.below(10)) {
            case 0 -> transfer(machine, group);
            case 1 -> destroySome(machine, group);
            default -> onMachine(machine, group, "reconfigure", () -> reconfigure(machine, group));
        }
    }

    private void onMachine(Machine machine, int group, String what, Runnable action) {
        world.plan(
                0, new Happening(what, machine.id, machine.life, group, "", action));
    }

    /// {@return the machine whose replica leads the latest term}
    private Optional<Machine> leader(int group) {
        Machine found = null;
        long term = 0;
        for (Machine machine : world.machines()) {
            Optional<Raft> raft = machine.host().flatMap(h -> h.raft(group));
            if (raft.isPresent() && raft.get().isLeader() && raft.get().term() > term) {
                term = raft.get().term();
                found = machine;
            }
        }
        return Optional.ofNullable(found);
    }

    void transfer(Machine machine, int group) {
        onMachine(
                machine,
                group,
                "transfer",
                () -> machine.host().ifPresent(host -> transfer(machine, host, group)));
    }

    private void transfer(Machine machine, Host host, int group) {
        host.raft(group)
                .ifPresent(
                        raft -> {
                            transfers++;
                            raft.transfer(now(machine), anyMember(raft));
                            host.administered(group);
                        });
    }

    private long anyMember(Raft raft) {
        Members all = raft.status().configuration().all();
        return all.id(dice.below(all.count()));
    }

    private void reconfigure(Machine machine, int group) {
        Host host = machine.host().orElseThrow();
        Optional<Raft> raft = host.raft(group);
        if (isEnded || raft.isEmpty() || !raft.get().isLeader()) {
            return;
        }
        Status status = raft.get().status();
        Configuration now = status.configuration();
        if (now.isJoint()) {
            return;
        }
        asked++;
        Configuration target =
                world.plan.tugs() && dice.oneIn(3)
                        ? tug(now, Members.of(status.self()))
                        : target(group, now);
        raft.get().reconfigure(now(machine), target, status.configurationIndex());
        host.administered(group);
    }

    /// The leader decides alone, or everybody does again.
    private static Configuration tug(Configuration now, Members leader) {
        return now.voters().count() == 1
                ? Configuration.of(now.voters().plus(now.learners()), Members.NONE)
                : Configuration.of(leader, now.all().minus(leader));
    }

    private Configuration target(int group, Configuration now) {
        Members voters = now.voters();
        Members learners = now.learners();
        Members some = Members.of(voters.id(dice.below(voters.count())));
        if (world.plan.feud && dice.oneIn(5)) {
            // An operator in a hurry: this one never was a learner.
            return Configuration.of(voters.plus(newLearner(group, now)), learners);
        }
        return switch (dice.below(8)) {
            // Who votes changes altogether: with majorities that need not meet.
            case 6 -> learners.isEmpty() ? now : Configuration.of(learners, Members.NONE);
            case 7 -> Configuration.of(some, voters.minus(some).plus(learners));
            case 0, 1 -> Configuration.of(voters, learners.plus(newLearner(group, now)));
            case 2 -> Configuration.of(voters.plus(learners), Members.NONE);
            case 3 -> {
                Members rest = voters.minus(some).plus(learners);
                yield rest.isEmpty() ? now : Configuration.of(rest, Members.NONE);
            }
            case 4 ->
                    voters.count() == 1
                            ? now
                            : Configuration.of(voters.minus(some), learners.plus(some));
            default ->
                    voters.count() <= 2
                            ? Configuration.of(voters, Members.NONE)
                            : Configuration.of(voters.minus(some), learners);
        };
    }

    /// {@return a replica that is not in the group, made on a machine that has none if need be}
    private Members newLearner(int group, Configuration now) {
        Machine machine = world.machine(1 + dice.below(world.plan.nodes));
        Store.Kept kept = machine.store.replicas.get(group);
        if (kept != null) {
            Members here = Members.of(kept.id);
            boolean isFree = now.all().common(here).isEmpty();
            boolean isWhole = machine.host().filter(h -> h.replica(group) == kept.id).isPresent();
            return isFree && isWhole ? here : Members.NONE;
        }
        if (!machine.isUp() || machine.pausedUntilNanos > world.nowNanos()) {
            return Members.NONE;
        }
        long id = machine.id;
        Truth truth = world.rules.truth(group);
        while (truth.tombstones.contains(id)) {
            id += 100;
        }
        Configuration first = truth.configurations.firstEntry().getValue();
        var created = new Store.Kept(group, id, first, world.startOf(first));
        machine.store.replicas.put(group, created);
        onMachine(
                machine,
                group,
                "create",
                () ->
                        machine.host()
                                .filter(host -> host.replica(group) == 0)
                                .ifPresent(host -> host.create(created)));
        return Members.of(id);
    }

    /// Destroys replicas that the group has left behind. They may be needed until a majority of
    /// those who stay knows, durably, that they were left: see `Status.FollowerStatus`.
    private void destroySome(Machine leader, int group) {
        Status status = leader.host().orElseThrow().raft(group).orElseThrow().status();
        Configuration now = status.configuration();
        boolean isLatest =
                world.rules.truth(group).configurations.lastKey() == status.configurationIndex();
        boolean isKnown =
                Majority.decides(
                        now,
                        id ->
                                world.rules.witness(group, id).hard.commit()
                                        >= status.configurationIndex());
        if (!world.plan.wipes || status.changing() || !isLatest || !isKnown) {
            return;
        }
        for (Machine machine : world.machines()) {
            long id = machine.host().map(h -> h.replica(group)).orElse(0L);
            if (id > 0 && !now.all().contains(id)) {
                destroyed++;
                onMachine(machine, group, "destroy", () -> destroy(machine, group, id));
            }
        }
    }

    /// The machine may have stood still since this was asked: the replica may be wanted again.
    private void destroy(Machine machine, int group, long id) {
        Truth truth = world.rules.truth(group);
        var last = truth.configurations.lastEntry();
        boolean isWanted =
                last.getValue().all().contains(id)
                        || truth.proposed.tailMap(last.getKey(), false).values().stream()
                                .flatMap(List::stream)
                                .anyMatch(proposed -> proposed.all().contains(id));
        if (!isWanted) {
            machine.host()
                    .filter(host -> host.replica(group) == id)
                    .ifPresent(host -> host.destroy(group));
        }
    }

    private norikv.raft.Now now(Machine machine) {
        return machine.clock.now(world.nowNanos());
    }
}
