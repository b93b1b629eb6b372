package norikv.sim;

import java.util.ArrayList;
import java.util.List;
import norikv.disk.SimDisk;
import norikv.raft.Configuration;
import norikv.raft.Members;
import norikv.raft.SnapshotMeta;

/// One seed, one world, one thread: machines with disks and clocks, a network between them,
/// clients, faults, and one agenda on which everything happens one after the other. After each
/// event what it touched is checked; in the end a part of the machines is well again and must get
/// somewhere.
final class World {
    private static final long DISK_NANOS_MAX = 5_000 * Plan.MILLI;

    /// A world in which more happens at one moment will not see the next.
    private static final long EVENTS_OF_MOMENT_MAX = 100_000;

    final Plan plan;
    final Rules rules = new Rules();
    final LeaseRules leases;
    final ClientRules clientRules = new ClientRules(rules);
    final Network network;
    final Strikes strikes;
    final Changes changes;
    final Workload workload;
    final Trace trace;
    private final Dice dice;
    private final Agenda agenda = new Agenda();
    private final List<Machine> machines = new ArrayList<>();
    private long nowNanos;
    private long eventsOfMoment;
    private long tokens;
    private boolean isHealed;
    long events;

    World(long seed, Plan plan, Trace trace) {
        this.plan = plan;
        this.trace = trace;
        dice = new Dice(seed);
        leases = new LeaseRules(plan.groups, plan.leaseHolds);
        network = new Network(this, dice.split(), plan.nodes);
        strikes = new Strikes(this, dice.split());
        strikes.schism().ifPresent(s -> rules.members().whenJoint = s::strike);
        changes = new Changes(this, dice.split());
        workload = new Workload(this, dice.split());
        for (int id = 1; id <= plan.nodes; id++) {
            machines.add(new Machine(id, dice.split()));
        }
        for (int group = 1; group <= plan.groups; group++) {
            found(group);
        }
    }

    /// Puts a group on some machines, most often three or five of them as voters.
    private void found(int group) {
        int most = dice.oneIn(8) ? plan.nodes : Math.min(plan.nodes, dice.oneIn(4) ? 5 : 3);
        int voters = dice.oneIn(8) ? dice.between(1, most) : most;
        Members members = Members.NONE;
        int first = dice.below(plan.nodes);
        for (int i = 0; i < voters; i++) {
            members = members.plus(Members.of(1 + (first + i) % plan.nodes));
        }
        Configuration configuration = Configuration.of(members, Members.NONE);
        Table start = startOf(configuration);
        rules.add(new Truth(group, plan.keys + 1, configuration, start));
        for (int i = 0; i < members.count(); i++) {
            var kept = new Store.Kept(group, members.id(i), configuration, start.copy());
            machine((int) members.id(i)).store.replicas.put(group, kept);
        }
    }

    /// {@return the state that a group begins with}
    Table startOf(Configuration configuration) {
        var at = new norikv.domain.Version(1, 1);
        // The last key is that of bursts.
        return new Table(plan.keys + 1, new SnapshotMeta(at, 0, configuration, 1));
    }

    /// Lives through the whole world.
    ///
    /// **Errors.** [Violation], or whatever the code under test throws.
    void run() {
        strikes.begin();
        workload.begin();
        changes.begin();
        runUntil(plan.chaosNanos);
        var liveness = new Liveness(this, dice.split());
        liveness.chooseCore();
        isHealed = true;
        network.heal();
        strikes.heal();
        changes.end();
        liveness.begin();
        while (!liveness.isWell()) {
            runUntil(nowNanos + liveness.lookNanos());
            liveness.look();
        }
    }

    private void runUntil(long end) {
        while (!agenda.isEmpty() && agenda.nextAt() < end) {
            eventsOfMoment = agenda.nextAt() == nowNanos ? eventsOfMoment + 1 : 1;
            Violation.check(eventsOfMoment < EVENTS_OF_MOMENT_MAX, "R1", "time stands still");
            nowNanos = agenda.nextAt();
            happen(agenda.take());
        }
        nowNanos = end;
    }

    private void happen(Happening happening) {
        if (happening.machine() == 0) {
            events++;
            trace.event(nowNanos, happening);
            happening.action().run();
            return;
        }
        Machine machine = machine(happening.machine());
        if (happening.life() != Happening.ANY_LIFE && happening.life() != machine.life) {
            return;
        }
        if (machine.pausedUntilNanos > nowNanos) {
            plan(machine.pausedUntilNanos - nowNanos + dice.below(Plan.MILLI), happening);
            return;
        }
        events++;
        trace.event(nowNanos, happening);
        try {
            happening.action().run();
            if (machine.isUp()) {
                machine.host().get().settle();
            }
        } catch (SimDisk.Crashed e) {
            strikes.fatal(machine, machine.life);
        }
    }

    void plan(long nanos, Happening happening) {
        agenda.add(nowNanos + nanos, dice.nextLong(), happening);
    }

    long nowNanos() {
        return nowNanos;
    }

    boolean isHealed() {
        return isHealed;
    }

    List<Machine> machines() {
        return machines;
    }

    Machine machine(int id) {
        return machines.get(id - 1);
    }

    long nextToken() {
        return ++tokens;
    }

    /// {@return how long the disk of a machine takes for a call}
    long diskNanos(Machine machine) {
        boolean isWell = isHealed && machine.isCore;
        // A disk that is as slow as an election lets nobody lead for long.
        long most = isWell ? plan.options.heartbeatNanos() / 8 : plan.diskNanos;
        long nanos = dice.around(Math.min(plan.diskNanos, most)) * machine.diskSlowness;
        if (!isWell && dice.hit(plan.diskSpikes)) {
            nanos += dice.oneIn(10) ? dice.below(5_000 * Plan.MILLI) : dice.below(300 * Plan.MILLI);
        }
        nanos = Math.min(nanos, DISK_NANOS_MAX);
        machine.diskBusyUntilNanos = Math.max(machine.diskBusyUntilNanos, nowNanos + nanos);
        return nanos;
    }

    /// {@return how long a machine takes, on average, to apply what its core hands over at a time}
    long applyNanos(Machine machine) {
        // Who is well may have thousands of entries to go, handed over one by one.
        boolean isWell = isHealed && machine.isCore;
        return isWell ? Math.min(plan.applyNanos, Plan.MILLI) : plan.applyNanos;
    }

    /// {@return a new process on a machine} The one place that says which host runs in this world.
    Host newHost(Machine machine) {
        return new ThinHost(new Ground(this, machine));
    }
}
