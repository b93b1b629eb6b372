package norikv.sim;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import norikv.raft.Configuration;
import norikv.raft.Raft;
import norikv.raft.Status;

/// In the end: machines that make a quorum of every group are well for good, the others stay as ill
/// as they are. Within some seconds every group has one leader, all who are well have applied the
/// same, a new write and a new read come through, no change hangs, nobody waits, and terms rest.
final class Liveness {
    /// The most elections that a group may need, or suffer, from then on.
    private static final int ELECTIONS_MAX = 6;

    private static final long LOOK_NANOS = 100 * Plan.MILLI;

    private final World world;
    private final Dice dice;
    private final List<Operation> probes = new ArrayList<>();
    private final long[] electionsBefore;
    private long healedAtNanos;
    private long wellFromNanos;
    private long wellSinceNanos = Long.MAX_VALUE;
    private boolean isWell;

    Liveness(World world, Dice dice) {
        this.world = world;
        this.dice = dice;
        electionsBefore = new long[world.plan.groups + 1];
    }

    /// Draws who will be well: a quorum of every configuration that may still count.
    void chooseCore() {
        world.machines().forEach(machine -> machine.isCore = true);
        int first = dice.below(world.machines().size());
        for (int i = 0; i < world.machines().size(); i++) {
            Machine machine =
                    world.machines().get((first + i) % world.machines().size());
            if (dice.oneIn(2)) {
                machine.isCore = false;
                machine.isCore = !everyGroupHasAQuorum();
            }
        }
    }

    private boolean everyGroupHasAQuorum() {
        for (int group = 1; group <= world.plan.groups; group++) {
            Truth truth = world.rules.truth(group);
            var inEffect = truth.configurations;
            Map.Entry<Long, Configuration> last = inEffect.lastEntry();
            if (!isCovered(truth, last.getValue())) {
                return false;
            }
            // Who starts again may know the one before only; unless it is gone for good.
            Map.Entry<Long, Configuration> before = inEffect.lowerEntry(last.getKey());
            if (before != null && !hasDestroyed(truth, before.getValue())
                    && !isCovered(truth, before.getValue())) {
                return false;
            }
            boolean areCovered =
                    truth.proposed.tailMap(last.getKey(), false).values().stream()
                            .flatMap(List::stream)
                            .allMatch(proposed -> isCovered(truth, proposed));
            if (!areCovered) {
                return false;
            }
        }
        return true;
    }

    private static boolean hasDestroyed(Truth truth, Configuration configuration) {
        return truth.tombstones.stream().anyMatch(id -> configuration.isVoter(id));
    }

    private boolean isCovered(Truth truth, Configuration configuration) {
        return Majority.decides(
                configuration,
                id ->
                        world.machine(Network.machineOf(id)).isCore
                                && !truth.tombstones.contains(id));
    }

    void begin() {
        healedAtNanos = world.nowNanos();
        wellFromNanos = healedAtNanos;
        for (Machine machine : world.machines()) {
            if (machine.isCore) {
                long ends = Math.max(machine.diskBusyUntilNanos, machine.pausedUntilNanos);
                wellFromNanos = Math.max(wellFromNanos, ends);
            }
        }
        forgetElections();
    }

    /// Trouble that began before may last: while the disk of one hangs in a call, or its machine
    /// sleeps, it votes for nobody, and a quorum needs one of the ill, who comes and goes.
    private void forgetElections() {
        for (int group = 1; group <= world.plan.groups; group++) {
            electionsBefore[group] = world.rules.truth(group).elections;
        }
    }

    boolean isWell() {
        return isWell;
    }

    long lookNanos() {
        return LOOK_NANOS;
    }

