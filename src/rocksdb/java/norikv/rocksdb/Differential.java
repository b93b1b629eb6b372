package norikv.rocksdb;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import norikv.disk.FileDisk;
import norikv.lsm.Durability;
import norikv.lsm.LsmOptions;
import norikv.lsm.Store;
import norikv.lsm.StoreBatch;
import norikv.lsm.StoreCursor;
import norikv.lsm.StoreOptions;
import org.rocksdb.CompressionType;
import org.rocksdb.Options;
import org.rocksdb.ReadOptions;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;
import org.rocksdb.Snapshot;
import org.rocksdb.WriteBatch;
import org.rocksdb.WriteOptions;

/// One random history for RocksDB and for our store: whatever is asked, both answer the same, and
/// whole scans agree. What a model of our own would get wrong as we do, this finds.
///
/// `-Dseed=N` which history, `-Drocksdb.operations=N` how long. Keys are of every length, many
/// share a prefix, and bytes are unsigned; sizes are small, so that both flush and merge all the
/// time.
final class Differential {
    private static final long SEED = Long.getLong("seed", 1);
    private static final int OPERATIONS = Integer.getInteger("rocksdb.operations", 300_000);
    private static final int LOOK_EVERY = 20_000;
    private static final long FLUSH_MILLIS_MAX = 60_000;
    private static final int KIB = 1 << 10;

    private final SplittableRandom random = new SplittableRandom(SEED);
    private final Path folder;
    private RocksDB rocks;
    private Store store;
    private long compared;

    private Differential(Path folder) {
        this.folder = folder;
    }

    /// Runs one history and prints what was compared.
    public static void main(String[] args) throws IOException, RocksDBException {
        Path folder = Files.createTempDirectory("norikv-rocksdb-");
        RocksDB.loadLibrary();
        var run = new Differential(folder);
        try {
            run.open();
            run.all();
            run.close();
        } finally {
            remove(folder);
        }
        IO.println(
                "rocksdb differential: seed %d, operations %d, answers compared %d, all equal"
                        .formatted(SEED, OPERATIONS, run.compared));
        System.exit(0);
    }

    private void open() throws RocksDBException, IOException {
        Path theirs = Files.createDirectories(folder.resolve("rocksdb"));
        var options =
                new Options()
                        .setCreateIfMissing(true)
                        .setCompressionType(CompressionType.NO_COMPRESSION)
                        .setWriteBufferSize(256 * KIB)
                        .setTargetFileSizeBase(128 * KIB)
                        .setMaxBytesForLevelBase(512 * KIB);
        rocks = RocksDB.open(options, theirs.toString());
        LsmOptions engine =
                LsmOptions.defaults()
                        .withMemtableBytes(64 * KIB)
                        .withTableBytes(32 * KIB)
                        .withBlockBytes(KIB)
                        .withLevels(new LsmOptions.Levels(2, 12, 128 * KIB, 4));
        Path ours = Files.createDirectories(folder.resolve("norikv"));
        store = Store.open(FileDisk.open(ours), StoreOptions.defaults().withEngine(engine));
    }

    private void close() {
        rocks.close();
        store.close();
    }

    private void all() throws RocksDBException, IOException {
        for (int i = 1; i <= OPERATIONS; i++) {
            step();
            if (i % LOOK_EVERY == 0) {
                compareAll();
                int dice = random.nextInt(3);
                if (dice == 0) {
                    close();
                    open();
                    compareAll();
                } else if (dice == 1) {
                    store.flush(FLUSH_MILLIS_MAX);
                }
            }
        }
        compareAll();
    }

    private void step() throws RocksDBException {
        int dice = random.nextInt(100);
        if (dice < 35) {
            byte[] key = key();
            byte[] value = value();
            rocks.put(key, value);
            store.put(key, value, Durability.LATER);
        } else if (dice < 50) {
            byte[] key = key();
            rocks.delete(key);
            store.delete(key, Durability.LATER);
        } else if (dice < 60) {
            batch();
        } else if (dice < 90) {
            byte[] key = key();
            Optional<byte[]> theirs = Optional.ofNullable(rocks.get(key));
            require(theirs, store.get(key), key);
        } else {
            seek();
        }
    }

