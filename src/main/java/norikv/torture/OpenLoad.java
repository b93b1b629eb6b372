package norikv.torture;

import java.util.Arrays;
import java.util.EnumMap;
import java.util.Map;
import java.util.SplittableRandom;
import norikv.bytes.Bytes;
import norikv.client.Norikv;
import norikv.domain.Consistency;
import norikv.domain.Precondition;
import norikv.domain.Reply;
import norikv.domain.Request;
import norikv.work.Loops;
import norikv.work.Signal;
import norikv.work.Step;

/// Calls that begin at a rate, whatever the answers do, each measured from when it should have
/// begun: whoever is late is late for all that comes after, as in life.
///
/// **Threads.** One of its own begins them; answers come from the client's. What is noted is
/// guarded by this. **Limits.** [#SAMPLES_MAX] a phase: what is beyond is not noted; the client
/// bounds what is under way, and a call beyond that fails.
final class OpenLoad {
    /// The most calls that are noted of a phase.
    static final int SAMPLES_MAX = 4_000_000;

    private static final long NANOS_PER_SECOND = 1_000_000_000L;

    private final Loops loops;
    private final Norikv client;
    private final CatchUpOptions options;
    private final SplittableRandom random;
    private final Bytes value;
    private final Map<CatchUp.Phase, Samples> phases = new EnumMap<>(CatchUp.Phase.class);
    private final Signal done;
    private volatile CatchUp.Phase phase = CatchUp.Phase.WARMUP;
    private volatile boolean stopping;

    private static final class Samples {
        long[] nanos = new long[1024];
        int count;
        long failed;

        void add(long took) {
            if (count == nanos.length && count < SAMPLES_MAX) {
                nanos = Arrays.copyOf(nanos, Math.min(SAMPLES_MAX, 2 * count));
            }
            if (count < nanos.length) {
                nanos[count++] = took;
            }
        }
    }

    OpenLoad(Loops loops, Norikv client, CatchUpOptions options) {
        this.loops = loops;
        this.client = client;
        this.options = options;
        this.random = new SplittableRandom(options.seed());
        this.value = Bytes.wrap(new byte[options.valueBytes()]);
        this.done = loops.signal();
    }

    static Bytes key(int number) {
        return Bytes.utf8("key " + number);
    }

    Bytes value() {
        return value;
    }

    void enter(CatchUp.Phase next) {
        phase = next;
    }

    void start() {
        loops.spawn("torture-open-load", this::run);
    }

    /// Begins no more calls; those under way may still be answered.
    void stop() {
        stopping = true;
        done.await(Step.UNTIL_WOKEN);
    }

    private void run() {
        try {
            long start = loops.clock().nanoTime();
            for (long i = 0; !stopping; i++) {
                long due = start + (long) ((double) i / options.rate() * NANOS_PER_SECOND);
                if (loops.clock().nanoTime() < due) {
                    loops.signal().await(due); // nobody raises it
                }
                begin(due);
            }
        } finally {
            done.raise();
        }
    }

    private void begin(long due) {
        CatchUp.Phase now = phase;
        Bytes key = key(random.nextInt(options.keys()));
        Request request =
                random.nextBoolean()
                        ? new Request.Put(key, value, Request.Put.NO_TTL, Precondition.NONE)
                        : new Request.Get(key, Consistency.LINEARIZABLE);
        client.submit(
                request,
                options.deadline(),
                reply -> note(now, loops.clock().nanoTime() - due, reply));
    }

    private synchronized void note(CatchUp.Phase began, long took, Reply reply) {
        Samples samples = phases.computeIfAbsent(began, _ -> new Samples());
        if (reply instanceof Reply.Failed) {
            samples.failed++;
        } else {
            samples.add(took);
        }
    }

    synchronized CatchUpReport.Latencies latencies(CatchUp.Phase of) {
        Samples samples = phases.getOrDefault(of, new Samples());
        return CatchUpReport.Latencies.of(
                Arrays.copyOf(samples.nanos, samples.count), samples.failed);
    }
}
