package norikv.sim;

import java.util.Optional;
import norikv.disk.SimDisk;
import norikv.disk.SimFault;
import norikv.domain.NoriException;
import norikv.raft.Raft;

/// What goes wrong in a world beside the network's own ways: machines crash, at once or in the
/// middle of a call of their disk; start again, and crash in that; links are cut; clocks drift,
/// jump and stand still; disks are slow or fail.
final class Strikes {
    private static final long MILLI = Plan.MILLI;

    /// Shorter ones than this a lease cannot see, and need not: see `LeaseView`.
    private static final long SUSPEND_NANOS_MIN = 60 * MILLI;

    /// Longer than any suspension, so that the two never cancel out.
    private static final long JUMP_MILLIS_MIN = 60_000;

    private final World world;
    private final Dice dice;
    private final Rifts rifts;

    /// Null but in worlds of [Profile#FEUD].
    private final Feuds feuds;

    /// Null but in worlds of [Profile#GRUDGE].
    private final Grudges grudges;

    /// Null where changes part nobody.
    private final Schism schism;

    private boolean isHealed;
    long crashes;
    long crashesInRecovery;

    Strikes(World world, Dice dice) {
        this.world = world;
        this.dice = dice;
        rifts = new Rifts(world, this, dice);
        feuds = world.plan.feud ? new Feuds(world, this, dice) : null;
        grudges = world.plan.isGrudge() ? new Grudges(world, this, dice) : null;
        boolean parts = world.plan.feud || world.plan.theme == Grudges.Theme.SCHISM;
        schism = parts ? new Schism(world, this, dice) : null;
    }

    /// {@return the measure of all times here: how long a follower waits at most}
    long election() {
        return world.plan.options.electionMaxNanos();
    }

    Optional<Feuds> feuds() {
        return Optional.ofNullable(feuds);
    }

    Optional<Grudges> grudges() {
        return Optional.ofNullable(grudges);
    }

    Optional<Schism> schism() {
        return Optional.ofNullable(schism);
    }

    void after(long nanos, String what, Runnable action) {
        world.plan(nanos, Happening.ofWorld(what, action));
    }

    void begin() {
        for (Machine machine : world.machines()) {
            drift(machine);
            start(machine);
        }
        planNext();
    }

    private void planNext() {
        world.plan(
                dice.around(world.plan.strikeNanos), Happening.ofWorld("strike", this::strike));
    }

    private void strike() {
        Machine machine = anyVictim();
        if (machine == null) {
            return;
        }
        if (!world.plan.strikes.isEmpty()) {
            strike(machine, world.plan.strikes.get(dice.below(world.plan.strikes.size())));
        }
        planNext();
    }

    /// {@return a machine that may be struck: in the end only those that stay ill}
    private Machine anyVictim() {
        Machine[] victims = new Machine[world.machines().size()];
        int count = 0;
        for (Machine machine : world.machines()) {
            if (!isHealed || !machine.isCore) {
                victims[count++] = machine;
            }
        }
        return count == 0 ? null : victims[dice.below(count)];
    }

    private void strike(Machine machine, String kind) {
        long now = world.nowNanos();
        switch (kind) {
            case "crash" -> crash(dice.oneIn(2) ? leaderOr(machine) : machine);
            case "torn" -> machine.disk.crashAfter(dice.between(1, 20));
            case "reboot" -> world.machines().forEach(this::crashSometimes);
            case "partition" -> partition(false);
            case "oneway" -> partition(true);
            case "isolate" -> isolate(leaderOr(machine), dice.oneIn(2));
            case "flap" -> flap(machine, 6);
            case "pause" -> machine.pausedUntilNanos = now + dice.below(3 * election());
            case "suspend" -> suspend(machine);
            case "jump" -> machine.clock.jump(now, jumpMillis());
            case "drift" -> drift(machine);
            case "slowdisk" -> machine.diskSlowness = dice.oneIn(2) ? 1 : dice.between(2, 200);
            case "eio" -> failForce(machine);
            case "transfer" -> transfer(machine);
            case "lag" -> lag(machine);
            case "hush" -> feuds.hush(leaderOr(machine));
            case "glimpse" -> grudges.glimpse(leaderOr(machine));
            case "stray" -> grudges.stray(machine);
            case "chasm", "handover", "sleep", "echo", "deaddisk" ->
                    rifts.strike(kind, leaderOr(machine), machine);
            default -> throw new AssertionError(kind);
        }
    }

    private void crashSometimes(Machine machine) {
        if (dice.oneIn(2) && (!isHealed || !machine.isCore)) {
            crash(machine);
        }
    }

    /// The process ends, and the disk forgets what was not forced, or a part of it.
    void crash(Machine machine) {
        if (!machine.isUp()) {
            return;
        }
        crashes++;
        machine.dies();
        machine.disk = machine.disk.crash(dice.nextLong());
        planStart(machine);
    }

    private void planStart(Machine machine) {
        long nanos = dice.around(dice.oneIn(3) ? 2 * election() : election() / 8);
        nanos = world.plan.rift ? nanos / 64 : nanos;
        int life = machine.life;
        world.plan(
                machine.isCore && isHealed ? MILLI : nanos,
                new Happening("start", machine.id, life, 0, "", () -> start(machine)));
    }

    /// The machine starts, which its disk may end at any call.
    private void start(Machine machine) {
        if (machine.isUp()) {
            return;
        }
        boolean mayCrash = !(isHealed && machine.isCore) && world.plan.strikes.contains("torn");
        if (mayCrash && dice.oneIn(4)) {
            machine.disk.crashAfter(dice.between(1, 12));
        }
        try {
            machine.runs(world.newHost(machine));
        } catch (SimDisk.Crashed | NoriException.DiskFailure e) {
            crashesInRecovery++;
            machine.dies();
            machine.disk = machine.disk.crash(dice.nextLong());
            planStart(machine);
        }
    }

