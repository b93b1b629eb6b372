package norikv.cli;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import norikv.bytes.Bytes;
import norikv.domain.Precondition;
import norikv.domain.Request;

/// Makes the requests of a benchmark: keys of 16 bytes, and values that no compression makes
/// smaller, each another part of one random block.
final class BenchRequests {
    private static final int BLOCK_BYTES = 4 << 20;
    private static final int LOAD_ITEMS_MAX = 100;
    private static final int LOAD_BYTES_MAX = 128 << 10;
    private static final String PREFIX = "bench:";
    private static final int KEY_BYTES = 16;

    private final BenchPlan plan;
    private final SplittableRandom random;
    private final KeyChooser chooser;
    private final byte[] block;
    private long loaded;

    BenchRequests(BenchPlan plan, Arguments arguments) {
        this.plan = plan;
        this.random = new SplittableRandom(plan.seed());
        this.chooser = plan.chooser(random.split(), arguments);
        this.block = new byte[BLOCK_BYTES + plan.valueBytes()];
        random.split().nextBytes(block);
    }

    /// {@return the next operation}
    Request next() {
        Bytes key = key(chooser.getAsLong());
        return switch (plan.workload()) {
            case PUT -> put(key);
            case GET -> get(key);
            case MIXED -> random.nextInt(100) < plan.getPercent() ? get(key) : put(key);
            case SCAN ->
                    new Request.Scan(
                            key,
                            Bytes.EMPTY,
                            plan.scanLimit(),
                            1 << 20,
                            false,
                            Request.Projection.ITEMS,
                            plan.consistency(),
                            Bytes.EMPTY);
        };
    }

    /// {@return whether all keys were handed out for loading}
    boolean isLoaded() {
        return loaded == plan.keys();
    }

    /// {@return how many keys were handed out for loading}
    long loaded() {
        return loaded;
    }

    /// {@return puts of the next keys to load}
    Request nextLoad() {
        List<Request.Single> puts = new ArrayList<>();
        int bytes = 0;
        while (!isLoaded() && puts.size() < LOAD_ITEMS_MAX && bytes < LOAD_BYTES_MAX) {
            puts.add(put(key(loaded)));
            bytes += plan.valueBytes() + KEY_BYTES;
            loaded++;
        }
        return new Request.Batch(puts);
    }

    private Request.Single put(Bytes key) {
        int from = random.nextInt(BLOCK_BYTES);
        Bytes value = Bytes.wrap(block, from, plan.valueBytes());
        return new Request.Put(key, value, Request.Put.NO_TTL, Precondition.NONE);
    }

    private Request.Single get(Bytes key) {
        return new Request.Get(key, plan.consistency());
    }

    private static Bytes key(long number) {
        byte[] key = new byte[KEY_BYTES];
        byte[] prefix = PREFIX.getBytes(StandardCharsets.US_ASCII);
        System.arraycopy(prefix, 0, key, 0, prefix.length);
        long rest = number;
        for (int i = KEY_BYTES - 1; i >= prefix.length; i--) {
            key[i] = (byte) ('0' + rest % 10);
            rest /= 10;
        }
        return Bytes.wrap(key);
    }
}
