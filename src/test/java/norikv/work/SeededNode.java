package norikv.work;

import java.util.ArrayList;
import java.util.List;

/// What one node of a [SeededLoops] runs on: its loops, pools and tasks, its wall clock, its end.
public final class SeededNode implements Loops {
    private static final long NANOS_A_MILLI = 1_000_000;
    private static final long PARTS_A_MILLION = 1_000_000;

    /// Thrown out of a wait in a node that was killed: none of its code runs any more.
    public static final class Killed extends Error {
        Killed(String node) {
            super(node + " was killed");
        }
    }

    private final SeededLoops driver;
    private final String name;
    private final FaultHandler faults;
    private final List<SeededWork> works = new ArrayList<>();
    private long wallSinceNanos;
    private long wallMillis = SeededLoops.WALL_MILLIS_AT_START;
    private long driftPerMillion;
    private boolean alive = true;
    private boolean paused;

    private final Clock clock =
            new Clock() {
                @Override
                public long nanoTime() {
                    return driver.nowNanos();
                }

                @Override
                public long wallMillis() {
                    return SeededNode.this.wallMillis();
                }
            };

    SeededNode(SeededLoops driver, String name, FaultHandler faults) {
        this.driver = driver;
        this.name = name;
        this.faults = faults;
        this.wallSinceNanos = driver.nowNanos();
    }

    /// Ends all that runs in this node, as the end of a process does: no step or task of it begins
    /// any more, those that wait are thrown out, what they throw is not heard.
    public void kill() {
        alive = false;
        works.clear();
    }

    /// Lets nothing of this node run for a while, as a stopped process does; time goes on.
    public void pause() {
        paused = true;
    }

    public void resume() {
        paused = false;
    }

    public boolean isPaused() {
        return paused;
    }

    public boolean isAlive() {
        return alive;
    }

    public String name() {
        return name;
    }

    /// Moves the wall clock by `millis`, forwards or backwards.
    public void jumpWallMillis(long millis) {
        setWall(wallMillis() + millis, driftPerMillion);
    }

    /// Lets the wall clock run faster than the monotonic one from now on, by so many parts in a
    /// million; slower if negative.
    public void driftWall(long perMillion) {
        setWall(wallMillis(), perMillion);
    }

    @Override
    public Clock clock() {
        return clock;
    }

    @Override
    public Loop start(String loopName, Step step) {
        return add(new SeededWork.OfLoop(this, loopName, step));
    }

    @Override
    public Pool pool(String poolName, int threads, int queueMax) {
        return add(new SeededWork.OfPool(this, poolName, threads, queueMax));
    }

    @Override
    public void spawn(String taskName, Runnable task) {
        add(new SeededWork.OfTask(this, taskName, task));
    }

    @Override
    public Signal signal() {
        return new SeededSignal(driver, this);
    }

    List<SeededWork> works() {
        return paused ? List.of() : works;
    }

    void remove(SeededWork work) {
        // By identity: two tasks may be equal.
        works.removeIf(other -> other == work);
    }

    long nextDeadline() {
        long next = Step.UNTIL_WOKEN;
        for (SeededWork work : works()) {
            next = Math.min(next, work.deadline());
        }
        return next;
    }

    /// Runs `task` and tells the fault handler what it throws.
    ///
    /// @return whether it ended without
    boolean guard(String where, Runnable task) {
        try {
            task.run();
            return true;
        } catch (RuntimeException | Error e) {
            if (alive) {
                faults.fatal(where, e);
            }
            return false;
        }
    }

    void requireAlive() {
        if (!alive) {
            throw new Killed(name);
        }
    }

    void requireOwner() {
        driver.requireOwner();
    }

    private <W extends SeededWork> W add(W work) {
        requireOwner();
        if (alive) {
            works.add(work);
        }
        return work;
    }

    private long wallMillis() {
        long nanos = driver.nowNanos() - wallSinceNanos;
        return wallMillis + nanos / NANOS_A_MILLI
                + nanos / NANOS_A_MILLI * driftPerMillion / PARTS_A_MILLION;
    }

    private void setWall(long millis, long drift) {
        wallMillis = millis;
        wallSinceNanos = driver.nowNanos();
        driftPerMillion = drift;
    }
}