    /// A host said that it cannot go on.
    void fatal(Machine machine, int life) {
        world.plan(
                0, new Happening("fatal", machine.id, life, 0, "", () -> crash(machine)));
    }

    private void failForce(Machine machine) {
        int n = dice.between(1, 30);
        machine.disk.inject(
                SimFault.nth(n, call -> call.op() == SimDisk.Op.FORCE), new SimFault.Broken());
    }

    private void partition(boolean oneWay) {
        long side = dice.oneIn(3) ? 0 : dice.nextLong();
        for (Machine from : world.machines()) {
            for (Machine to : world.machines()) {
                boolean apart = (side >> from.id & 1) != (side >> to.id & 1);
                boolean isCut = apart && (!oneWay || (side >> from.id & 1) == 1);
                cut(from, to, isCut);
            }
        }
    }

    /// In the end the links of those who are well stay as they are.
    void cut(Machine from, Machine to, boolean isCut) {
        if (!(isHealed && (from.isCore || to.isCore))) {
            world.network.cut(from.id, to.id, isCut);
        }
    }

    private void isolate(Machine machine, boolean oneWay) {
        for (Machine other : world.machines()) {
            if (other != machine) {
                cut(machine, other, true);
                cut(other, machine, !oneWay || dice.oneIn(2));
            }
        }
        world.plan(
                dice.around(3 * election() / 2),
                Happening.ofWorld("rejoin", () -> rejoin(machine)));
    }

    void rejoin(Machine machine) {
        world.machines().forEach(other -> rejoin(machine, other));
    }

    void rejoin(Machine machine, Machine other) {
        cut(machine, other, false);
        cut(other, machine, false);
    }

    /// A link comes and goes.
    private void flap(Machine machine, int times) {
        Machine other = world.machine(1 + dice.below(world.machines().size()));
        cut(machine, other, times % 2 == 0);
        cut(other, machine, times % 2 == 0);
        if (times > 1) {
            world.plan(
                    dice.around(election() / 8),
                    Happening.ofWorld("flap", () -> flapAgain(machine, other, times - 1)));
        }
    }

    private void flapAgain(Machine machine, Machine other, int times) {
        cut(machine, other, times % 2 == 0);
        cut(other, machine, times % 2 == 0);
        if (times > 1) {
            world.plan(
                    dice.around(election() / 8),
                    Happening.ofWorld("flap", () -> flapAgain(machine, other, times - 1)));
        }
    }

    /// The whole machine stands still, its monotonic clock with it; the wall clock goes on.
    void suspend(Machine machine) {
        // In the end not: a leader whose time goes slowly, and whose messages arrive, may lead on.
        if (machine.clock.isSuspended() || isHealed) {
            return;
        }
        long now = world.nowNanos();
        long nanos = dice.between(SUSPEND_NANOS_MIN, SUSPEND_NANOS_MIN + 3 * election());
        machine.clock.suspend(now);
        machine.pausedUntilNanos = now + nanos + 1;
        world.plan(
                nanos,
                Happening.ofWorld("resume", () -> resume(machine)));
    }

    /// A reader may come before anything else: no lease may have outlived the sleep.
    private void resume(Machine machine) {
        machine.clock.resume(world.nowNanos());
        for (int group = 1; group <= world.plan.groups; group++) {
            world.leases.check(world.rules.truth(group), world.nowNanos());
        }
    }

    private long jumpMillis() {
        long millis = JUMP_MILLIS_MIN + dice.below(3_600_000L);
        return dice.oneIn(2) ? millis : -millis;
    }

    private void drift(Machine machine) {
        double rate = 1 + world.plan.driftMax * (2 * dice.fraction() - 1);
        machine.clock.drift(world.nowNanos(), dice.oneIn(4) ? extreme(rate) : rate);
    }

    private double extreme(double rate) {
        return rate < 1 ? 1 - world.plan.driftMax : 1 + world.plan.driftMax;
    }

    private void lag(Machine machine) {
        for (Machine other : world.machines()) {
            if (!isHealed) {
                long nanos = dice.oneIn(2) ? 0 : dice.below(election() / 4);
                world.network.slow(other.id, machine.id, nanos);
            }
        }
    }

    private Machine leaderOr(Machine otherwise) {
        return leaderOr(1 + dice.below(world.plan.groups), otherwise);
    }

    private Machine leaderOr(int group, Machine otherwise) {
        for (Machine machine : world.machines()) {
            boolean leads =
                    machine.host()
                            .flatMap(h -> h.raft(group))
                            .filter(Raft::isLeader)
                            .isPresent();
            if (leads && !(isHealed && machine.isCore)) {
                return machine;
            }
        }
        return otherwise;
    }

    void transfer(Machine machine) {
        int group = 1 + dice.below(world.plan.groups);
        world.changes.transfer(leaderOr(group, machine), group);
    }

    /// From now on those who are well are left alone, and come back if they are down.
    void heal() {
        isHealed = true;
        grudges().ifPresent(Grudges::end);
        for (Machine machine : world.machines()) {
            if (machine.isCore) {
                machine.disk.crashAfter(Long.MAX_VALUE / 2);
                machine.disk.heal();
                machine.diskSlowness = 1;
                if (!machine.clock.isSuspended()) {
                    machine.pausedUntilNanos = 0;
                }
                planStart(machine);
            }
        }
    }
}
