package norikv.lsm;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import norikv.disk.SimDisk;
import norikv.observe.Event;
import norikv.observe.Meter;
import norikv.work.SeededLoops;
import norikv.work.SeededNode;

/// A store on a simulated disk, driven by the test's own thread, for tests that say what happens
/// when.
final class StoreRig {
    static final String FOLDER = "store";
    static final long SEGMENT = 64 << 10;
    static final long LAG_NANOS = 5_000_000;

    final SeededLoops driver = new SeededLoops(1);
    final List<String> faults = new ArrayList<>();
    /// As of the next opening.
    StoreOptions options;

    SimDisk disk = new SimDisk(1);
    Store store;
    private SeededNode node;

    StoreRig(StoreOptions options) {
        this.options = options;
        open();
    }

    StoreRig() {
        this(options());
    }

    /// Small sizes; nothing is compacted by itself before ten tables.
    static StoreOptions options() {
        return StoreOptions.defaults()
                .withEngine(LsmRig.options(10))
                .withLog(new StoreOptions.Log(true, SEGMENT, 2 * SEGMENT, LAG_NANOS / 1_000_000))
                .withStallMillisMax(100);
    }

    void open() {
        store = open(FOLDER);
    }

    /// {@return a store in a folder of the same disk}
    Store open(String folder) {
        SeededNode home = driver.node("node", (where, _) -> faults.add(where));
        var environment =
                new Store.Environment(
                        disk,
                        folder,
                        home,
                        (where, _) -> faults.add(where),
                        Meter.NONE,
                        Event.Sink.NONE,
                        7);
        Store opened = Store.open(environment, options);
        if (folder.equals(FOLDER)) {
            node = home;
        }
        return opened;
    }

    /// Ends the process, and gives the disk that the next one finds.
    void crash(long seed) {
        node.kill();
        disk.unmapAll();
        disk = disk.crash(seed);
    }

    void jumpWallMillis(long millis) {
        node.jumpWallMillis(millis);
    }

    void put(String key, String value, Durability durability) {
        store.put(bytes(key), bytes(value), durability);
    }

    String get(String key) {
        return store.get(bytes(key)).map(StoreRig::text).orElse("absent");
    }

    TreeMap<String, String> content() {
        return content(store);
    }

    static TreeMap<String, String> content(Store store) {
        var content = new TreeMap<String, String>();
        try (StoreCursor cursor = store.cursor()) {
            for (cursor.seekToFirst(); cursor.isValid(); cursor.next()) {
                content.put(text(cursor.key()), text(cursor.value()));
            }
        }
        return content;
    }

    static byte[] bytes(String text) {
        return text.getBytes(UTF_8);
    }

    private static String text(byte[] bytes) {
        return new String(bytes, UTF_8);
    }
}
