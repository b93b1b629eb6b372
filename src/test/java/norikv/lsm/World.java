package norikv.lsm;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.function.BooleanSupplier;
import norikv.disk.SimDisk;
import norikv.domain.NoriException;
import norikv.domain.ShardId;
import norikv.work.SeededLoops;

/// Where a history happens: an engine under some options, the [Model] beside it, the views that are
/// held open, and the next crash.
///
/// A crash falls into the step that it was announced for, whatever the options are, so that the
/// steps after it see the same. **Threads.** Confined to one.
final class World {
    private static final int STEPS_UNTIL_CRASH = 300;

    final Model model = new Model();
    final GetResult result = new GetResult();
    private final LsmOptions options;
    private final SeededLoops driver;
    private final Map<Integer, Walk> held = new HashMap<>();
    private final Map<Integer, HeldSnapshot> snapshots = new HashMap<>();
    private Optional<LifeOperations.Crash> announced = Optional.empty();
    private Optional<LifeOperations.Crash> crash = Optional.empty();
    private SimEngine engine;
    private int crashes;
    private int crashesInRecovery;

    World(long seed, LsmOptions options) {
        this.options = options;
        this.driver = new SeededLoops(seed);
        this.engine = new SimEngine(model, options, driver, new SimDisk(seed));
        engine.open();
    }

    Lsm lsm() {
        return engine.lsm();
    }

    SimEngine engine() {
        return engine;
    }

    SeededLoops driver() {
        return driver;
    }

    int crashes() {
        return crashes;
    }

    int crashesInRecovery() {
        return crashesInRecovery;
    }

    /// Does one operation and checks what holds after every step.
    String step(Operation operation) {
        crash = announced;
        announced = Optional.empty();
        String seen = crash.isPresent() ? crashIn(operation) : operation.run(this);
        crash = Optional.empty();
        engine.check();
        return seen;
    }

    private String crashIn(Operation operation) {
        letGoOfAll();
        engine.disk().crashAfter(crash.get().changes());
        int before = crashes;
        Optional<String> seen = Optional.empty();
        while (seen.isEmpty()) {
            try {
                seen = Optional.of(operation.run(this));
                letGoOfAll();
            } catch (SimDisk.Crashed _) {
                restart();
            } catch (NoriException.Closed closed) {
                restartIfCrashed(closed);
            }
        }
        if (crashes == before) {
            driver.runUntil(engine.disk()::hasCrashed, STEPS_UNTIL_CRASH);
            engine.disk().crashNow();
            restart();
        }
        return seen.get();
    }

    /// Lets the next step end with a crash.
    void announce(LifeOperations.Crash next) {
        announced = Optional.of(next);
    }

    /// Gives the engine what the log of `twin` has and it has not.
    void replay(ShardTwin twin) {
        engine.catchUp(twin);
    }

    /// What the next start finds after the disk has crashed.
    void restart() {
        LifeOperations.Crash how = crash.orElseThrow();
        var random = new SplittableRandom(how.seed());
        held.clear();
        snapshots.clear();
        engine.kill();
        crashes++;
        for (int i = 0; i < how.again(); i++) {
            crashInRecovery(random);
        }
        begin(engine.disk().crash(random.nextLong()));
        engine.recover(random);
        engine.checkAll();
    }

    /// As [#restart], for who did not meet the crash itself: a loop did, in the middle of a commit,
    /// after which the manifest takes no other.
    void restartIfCrashed(NoriException.Closed closed) {
        if (!engine.disk().hasCrashed()) {
            throw closed;
        }
        restart();
    }

    private void crashInRecovery(SplittableRandom random) {
        SimDisk disk = engine.disk().crash(random.nextLong());
        disk.crashAfter(random.nextLong(1, 20));
        try {
            begin(disk);
            engine.recover(random);
            driver.runUntil(disk::hasCrashed, random.nextLong(200));
            disk.crashNow();
        } catch (SimDisk.Crashed _) {
            crashesInRecovery++;
        }
        engine.kill();
    }

    private void begin(SimDisk disk) {
        engine = new SimEngine(model, options, driver, disk);
        engine.open();
    }

    /// Closes in good order and opens again, twice: nothing may have changed in between.
    void reopen() {
        letGoOfAll();
        engine.close();
        begin(engine.disk());
        String first = engine.dump();
        engine.close();
        begin(engine.disk());
        assertEquals(first, engine.dump(), "opened twice");
        engine.recover(new SplittableRandom(model.entries()));
    }

    /// Makes or drops the tablet of `shard`, if need be once more after a crash.
    void durably(ShardId shard, BooleanSupplier isDone, Runnable change) {
        model.unsure.add(shard);
        while (!isDone.getAsBoolean()) {
            try {
                change.run();
            } catch (SimDisk.Crashed _) {
                restart();
            } catch (NoriException.Closed closed) {
                restartIfCrashed(closed);
            }
        }
        model.unsure.remove(shard);
    }

    /// Gives `batch`, which the logs have, to the engine; heeds the pressure as a host does.
    void write(WriteBatch batch) {
        lsm().write(batch);
        if (lsm().pressure() > 1.5) {
            driver.runUntil(() -> lsm().pressure() <= 1, 200);
        }
    }

    /// {@return the cursors that are held open, each in its place}
    Map<Integer, Walk> held() {
        return held;
    }

    /// {@return the snapshots that are open, each in its place}
    Map<Integer, HeldSnapshot> snapshots() {
        return snapshots;
    }

    void letGo(int place) {
        Walk view = held.remove(place);
        if (view != null) {
            view.close();
        }
    }

    void letGoOfAll() {
        held.values().forEach(Walk::close);
        held.clear();
        snapshots.values().forEach(HeldSnapshot::close);
        snapshots.clear();
    }

    /// The end of a history: everything is compared, comes to rest, is closed, and nothing is left.
    void end() {
        letGoOfAll();
        engine.checkAll();
        model.twins.keySet().stream()
                .findFirst()
                .ifPresent(shard -> new WriteOperations.Idle(shard.number(), 1).run(this));
        new LifeOperations.Flush().run(this);
        engine.checkAtRest();
        if (!model.twins.isEmpty()) {
            engine.checkMemory();
        }
        engine.close();
    }
}
