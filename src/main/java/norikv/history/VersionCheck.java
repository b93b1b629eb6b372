package norikv.history;

import java.util.List;
import norikv.domain.Precondition;
import norikv.domain.Version;

/// Explains a key's operations by the places in the log that they name: those order all writes, so
/// it only has to be looked whether conditions and real time agree. Quick for any length.
///
/// What it says is broken is broken, and what it says holds does hold. It is undecided only where
/// it matters which writes without an answer happened. Stale reads are left to [StaleCheck].
public final class VersionCheck {
    private final Places places = new Places();
    private List<Places.Place> order = List.of();

    /// Whether something holds only if a write without an answer stands somewhere.
    private boolean excused;

    private VersionCheck() {}

    /// {@return whether `history` is linearizable}
    public static Verdict check(List<Operation> history) {
        return Keys.each(history, VersionCheck::checkKey);
    }

    private static Verdict checkKey(List<Operation> ofKey) {
        List<Operation> bound = ofKey.stream().filter(Keys::isBound).toList();
        if (bound.isEmpty()) {
            return Verdict.HOLDS;
        }
        var key = bound.getFirst().key();
        var check = new VersionCheck();
        try {
            check.run(bound);
        } catch (Contradiction e) {
            return check.places.isGuess()
                    ? new Verdict.Undecided(key, "several may have written the same")
                    : new Verdict.Broken(key, e.getMessage(), e.among());
        }
        return check.excused
                ? new Verdict.Undecided(key, "a write without answer may be needed")
                : Verdict.HOLDS;
    }

    private void run(List<Operation> operations) throws Contradiction {
        places.fill(operations);
        order = places.inOrder();
        for (int i = 1; i < order.size(); i++) {
            grows(order.get(i - 1), order.get(i));
            conditionHolds(order.get(i - 1), order.get(i));
        }
        placeAbsents();
        realTimeAgrees();
    }

    private static void grows(Places.Place before, Places.Place place) throws Contradiction {
        if (place.at.index() <= before.at.index()) {
            throw contradiction("index does not grow with the term", before, place);
        }
    }

    private void conditionHolds(Places.Place before, Places.Place place) throws Contradiction {
        Operation writer = place.writer;
        boolean room = place.at.index() - before.at.index() > 1;
        switch (writer.call().condition()) {
            case Precondition.None _ -> {}
            case Precondition.IfAbsent _ -> requireAbsent(before, place, room);
            case Precondition.IfVersion(var required) -> {
                if (!before.at.equals(required) || !before.isLive()) {
                    boolean between =
                            required.compareTo(before.at) > 0
                                    && required.compareTo(place.at) < 0
                                    && places.hasLoosePut();
                    excuse(between, "condition did not hold", before, place);
                }
            }
        }
        if (writer.outcome() instanceof Outcome.Deleted(var existed, _)) {
            if (!existed) {
                requireAbsent(before, place, room);
            } else if (!before.isLive()) {
                excuse(room && places.hasLoosePut(), "removed what was not there", before, place);
            }
        }
    }

    private void requireAbsent(Places.Place before, Places.Place place, boolean room)
            throws Contradiction {
        if (before.isLive()) {
            excuse(room && places.hasLooseDelete(), "there was a live value", before, place);
        }
    }

    private void excuse(boolean possible, String why, Places.Place before, Places.Place place)
            throws Contradiction {
        if (!possible) {
            throw contradiction(why, before, place);
        }
        excused = true;
    }

    /// Gives what saw no live value the first place where there was none that real time allows. If
    /// each alone has such a place, these agree with each other: both ends of what is allowed grow
    /// with the times of the operation.
    private void placeAbsents() throws Contradiction {
        if (places.absents().isEmpty()) {
            return;
        }
        int count = order.size();
        long[] firstEndBehind = new long[count];
        long end = Long.MAX_VALUE;
        for (int i = count - 1; i >= 0; i--) {
            firstEndBehind[i] = end;
            Places.Place place = order.get(i);
            end = Math.min(end, firstEnd(place.readers, writerEnd(place)));
        }
        long[] lastCall = new long[count];
        long call = Long.MIN_VALUE;
        for (int i = 0; i < count; i++) {
            Places.Place place = order.get(i);
            call = Math.max(call, i == 0 ? Long.MIN_VALUE : place.writer.callNanos());
            lastCall[i] = call;
            for (Operation reader : place.readers) {
                call = Math.max(call, reader.callNanos());
            }
        }
        for (Operation absent : places.absents()) {
            int at = firstAtLeast(firstEndBehind, absent.callNanos());
            while (at < count && order.get(at).isLive()) {
                at++;
            }
            if (at < count && lastCall[at] <= absent.returnNanos()) {
                order.get(at).readers.add(absent);
            } else if (places.hasLooseDelete()) {
                excused = true;
            } else {
                throw new Contradiction("there was a live value", List.of(absent));
            }
        }
    }

    /// No operation was over before one that comes earlier in the order was called.
    private void realTimeAgrees() throws Contradiction {
        long end = Long.MAX_VALUE;
        Operation ender = null;
        for (int i = order.size() - 1; i >= 0; i--) {
            Places.Place place = order.get(i);
            long endBehind = end;
            Operation enderBehind = ender;
            for (Operation reader : place.readers) {
                if (reader.callNanos() > endBehind) {
                    throw new Contradiction("seen too late", List.of(reader, enderBehind));
                }
                if (reader.returnNanos() < end) {
                    end = reader.returnNanos();
                    ender = reader;
                }
            }
            if (place.writer != null && place.writer.callNanos() > end) {
                throw new Contradiction("seen too early", List.of(place.writer, ender));
            }
            if (writerEnd(place) < end) {
                end = writerEnd(place);
                ender = place.writer;
            }
        }
    }

    private static long writerEnd(Places.Place place) {
        return place.writer == null ? Long.MAX_VALUE : Keys.endNanos(place.writer);
    }

    private static long firstEnd(List<Operation> operations, long least) {
        long end = least;
        for (Operation operation : operations) {
            end = Math.min(end, Keys.endNanos(operation));
        }
        return end;
    }

    /// {@return the first index whose value, of ascending ones, is not less than `wanted`}
    private static int firstAtLeast(long[] ascending, long wanted) {
        int from = 0;
        int to = ascending.length;
        while (from < to) {
            int middle = from + to >>> 1;
            if (ascending[middle] < wanted) {
                from = middle + 1;
            } else {
                to = middle;
            }
        }
        return from;
    }

    private static Contradiction contradiction(
            String why, Places.Place before, Places.Place place) {
        String at = " at " + place.at + " behind " + before.at;
        return new Contradiction(
                why + at,
                before.at.equals(Version.NONE)
                        ? List.of(place.writer)
                        : List.of(before.writer, place.writer));
    }
}
