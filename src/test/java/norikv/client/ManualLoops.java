package norikv.client;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import norikv.work.Clock;
import norikv.work.Loop;
import norikv.work.Loops;
import norikv.work.Pool;
import norikv.work.Signal;
import norikv.work.Step;

/// Loops whose clock stands still until a test moves it, and whose steps run only then. Tasks run
/// on real virtual threads, because sockets do.
final class ManualLoops implements Loops {
    private final Object turn = new Object();
    private final List<Step> steps = new CopyOnWriteArrayList<>();
    private long now = 1_000_000_000_000L;

    private final Clock clock =
            new Clock() {
                @Override
                public long nanoTime() {
                    synchronized (turn) {
                        return now;
                    }
                }

                @Override
                public long wallMillis() {
                    return 0;
                }
            };

    /// Moves the clock, lets those go whose time has come, and runs every step once.
    void advance(Duration by) {
        synchronized (turn) {
            now += by.toNanos();
            turn.notifyAll();
        }
        for (Step step : steps) {
            step.runOnce(clock.nanoTime());
        }
    }

    @Override
    public Clock clock() {
        return clock;
    }

    @Override
    public Loop start(String name, Step step) {
        steps.add(step);
        return new Loop() {
            @Override
            public void wake() {}

            @Override
            public void stop() {
                steps.remove(step);
            }
        };
    }

    @Override
    public Pool pool(String name, int threads, int queueMax) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void spawn(String name, Runnable task) {
        Thread.ofVirtual().name(name).start(task);
    }

    @Override
    public Signal signal() {
        return new Signal() {
            private boolean raised;

            @Override
            public void raise() {
                synchronized (turn) {
                    raised = true;
                    turn.notifyAll();
                }
            }

            @Override
            public boolean isRaised() {
                synchronized (turn) {
                    return raised;
                }
            }

            @Override
            public boolean await(long deadlineNanos) {
                synchronized (turn) {
                    while (!raised && now < deadlineNanos) {
                        try {
                            turn.wait();
                        } catch (InterruptedException e) {
                            throw new AssertionError(e);
                        }
                    }
                    return raised;
                }
            }
        };
    }
}
