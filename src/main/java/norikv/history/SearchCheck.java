package norikv.history;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import norikv.domain.Precondition;

/// Looks for an order of a key's operations that a sequential store would explain, and tries every
/// one that real time allows. Knows nothing of the log but what [Register] says.
///
/// **Limits.** Remembers at most `memoryBytesMax` of what it tried, then says
/// [Verdict.Undecided]. Stale reads are left to [StaleCheck]. **Source.** Wing and Gong, *Testing
/// and Verifying Concurrent Objects*, 1993; Lowe, *Testing for Linearizability*, 2017.
public final class SearchCheck {
    /// What one check remembers by default, bytes.
    public static final long MEMORY_BYTES_MAX = 64 << 20;

    /// About what remembering one state costs beyond its bits.
    private static final long STATE_BYTES = 160;

    private final List<Operation> operations;
    private final int count;
    private final long memoryBytesMax;

    /// Events in the order of time: the call of operation i is i, its return is `count` + i. Kept
    /// as a ring of links through `head`, so that what is done can be taken out and put back.
    private final int[] next;

    private final int[] previous;
    private final int head;

    private final long[] done;
    private final Set<Tried> tried = new HashSet<>();

    /// How many answered operations are not done.
    private int open;

    /// A point of the search: what was done, and what the key was then.
    private record Tried(long[] done, Register register) {
        @Override
        public boolean equals(Object other) {
            return other instanceof Tried that
                    && Arrays.equals(done, that.done)
                    && register.equals(that.register);
        }

        @Override
        public int hashCode() {
            return 31 * Arrays.hashCode(done) + register.hashCode();
        }
    }

    private SearchCheck(List<Operation> operations, long memoryBytesMax) {
        this.operations = operations;
        this.count = operations.size();
        this.memoryBytesMax = memoryBytesMax;
        this.head = 2 * count;
        this.next = new int[2 * count + 1];
        this.previous = new int[2 * count + 1];
        this.done = new long[(count + 63) / 64];
        link();
    }

    /// {@return whether `history` is linearizable, remembering at most [#MEMORY_BYTES_MAX]}
    public static Verdict check(List<Operation> history) {
        return check(history, MEMORY_BYTES_MAX);
    }

    /// {@return whether `history` is linearizable, remembering at most `memoryBytesMax` a key}
    public static Verdict check(List<Operation> history, long memoryBytesMax) {
        return Keys.each(
                history,
                ofKey -> {
                    List<Operation> bound = ofKey.stream().filter(Keys::isBound).toList();
                    return bound.isEmpty()
                            ? Verdict.HOLDS
                            : new SearchCheck(bound, memoryBytesMax).search();
                });
    }

    private Verdict search() {
        Register[] before = new Register[count];
        int[] order = new int[count];
        int depth = 0;
        Register register = Register.EMPTY;
        int event = next[head];
        while (open > 0) {
            if (event < count) {
                Register after = step(register, operations.get(event));
                if (after != null && isNew(event, after)) {
                    if (memoryBytes() > memoryBytesMax) {
                        return undecided();
                    }
                    before[depth] = register;
                    order[depth++] = event;
                    register = after;
                    takeOut(event);
                    event = next[head];
                } else {
                    event = next[event];
                }
            } else if (depth == 0) {
                return broken();
            } else {
                // Somebody's return, or the end: what is to come cannot be done before it.
                int last = order[--depth];
                register = before[depth];
                putBack(last);
                event = next[last];
            }
        }
        return Verdict.HOLDS;
    }

    /// A write that nobody answered may be left out. So it comes only before what sees it: the same
    /// order without it explains everything else as well.
    private static Register step(Register register, Operation operation) {
        if (!register.seen() && !sees(operation)) {
            return null;
        }
        return register.after(operation);
    }

    private static boolean sees(Operation operation) {
        return switch (operation.outcome()) {
            case Outcome.Found _, Outcome.Missing _, Outcome.Mismatch _ -> true;
            case Outcome.Deleted _ -> true;
            case Outcome.Written _, Outcome.Indeterminate _ ->
                    !(operation.call().condition()
                            instanceof Precondition.None);
            case Outcome.Definite _ -> false;
        };
    }

    private boolean isNew(int event, Register after) {
        long[] bits = done.clone();
        bits[event >> 6] |= 1L << event;
        return tried.add(new Tried(bits, after));
    }

    private long memoryBytes() {
        return tried.size() * (STATE_BYTES + 8L * done.length);
    }

    private void takeOut(int event) {
        done[event >> 6] |= 1L << event;
        unlink(event);
        if (operations.get(event).succeeded()) {
            unlink(count + event);
            open--;
        }
    }

    private void putBack(int event) {
        done[event >> 6] &= ~(1L << event);
        if (operations.get(event).succeeded()) {
            relink(count + event);
            open++;
        }
        relink(event);
    }

    private void unlink(int event) {
        next[previous[event]] = next[event];
        previous[next[event]] = previous[event];
    }

    private void relink(int event) {
        next[previous[event]] = event;
        previous[next[event]] = event;
    }

    /// Calls come before returns of the same time: what has the same time is concurrent. A write
    /// that nobody answered has no return.
    private void link() {
        record Event(long nanos, int number) {}

        List<Event> events = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            Operation operation = operations.get(i);
            events.add(new Event(operation.callNanos(), i));
            if (operation.succeeded()) {
                events.add(new Event(operation.returnNanos(), count + i));
                open++;
            }
        }
        events.sort(
                (a, b) -> {
                    int byTime = Long.compare(a.nanos, b.nanos);
                    return byTime != 0 ? byTime : Integer.compare(a.number, b.number);
                });
        int last = head;
        for (Event event : events) {
            next[last] = event.number;
            previous[event.number] = last;
            last = event.number;
        }
        next[last] = head;
        previous[head] = last;
    }

    private Verdict broken() {
        return new Verdict.Broken(
                operations.getFirst().key(),
                "no order of these " + count + " operations explains what came out",
                operations);
    }

    private Verdict undecided() {
        return new Verdict.Undecided(
                operations.getFirst().key(),
                "%d operations, gave up after %d states".formatted(count, tried.size()));
    }
}
