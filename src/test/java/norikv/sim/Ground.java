package norikv.sim;

import java.util.Optional;
import norikv.disk.SimDisk;
import norikv.domain.NoriException;
import norikv.raft.Message;
import norikv.raft.Now;
import norikv.raft.Status;
import norikv.work.Clock;
import norikv.work.Loop;
import norikv.work.Loops;
import norikv.work.Pool;
import norikv.work.Signal;
import norikv.work.Step;

/// What one life of a machine stands on: everything its [Host] may touch. Also the [Loops] of
/// production parts: a step that is woken runs as a happening of its own, as late as the disk is
/// slow.
final class Ground implements Loops {
    private final World world;
    private final Machine machine;
    private final int life;
    private final Clock clock =
            new Clock() {
                @Override
                public long nanoTime() {
                    return machine.clock.nanos(world.nowNanos());
                }

                @Override
                public long wallMillis() {
                    return machine.clock.wallMillis(world.nowNanos());
                }
            };

    Ground(World world, Machine machine) {
        this.world = world;
        this.machine = machine;
        this.life = machine.life;
    }

    Machine machine() {
        return machine;
    }

    Plan plan() {
        return world.plan;
    }

    Rules watch() {
        return world.rules;
    }

    LeaseRules leases() {
        return world.leases;
    }

    ClientRules clients() {
        return world.clientRules;
    }

    SimDisk disk() {
        return machine.disk;
    }

    Store store() {
        return machine.store;
    }

    Dice dice() {
        return machine.dice;
    }

    /// {@return both clocks of the machine}
    Now now() {
        return machine.clock.now(world.nowNanos());
    }

    long trueNanos() {
        return world.nowNanos();
    }

    /// {@return how long the state machine takes at a time, on average}
    long applyNanos() {
        return world.applyNanos(machine);
    }

    /// {@return how long until the machine's clock shows `nanos`}
    long until(long nanos) {
        return machine.clock.until(nanos, world.nowNanos());
    }

    /// Lets something happen on this machine later, unless it crashes before.
    void after(long nanos, String what, int group, Runnable action) {
        world.plan(nanos, new Happening(what, machine.id, life, group, "", action));
    }

    long nextToken() {
        return world.nextToken();
    }

    void trace(Status status) {
        world.trace.state(machine.id, status);
    }

    void send(Message message, Optional<Table> snapshot) {
        world.rules.sent(message);
        world.network.send(machine, message, snapshot);
    }

    void answer(Operation operation, Answer answer) {
        world.workload.answer(operation, answer);
    }

    /// The host cannot go on.
    void fatal(Throwable cause) {
        if (!(cause instanceof SimDisk.Crashed) && !(cause instanceof NoriException)) {
            throw new Violation("FATAL", cause.toString());
        }
        world.strikes.fatal(machine, life);
    }

    @Override
    public Clock clock() {
        return clock;
    }

    @Override
    public Loop start(String name, Step step) {
        return new SteppedLoop(name, step);
    }

    @Override
    public Pool pool(String name, int threads, int queueMax) {
        throw new UnsupportedOperationException("pools come with the host that needs them");
    }

    @Override
    public void spawn(String name, Runnable task) {
        after(0, name, 0, task);
    }

    @Override
    public Signal signal() {
        return new Flag();
    }

    /// A flag that nobody waits for: machines of a world are killed, never closed.
    private static final class Flag implements Signal {
        private boolean isRaised;

        @Override
        public void raise() {
            isRaised = true;
        }

        @Override
        public boolean isRaised() {
            return isRaised;
        }

        @Override
        public boolean await(long deadlineNanos) {
            throw new UnsupportedOperationException("a wait in a host of one thread");
        }
    }

    /// A loop whose step is planned at most once.
    private final class SteppedLoop implements Loop {
        private final String name;
        private final Step step;
        private boolean isPlanned;
        private boolean isStopped;

        SteppedLoop(String name, Step step) {
            this.name = name;
            this.step = step;
        }

        @Override
        public void wake() {
            if (!isPlanned && !isStopped) {
                isPlanned = true;
                after(world.diskNanos(machine), name, 0, this::run);
            }
        }

        @Override
        public void stop() {
            isStopped = true;
        }

        private void run() {
            isPlanned = false;
            if (isStopped) {
                return;
            }
            try {
                long next = step.runOnce(clock.nanoTime());
                if (next < Step.UNTIL_WOKEN) {
                    wake();
                }
            } catch (SimDisk.Crashed | NoriException e) {
                isStopped = true;
                fatal(e);
            }
        }
    }
}
