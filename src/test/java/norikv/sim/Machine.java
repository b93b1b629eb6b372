package norikv.sim;

import java.util.Optional;
import norikv.disk.SimDisk;

/// A node of a world: disk, clocks, and a [Host] while it runs.
final class Machine {
    final int id;
    final NodeClock clock;
    final Dice dice;
    final Store store = new Store();
    SimDisk disk;

    /// Which run of its process this is.
    int life;

    /// Null while it is down.
    private Host host;

    long pausedUntilNanos;

    /// When the disk is through with the call that takes it longest.
    long diskBusyUntilNanos;

    /// How much slower its disk is at present.
    long diskSlowness = 1;

    /// Whether it belongs to those that are well again in the end.
    boolean isCore;

    Machine(int id, Dice dice) {
        this.id = id;
        this.dice = dice;
        clock = new NodeClock(dice);
        disk = new SimDisk(dice.nextLong());
    }

    boolean isUp() {
        return host != null;
    }

    Optional<Host> host() {
        return Optional.ofNullable(host);
    }

    void runs(Host newHost) {
        host = newHost;
    }

    /// The process is no more.
    void dies() {
        host = null;
        life++;
        diskBusyUntilNanos = 0;
        clock.isSuspended();
    }
}
