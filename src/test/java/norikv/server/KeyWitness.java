package norikv.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import norikv.bytes.Bytes;
import norikv.domain.ErrorCode;
import norikv.domain.Reply;
import norikv.domain.Version;

/// What was asked of one key and answered, and whether the answers can all be true.
///
/// Versions order the writes of a key, so each answer is held against a floor: the greatest version
/// that somebody had been told of before the question was put. Values are unique, so each value
/// found names its write.
final class KeyWitness {
    private final String key;
    private final List<Write> writes = new ArrayList<>();
    private final Map<Version, Write> owners = new HashMap<>();

    /// The greatest version anybody was told of.
    private Version told = Version.NONE;

    /// The greatest version that was told of when somebody was then told that the key is missing.
    private Version dead = Version.NONE;

    KeyWitness(String key) {
        this.key = key;
    }

    enum Fate {
        UNDER_WAY,
        DONE,
        NOT_DONE,
        UNKNOWN
    }

    /// What had been told when a question was put.
    record Floor(Version told, Version dead) {}

    /// One write.
    final class Write {
        final Bytes value;
        final boolean mayVanish;
        final Floor floor = floor();
        Fate fate = Fate.UNDER_WAY;
        private Version at = Version.NONE;

        private Write(Bytes value, boolean mayVanish) {
            this.value = value;
            this.mayVanish = mayVanish;
        }

        void answered(Reply reply) {
            assertEquals(Fate.UNDER_WAY, fate, () -> "answered again: " + key + " " + reply);
            switch (reply) {
                case Reply.Written(Version place) -> done(place);
                case Reply.Deleted(_, Version place) -> done(place);
                case Reply.Mismatch(Version actual) -> {
                    fate = Fate.NOT_DONE;
                    sawVersion(actual, floor);
                }
                case Reply.Failed(ErrorCode code, _, _, _) ->
                        fate = code.isIndeterminate() ? Fate.UNKNOWN : Fate.NOT_DONE;
                default -> throw new AssertionError("an answer to a write, got " + reply);
            }
        }

        private void done(Version place) {
            fate = Fate.DONE;
            assertTrue(place.compareTo(floor.told) > 0, () -> key + ": versions grow: " + place);
            own(place);
            told = max(told, place);
        }

        private void own(Version place) {
            assertTrue(at.equals(Version.NONE) || at.equals(place), () -> key + " moved: " + at);
            at = place;
            Write other = owners.putIfAbsent(place, this);
            assertTrue(other == null || other == this, () -> key + ": two writes at " + place);
        }
    }

    /// A put without a time to live.
    Write put(Bytes value) {
        return add(new Write(value, false));
    }

    /// A write after which the key may be missing: a delete, or a put with a time to live.
    Write vanishing(Bytes value) {
        return add(new Write(value, true));
    }

    Floor floor() {
        return new Floor(told, dead);
    }

    /// The node is gone: what was not answered may have happened.
    void crashed() {
        writes.forEach(w -> w.fate = w.fate == Fate.UNDER_WAY ? Fate.UNKNOWN : w.fate);
    }

    /// A linearizable read that was asked at `floor` found this.
    void read(Reply reply, Floor floor) {
        switch (reply) {
            case Reply.Found(Bytes value, Version at, _, _) -> found(value, at, floor);
            case Reply.Missing _ -> sawVersion(Version.NONE, floor);
            case Reply.Failed(ErrorCode code, _, _, _) -> assertTrue(!code.isIndeterminate());
            default -> throw new AssertionError("an answer to a read, got " + reply);
        }
    }

    void found(Bytes value, Version at, Floor floor) {
        Write write =
                writes.stream().filter(w -> w.value.equals(value)).findAny().orElse(null);
        assertNotNull(write, () -> key + ": a value that nobody wrote, at " + at);
        assertTrue(write.fate != Fate.NOT_DONE, () -> key + ": refused, and yet there: " + at);
        write.own(at);
        sawVersion(at, floor);
    }

    /// Somebody who asked at `floor` was told that the live version is `at`, or that there is none.
    private void sawVersion(Version at, Floor floor) {
        if (at.equals(Version.NONE)) {
            assertMayBeMissing(floor.told);
            dead = max(dead, floor.told);
            return;
        }
        assertTrue(at.compareTo(floor.told) >= 0, () -> key + ": went back to " + at);
        assertTrue(
                floor.dead.equals(Version.NONE) || at.compareTo(floor.dead) > 0,
                () -> key + ": came back from the dead: " + at);
        told = max(told, at);
    }

    private void assertMayBeMissing(Version floorTold) {
        Write newest = owners.get(floorTold);
        if (newest == null || newest.mayVanish) {
            return;
        }
        boolean hasKiller =
                writes.stream()
                        .filter(w -> w.mayVanish && w.fate != Fate.NOT_DONE)
                        .anyMatch(w -> w.fate != Fate.DONE || w.at.compareTo(floorTold) > 0);
        assertTrue(hasKiller, () -> key + ": lost what was acknowledged at " + floorTold);
    }

    private Write add(Write write) {
        writes.add(write);
        return write;
    }

    private static Version max(Version a, Version b) {
        return a.compareTo(b) >= 0 ? a : b;
    }
}
