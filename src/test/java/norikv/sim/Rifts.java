package norikv.sim;

/// Faults made for leases, promises and votes: each takes the leader away from just whom it would
/// learn from that it leads no more, for longer than an election takes.
final class Rifts {
    /// A disk slower by this much answers nothing while it matters.
    private static final long DEAD = 1 << 20;

    private final World world;
    private final Strikes strikes;
    private final Dice dice;

    Rifts(World world, Strikes strikes, Dice dice) {
        this.world = world;
        this.strikes = strikes;
        this.dice = dice;
    }

    /// @param leader who leads, or anybody
    /// @param machine any other, or the same
    void strike(String kind, Machine leader, Machine machine) {
        switch (kind) {
            case "chasm" -> chasm(leader, machine == leader ? next(leader) : machine);
            case "handover" -> handover(leader, machine);
            case "sleep" -> sleep(leader);
            case "echo" -> echo(leader);
            case "deaddisk" -> killDisk(dice.oneIn(2) ? leader : machine);
            default -> throw new AssertionError(kind);
        }
    }

    private Machine next(Machine machine) {
        return world.machine(machine.id % world.machines().size() + 1);
    }

    /// One does not hear the leader and asks for votes again and again; then the third starts anew,
    /// and does not hear the leader either.
    private void chasm(Machine leader, Machine other) {
        strikes.cut(leader, other, true);
        strikes.cut(other, leader, !dice.oneIn(4));
        strikes.after(dice.around(4 * strikes.election()), "rejoin", () -> strikes.rejoin(leader));
        if (dice.oneIn(2)) {
            long nanos = dice.between(strikes.election() / 2, 3 * strikes.election());
            strikes.after(nanos, "forget", () -> forget(leader, other));
        }
    }

    private void forget(Machine leader, Machine other) {
        for (Machine third : world.machines()) {
            if (third != leader && third != other) {
                strikes.cut(leader, third, true);
                strikes.cut(third, leader, true);
                crash(third);
            }
        }
    }

    private void crash(Machine machine) {
        if (!(world.isHealed() && machine.isCore)) {
            strikes.crash(machine);
        }
    }

    /// The leader hands on, and then hears nobody; or the others do not hear one of them.
    private void handover(Machine leader, Machine machine) {
        strikes.transfer(machine);
        boolean isDeaf = dice.oneIn(2);
        Machine away = isDeaf ? leader : machine;
        // The message to the one that shall lead is on its way by then.
        long nanos = dice.oneIn(2) ? 1 : dice.below(4 * world.plan.linkNanos);
        strikes.after(nanos, "deaf", () -> isolate(away, isDeaf));
        strikes.after(
                dice.around(2 * strikes.election()),
                "rejoin",
                () -> strikes.rejoin(away));
    }

    private void isolate(Machine machine, boolean inbound) {
        for (Machine other : world.machines()) {
            if (other != machine) {
                strikes.cut(
                        inbound ? other : machine, inbound ? machine : other, true);
            }
        }
    }

    /// The leader's machine sleeps; what was on its way to it is there when it wakes.
    private void sleep(Machine leader) {
        strikes.suspend(leader);
        if (dice.oneIn(2)) {
            long nanos = dice.below(4 * world.plan.linkNanos);
            strikes.after(nanos, "deaf", () -> isolate(leader, true));
            strikes.after(4 * strikes.election(), "rejoin", () -> strikes.rejoin(leader));
        }
    }

    /// Answers take very long to the leader; then it is heard by nobody while they still arrive.
    private void echo(Machine leader) {
        slow(leader, dice.between(strikes.election() / 4, strikes.election()));
        long nanos = dice.between(strikes.election(), 3 * strikes.election());
        strikes.after(nanos, "mute", () -> isolate(leader, false));
        strikes.after(
                nanos + 3 * strikes.election(),
                "rejoin",
                () -> {
                    strikes.rejoin(leader);
                    slow(leader, 0);
                });
    }

    private void slow(Machine machine, long nanos) {
        for (Machine other : world.machines()) {
            if (!world.isHealed()) {
                world.network.slow(other.id, machine.id, nanos);
            }
        }
    }

    private void killDisk(Machine machine) {
        machine.diskSlowness = DEAD;
        strikes.after(dice.around(3 * strikes.election()), "disk", () -> mend(machine));
    }

    private void mend(Machine machine) {
        if (!world.isHealed()) {
            machine.diskSlowness = 1;
            strikes.crash(machine);
        }
    }
}