    private void batch() throws RocksDBException {
        try (var theirs = new WriteBatch();
                var write = new WriteOptions()) {
            var ours = new StoreBatch();
            int count = random.nextInt(20);
            for (int i = 0; i < count; i++) {
                byte[] key = key();
                if (random.nextInt(3) == 0) {
                    theirs.delete(key);
                    ours.delete(key);
                } else {
                    byte[] value = value();
                    theirs.put(key, value);
                    ours.put(key, value);
                }
            }
            rocks.write(write, theirs);
            store.write(ours, Durability.LATER);
        }
    }

    private void seek() {
        byte[] from = key();
        try (RocksIterator theirs = rocks.newIterator();
                StoreCursor ours = store.cursor()) {
            theirs.seek(from);
            ours.seek(from);
            for (int i = random.nextInt(20); i > 0 && same(theirs, ours); i--) {
                theirs.next();
                ours.next();
            }
        }
    }

    /// Compares all there is.
    private void compareAll() {
        Snapshot seen = rocks.getSnapshot();
        try (var options = new ReadOptions().setSnapshot(seen);
                RocksIterator theirs = rocks.newIterator(options);
                StoreCursor ours = store.cursor()) {
            theirs.seekToFirst();
            ours.seekToFirst();
            while (same(theirs, ours)) {
                theirs.next();
                ours.next();
            }
        } finally {
            rocks.releaseSnapshot(seen);
        }
    }

    /// {@return whether both have an item here, which is the same}
    private boolean same(RocksIterator theirs, StoreCursor ours) {
        if (theirs.isValid() != ours.isValid()) {
            byte[] key = theirs.isValid() ? theirs.key() : ours.key();
            throw failed(key, "only " + (theirs.isValid() ? "RocksDB" : "our store") + " has it");
        }
        if (!theirs.isValid()) {
            return false;
        }
        if (!Arrays.equals(theirs.key(), ours.key())) {
            throw failed(theirs.key(), "our store is at " + hex(ours.key()));
        }
        require(Optional.of(theirs.value()), Optional.of(ours.value()), theirs.key());
        return true;
    }

    private void require(Optional<byte[]> theirs, Optional<byte[]> ours, byte[] key) {
        compared++;
        boolean equal = Arrays.equals(theirs.orElse(null), ours.orElse(null));
        if (!equal) {
            throw failed(key, "RocksDB and our store hold different values");
        }
    }

    private static AssertionError failed(byte[] key, String what) {
        return new AssertionError("-Dseed=%d: key %s: %s".formatted(SEED, hex(key), what));
    }

    private static String hex(byte[] bytes) {
        return HexFormat.of().formatHex(bytes);
    }

    /// A key out of some thousands, of any length and any bytes, also those at the ends of the
    /// order.
    private byte[] key() {
        int number = random.nextInt(4_000);
        var of = new SplittableRandom(number);
        int length = 1 + switch (number % 4) {
            case 0 -> of.nextInt(4);
            case 1 -> of.nextInt(30);
            case 2 -> of.nextInt(200);
            default -> of.nextInt(Store.KEY_BYTES_MAX);
        };
        byte[] key = new byte[length];
        int prefix = of.nextInt(length);
        Arrays.fill(key, 0, prefix, (byte) (of.nextInt(4) == 0 ? 0xff : of.nextInt(3)));
        for (int i = prefix; i < length; i++) {
            key[i] = (byte) of.nextInt();
        }
        return key;
    }

    private byte[] value() {
        int length = random.nextInt(30) == 0 ? random.nextInt(20_000) : random.nextInt(200);
        byte[] value = new byte[length];
        random.nextBytes(value);
        return value;
    }

    static void remove(Path folder) throws IOException {
        try (Stream<Path> inside = Files.walk(folder)) {
            for (Path path : inside.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(path);
            }
        }
    }
}