    /// Looks how things stand.
    void look() {
        long since = world.nowNanos() - healedAtNanos;
        if (since > world.plan.options.electionMaxNanos()) {
            world.workload.end();
        }
        if (world.nowNanos() <= wellFromNanos) {
            forgetElections();
        }
        List<String> reasons = new ArrayList<>();
        if (!world.workload.isIdle()) {
            reasons.add("clients wait");
        }
        for (int group = 1; group <= world.plan.groups; group++) {
            look(group, reasons);
            long elections = world.rules.truth(group).elections - electionsBefore[group];
            String what = elections + " elections after all is well in group " + group;
            Violation.check(
                    elections <= ELECTIONS_MAX, "LIVE", () -> what + "; " + describe());
        }
        if (reasons.isEmpty() && probes.isEmpty()) {
            probe(false);
        } else if (reasons.isEmpty()) {
            answered(reasons);
        }
        if (!reasons.isEmpty() || probes.isEmpty()) {
            wellSinceNanos = Long.MAX_VALUE;
        } else {
            wellSinceNanos = Math.min(wellSinceNanos, world.nowNanos());
        }
        long calmNanos = world.network.calmElections() * world.plan.options.electionMaxNanos();
        isWell = world.nowNanos() - wellSinceNanos >= calmNanos;
        Violation.check(
                isWell || since < world.plan.healedNanosMax + calmNanos,
                "LIVE",
                () ->
                        "not well %d ms after healing: %s; %s"
                                .formatted(since / Plan.MILLI, reasons, describe()));
    }

    /// A write, then a read, of every group, at its leader.
    private void probe(boolean isRead) {
        for (int group = 1; group <= world.plan.groups; group++) {
            Operation operation = world.workload.probe(group, 0, isRead);
            probes.add(operation);
            world.workload.send(operation, leader(group).orElseThrow().id);
        }
    }

    private void answered(List<String> reasons) {
        for (Operation probe : probes) {
            boolean isAnswered =
                    probe.outcome == Operation.Outcome.OK
                            || probe.outcome == Operation.Outcome.MISSING;
            if (!isAnswered) {
                reasons.add("no answer to " + probe);
                if (probe.outcome == Operation.Outcome.DEFINITE) {
                    probes.clear();
                    return;
                }
            }
        }
        if (reasons.isEmpty() && probes.size() == world.plan.groups) {
            probe(true);
            reasons.add("reads were asked just now");
        }
    }

    private void look(int group, List<String> reasons) {
        Optional<Machine> machine = leader(group);
        if (machine.isEmpty()) {
            reasons.add("no leader of group " + group);
            return;
        }
        Status status = machine.get().host().flatMap(h -> h.raft(group)).orElseThrow().status();
        boolean rests =
                !status.changing()
                        && status.transferTarget() == 0
                        && status.commit() == status.last().index()
                        && status.applied() == status.commit()
                        && status.reads() == 0;
        if (!rests) {
            reasons.add("leader is busy: " + status);
        }
        var all = status.configuration().all();
        for (int i = 0; i < all.count(); i++) {
            Machine other = world.machine(Network.machineOf(all.id(i)));
            if (other.isCore) {
                lookAtMember(group, all.id(i), other, status, reasons);
            }
        }
    }

    private static void lookAtMember(
            int group, long id, Machine machine, Status leader, List<String> reasons) {
        Optional<Raft> raft =
                machine.host().filter(h -> h.replica(group) == id).flatMap(h -> h.raft(group));
        if (raft.isEmpty()) {
            reasons.add("replica %d of group %d is down".formatted(id, group));
            return;
        }
        Status status = raft.get().status();
        boolean isSame =
                status.applied() == leader.last().index()
                        && status.term() == leader.term()
                        && !status.installing();
        if (!isSame) {
            reasons.add("left behind: " + status);
        }
        if (machine.host().get().waiting() > 0) {
            reasons.add("somebody waits at " + machine.id);
        }
    }

    private Optional<Machine> leader(int group) {
        Machine found = null;
        for (Machine machine : world.machines()) {
            boolean leads =
                    machine.host().flatMap(h -> h.raft(group)).filter(Raft::isLeader).isPresent();
            if (machine.isCore && leads) {
                if (found != null) {
                    return Optional.empty();
                }
                found = machine;
            }
        }
        return Optional.ofNullable(found);
    }

    private String describe() {
        StringBuilder text = new StringBuilder(world.network.describe());
        for (Machine machine : world.machines()) {
            text.append("\n  n%d %s".formatted(machine.id, machine.isCore ? "well" : "ill"));
            text.append(machine.host().map(Host::describe).orElse(" down"));
        }
        return text.toString();
    }
}
