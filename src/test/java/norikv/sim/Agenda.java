package norikv.sim;

import java.util.Arrays;

/// What is going to happen, the earliest first; a binary heap over arrays. Where two things happen
/// at one moment, a number drawn for each decides.
///
/// **Limits.** [#COUNT_MAX]: a world that plans more has a leak.
final class Agenda {
    /// The most that may be planned.
    static final int COUNT_MAX = 200_000;

    private long[] at = new long[256];
    private long[] tie = new long[256];
    private Happening[] what = new Happening[256];
    private int count;

    boolean isEmpty() {
        return count == 0;
    }

    int count() {
        return count;
    }

    /// {@return when the next thing happens}
    long nextAt() {
        return at[0];
    }

    void add(long atNanos, long drawn, Happening happening) {
        Violation.check(count < COUNT_MAX, "R1", "agenda: more than %d", COUNT_MAX);
        if (count == at.length) {
            at = Arrays.copyOf(at, 2 * count);
            tie = Arrays.copyOf(tie, 2 * count);
            what = Arrays.copyOf(what, 2 * count);
        }
        int place = count++;
        while (place > 0) {
            int parent = place - 1 >>> 1;
            if (isBefore(at[parent], tie[parent], atNanos, drawn)) {
                break;
            }
            move(parent, place);
            place = parent;
        }
        put(place, atNanos, drawn, happening);
    }

    /// {@return the next thing, which is planned no more}
    Happening take() {
        Happening first = what[0];
        count--;
        long lastAt = at[count];
        long lastTie = tie[count];
        Happening last = what[count];
        what[count] = null;
        int place = 0;
        while (2 * place + 1 < count) {
            int child = 2 * place + 1;
            if (child + 1 < count
                    && isBefore(at[child + 1], tie[child + 1], at[child], tie[child])) {
                child++;
            }
            if (isBefore(lastAt, lastTie, at[child], tie[child])) {
                break;
            }
            move(child, place);
            place = child;
        }
        if (count > 0) {
            put(place, lastAt, lastTie, last);
        }
        return first;
    }

    private void move(int from, int to) {
        put(to, at[from], tie[from], what[from]);
    }

    private void put(int place, long atNanos, long drawn, Happening happening) {
        at[place] = atNanos;
        tie[place] = drawn;
        what[place] = happening;
    }

    private static boolean isBefore(long at, long tie, long otherAt, long otherTie) {
        return at < otherAt || at == otherAt && tie < otherTie;
    }
}
