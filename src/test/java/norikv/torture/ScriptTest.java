package norikv.torture;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.EnumSet;
import java.util.HashSet;
import java.util.Set;
import norikv.bytes.Bytes;
import norikv.domain.Consistency;
import norikv.domain.Precondition;
import norikv.domain.Version;
import norikv.history.Call;
import norikv.history.Outcome;
import org.junit.jupiter.api.Test;

/// What clients ask is the seed's alone, of every kind, and each value is written once.
final class ScriptTest {
    private static final int ASKS = 5_000;

    @Test
    void theSameSeedAsksTheSame() {
        Script one = new Script(7, 1, 10);
        Script two = new Script(7, 1, 10);
        Script other = new Script(7, 2, 10);
        int differences = 0;
        for (int i = 0; i < 100; i++) {
            Script.Ask ask = one.next();
            assertEquals(ask, two.next());
            differences += ask.equals(other.next()) ? 0 : 1;
        }
        assertTrue(differences > 50);
    }

    @Test
    void noValueIsWrittenTwice() {
        Set<Bytes> values = new HashSet<>();
        for (int process = 0; process < 3; process++) {
            Script script = new Script(7, process, 10);
            for (int i = 0; i < ASKS; i++) {
                if (script.next().call() instanceof Call.Put(var value, _)) {
                    assertTrue(values.add(value), value::toUtf8);
                }
            }
        }
    }

    @Test
    void readsHaveAllConsistenciesAndWritesAllConditions() {
        Script script = new Script(7, 1, 10);
        Set<Consistency> levels = EnumSet.noneOf(Consistency.class);
        Set<String> others = new HashSet<>();
        for (int i = 0; i < ASKS; i++) {
            Script.Ask ask = script.next();
            if (ask.call() instanceof Call.Get(var level)) {
                levels.add(level);
            } else {
                String condition = ask.call().condition().getClass().getSimpleName();
                others.add(ask.call().getClass().getSimpleName() + " " + condition);
                script.learn(ask, written(ask.call(), i + 1));
            }
        }
        assertEquals(EnumSet.allOf(Consistency.class), levels);
        assertEquals(
                Set.of(
                        "Put None", "Put IfAbsent", "Put IfVersion",
                        "Delete None", "Delete IfVersion"),
                others);
    }

    @Test
    void aConditionIsWhatWasSeenLast() {
        Script script = new Script(7, 1, 1);
        var at = new Version(3, 9);
        for (int i = 0; i < ASKS; i++) {
            Script.Ask ask = script.next();
            if (ask.call().condition() instanceof Precondition.IfVersion(var required)) {
                assertEquals(at, required);
            }
            script.learn(ask, new Outcome.Mismatch(at));
            script.learn(ask, Outcome.INDETERMINATE);
        }
        assertNotEquals(Version.NONE, at);
    }

    private static Outcome written(Call call, long index) {
        var at = new Version(1, index);
        return call instanceof Call.Put
                ? new Outcome.Written(at)
                : new Outcome.Deleted(true, at);
    }
}
