package norikv.history;

import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import norikv.bytes.Bytes;
import norikv.domain.Precondition;
import norikv.domain.Version;

/// The places in the log that a key's operations name, in order: who wrote there, who saw it.
final class Places {
    /// One write that happened, or the empty store.
    static final class Place {
        final Version at;
        final List<Operation> readers = new ArrayList<>();

        /// Null for the empty store, and until it is found out.
        Operation writer;

        /// Null while nobody saw the value.
        private Bytes value;

        private boolean seenLive;
        private boolean seenDeleted;

        Place(Version at) {
            this.at = at;
        }

        /// {@return whether the key has a live value from here to the next place}
        boolean isLive() {
            return writer != null && writer.call() instanceof Call.Put;
        }

        /// {@return whether `write` can have made what was seen here}
        private boolean fits(Operation write) {
            for (Operation reader : readers) {
                if (write.callNanos() > reader.returnNanos()) {
                    return false;
                }
            }
            return switch (write.call()) {
                case Call.Put(var written, _) ->
                        !seenDeleted && (value == null || value.equals(written));
                case Call.Delete _ -> !seenLive;
                case Call.Get _ -> throw new AssertionError(write);
            };
        }
    }

    private final TreeMap<Version, Place> places = new TreeMap<>();

    /// Writes that nobody answered and that nobody is known to have seen.
    private final List<Operation> loose = new ArrayList<>();

    /// What saw no live value and was not told where it was removed.
    private final List<Operation> absents = new ArrayList<>();

    private boolean guessed;

    /// Gives every operation its place.
    void fill(List<Operation> operations) throws Contradiction {
        place(Version.NONE);
        for (Operation operation : operations) {
            add(operation);
        }
        for (Place place : places.values()) {
            if (place.writer != null && !place.fits(place.writer)) {
                List<Operation> among = new ArrayList<>(place.readers);
                among.addFirst(place.writer);
                throw new Contradiction("seen is not what is at " + place.at, among);
            }
        }
        findWriters();
    }

    /// {@return all places, the empty store first}
    List<Place> inOrder() {
        return List.copyOf(places.values());
    }

    List<Operation> absents() {
        return absents;
    }

    /// {@return whether a writer might be another one that wrote the same}
    boolean isGuess() {
        return guessed;
    }

    /// {@return whether a delete that nobody answered may stand anywhere}
    boolean hasLooseDelete() {
        return loose.stream().anyMatch(o -> o.call() instanceof Call.Delete);
    }

    /// {@return whether a put that nobody answered may stand anywhere}
    boolean hasLoosePut() {
        return loose.stream().anyMatch(o -> o.call() instanceof Call.Put);
    }

    private void add(Operation operation) throws Contradiction {
        switch (operation.outcome()) {
            case Outcome.Found(var seen, var at) -> {
                Place place = place(at);
                if (place.value != null && !place.value.equals(seen)) {
                    throw new Contradiction("two values at " + at, with(place.readers, operation));
                }
                place.value = seen;
                place.seenLive = true;
                place.readers.add(operation);
            }
            case Outcome.Missing(var at) -> {
                if (at.equals(Version.NONE)) {
                    absents.add(operation);
                } else {
                    place(at).seenDeleted = true;
                    place(at).readers.add(operation);
                }
            }
            case Outcome.Mismatch(var actual) -> {
                if (actual.equals(Version.NONE)) {
                    absents.add(operation);
                } else {
                    place(actual).seenLive = true;
                    place(actual).readers.add(operation);
                }
            }
            case Outcome.Written(var at) -> write(operation, at);
            case Outcome.Deleted(_, var at) -> write(operation, at);
            case Outcome.Indeterminate _ -> loose.add(operation);
            case Outcome.Definite _ -> throw new AssertionError(operation);
        }
    }

    private void write(Operation operation, Version at) throws Contradiction {
        Place place = place(at);
        if (place.writer != null) {
            throw new Contradiction("two writes at " + at, List.of(place.writer, operation));
        }
        place.writer = operation;
        if (operation.call().condition() instanceof Precondition.IfVersion(var required)) {
            place(required).seenLive = true;
        }
    }

    /// Finds who wrote what was seen but never answered: first where one alone can have, then, as a
    /// guess, the first caller of those left.
    private void findWriters() throws Contradiction {
        boolean more = true;
        while (more) {
            more = false;
            for (Place place : places.values()) {
                List<Operation> able = ableToWrite(place);
                if (able.size() == 1) {
                    settle(place, able.getFirst());
                    more = true;
                }
            }
        }
        for (Place place : places.values()) {
            List<Operation> able = ableToWrite(place);
            if (!able.isEmpty()) {
                guessed = true;
                settle(place, able.getFirst());
            }
        }
    }

    private List<Operation> ableToWrite(Place place) throws Contradiction {
        if (place.writer != null || place.at.equals(Version.NONE)) {
            return List.of();
        }
        List<Operation> able = new ArrayList<>();
        for (Operation write : loose) {
            if (place.fits(write) && isNext(write.call().condition(), place.at)) {
                able.add(write);
            }
        }
        if (able.isEmpty()) {
            throw new Contradiction("nobody wrote what is at " + place.at, place.readers);
        }
        able.sort((a, b) -> Long.compare(a.callNanos(), b.callNanos()));
        return able;
    }

    /// {@return whether no place stands between `at` and the one that `condition` names}
    private boolean isNext(Precondition condition, Version at) {
        return !(condition instanceof Precondition.IfVersion(var required))
                || required.compareTo(at) < 0
                        && places.lowerKey(at).compareTo(required) <= 0;
    }

    private void settle(Place place, Operation writer) {
        place.writer = writer;
        loose.remove(writer);
    }

    private Place place(Version at) {
        return places.computeIfAbsent(at, Place::new);
    }

    private static List<Operation> with(List<Operation> operations, Operation more) {
        List<Operation> all = new ArrayList<>(operations);
        all.add(more);
        return all;
    }
}
