package norikv.disk;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.function.LongConsumer;
import java.util.function.Predicate;
import norikv.disk.SimDisk.Call;
import norikv.disk.SimDisk.Crashed;
import norikv.disk.SimDisk.Op;
import norikv.domain.NoriException.DiskFailure;
import norikv.domain.NoriException.DiskFailure.Reason;

/// The gate that every call of a [SimDisk] passes: numbers, counts and traces it, decides whether
/// it goes wrong, and whether the node ends with it.
///
/// **Threads.** Its monitor guards all state of the disk; effects run inside of it.
final class SimCalls {
    /// What a call does, given the fault that is to happen in it.
    interface Effect<T> {
        T apply(Call call, Optional<SimFault> fault);
    }

    private record Injection(Predicate<Call> when, SimFault fault) {}

    private final SplittableRandom random;
    private final List<Injection> injections = new ArrayList<>();
    private final Map<Op, Long> counts = new EnumMap<>(Op.class);
    private Optional<List<Call>> trace = Optional.empty();
    private LongConsumer slow = _ -> {};
    private long total;
    private long changes;
    private long crashAtChange = Long.MAX_VALUE;
    private boolean crashed;

    SimCalls(long seed) {
        this.random = new SplittableRandom(seed);
    }

    SplittableRandom random() {
        return random;
    }

    synchronized void inject(Predicate<Call> when, SimFault fault) {
        injections.add(new Injection(when, fault));
    }

    synchronized void heal() {
        injections.clear();
    }

    synchronized void onSlow(LongConsumer hook) {
        slow = hook;
    }

    synchronized void crashAfter(long change) {
        crashAtChange = changes + change;
    }

    synchronized void crashNow() {
        crashed = true;
    }

    synchronized boolean hasCrashed() {
        return crashed;
    }

    synchronized void startTrace() {
        trace = Optional.of(new ArrayList<>());
    }

    synchronized List<Call> trace() {
        return trace.map(List::copyOf).orElse(List.of());
    }

    synchronized long count(Op op) {
        return counts.getOrDefault(op, 0L);
    }

    synchronized long total() {
        return total;
    }

    synchronized long changes() {
        return changes;
    }

    <T> T run(Op op, String path, Effect<T> effect) {
        return run(op, path, "", 0, 0, effect);
    }

    <T> T run(Op op, String path, String to, long position, long length, Effect<T> effect) {
        for (String name : List.of(path, to)) {
            if (!name.isEmpty()) {
                DiskPath.checked(name);
            }
        }
        Call call;
        long slowNanos;
        boolean last;
        synchronized (this) {
            call = new Call(++total, op, path, to, position, length);
            if (crashed) {
                throw new Crashed(call);
            }
            note(call);
            last = op.changes() && ++changes >= crashAtChange;
            crashed = last;
            slowNanos = slownessOf(call);
        }
        if (slowNanos > 0) {
            slow.accept(slowNanos);
        }
        synchronized (this) {
            if (last && (op == Op.FORCE || op == Op.FORCE_DIRECTORY)) {
                throw new Crashed(call);
            }
            T result = effect.apply(call, faultOf(call));
            if (last) {
                throw new Crashed(call);
            }
            return result;
        }
    }

    private void note(Call call) {
        counts.merge(call.op(), 1L, Long::sum);
        trace.ifPresent(
                list -> {
                    if (list.size() == SimDisk.TRACE_CALLS_MAX) {
                        throw new AssertionError("a trace of at most " + list.size() + " calls");
                    }
                    list.add(call);
                });
    }

    private long slownessOf(Call call) {
        long nanos = 0;
        for (Injection injection : injections) {
            if (injection.fault instanceof SimFault.Slow s && injection.when.test(call)) {
                nanos += s.nanos();
            }
        }
        return nanos;
    }

    /// {@return the fault that the effect itself must play} Throws where the call just fails.
    private Optional<SimFault> faultOf(Call call) {
        for (Injection injection : injections) {
            if (!(injection.fault instanceof SimFault.Slow) && injection.when.test(call)) {
                return played(call, injection.fault);
            }
        }
        return Optional.empty();
    }

    private static Optional<SimFault> played(Call call, SimFault fault) {
        boolean inEffect =
                switch (call.op()) {
                    case FORCE, FORCE_DIRECTORY -> true;
                    case WRITE -> !(fault instanceof SimFault.Broken);
                    case READ, MAP -> fault instanceof SimFault.BitFlip;
                    default -> false;
                };
        if (inEffect) {
            return Optional.of(fault);
        }
        return switch (fault) {
            case SimFault.NoSpace _ when call.op().changes() -> throw noSpace(call);
            case SimFault.Broken _, SimFault.ShortWrite _, SimFault.NoSpace _ ->
                    throw broken(call, "Input/output error");
            default -> Optional.empty();
        };
    }

    static DiskFailure noSpace(Call call) {
        return new DiskFailure(Reason.FULL, message(call, "No space left on device"), null);
    }

    static DiskFailure broken(Call call, String why) {
        return new DiskFailure(Reason.BROKEN, message(call, why), null);
    }

    private static String message(Call call, String why) {
        String where = call.length() > 0 || call.position() > 0
                ? " %d bytes at %d".formatted(call.length(), call.position())
                : call.to().isEmpty() ? "" : " to " + call.to();
        return "%s: %s%s: %s".formatted(call.path(), call.op(), where, why);
    }
}
