package norikv.disk;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.random.RandomGenerator;

/// The entries of one simulated directory: what is seen, what surely survives, and the changes in
/// between, each of which a crash keeps or loses on its own.
///
/// A rename inside of one directory is one change: both names or neither. A rename from one to
/// another is a change of each, so the file may keep both names or lose both until the two are
/// forced.
///
/// **Threads.** Guarded by the lock of its [SimDisk].
final class SimFolder implements SimNode {
    /// One name gets a new meaning; empty: none.
    record Entry(String name, Optional<SimNode> node) {
        static Entry of(String name, SimNode node) {
            return new Entry(name, Optional.of(node));
        }

        static Entry none(String name) {
            return new Entry(name, Optional.empty());
        }
    }

    private record Change(long call, List<Entry> entries) {}

    private final TreeMap<String, SimNode> seen = new TreeMap<>();
    private final TreeMap<String, SimNode> durable = new TreeMap<>();
    private final List<Change> dirty = new ArrayList<>();

    Optional<SimNode> find(String name) {
        return Optional.ofNullable(seen.get(name));
    }

    List<String> names() {
        return List.copyOf(seen.keySet());
    }

    /// Changes entries, all of them or none as far as a crash is concerned.
    void change(long call, Entry... entries) {
        var change = new Change(call, List.of(entries));
        apply(seen, change);
        dirty.add(change);
    }

    void force() {
        dirty.forEach(change -> apply(durable, change));
        dirty.clear();
    }

    /// Lets a force fail: some changes reach the disk, the others are never tried again.
    void failForce(RandomGenerator random) {
        for (Change change : dirty) {
            if (random.nextBoolean()) {
                apply(durable, change);
            }
        }
        dirty.clear();
    }

    @Override
    public SimFolder survivor(SimCrash crash) {
        TreeMap<String, SimNode> left = new TreeMap<>(durable);
        for (Change change : dirty) {
            if (crash.keeps(change.call)) {
                apply(left, change);
            }
        }
        var survivor = new SimFolder();
        left.forEach((name, node) -> survivor.durable.put(name, crash.survivorOf(node)));
        survivor.seen.putAll(survivor.durable);
        return survivor;
    }

    private static void apply(TreeMap<String, SimNode> entries, Change change) {
        for (Entry entry : change.entries) {
            entry.node.ifPresentOrElse(
                    node -> entries.put(entry.name, node), () -> entries.remove(entry.name));
        }
    }
}
