package norikv.torture;

import java.util.HashMap;
import java.util.Map;
import java.util.SplittableRandom;
import norikv.bytes.Bytes;
import norikv.domain.Consistency;
import norikv.domain.Precondition;
import norikv.domain.Version;
import norikv.history.Call;
import norikv.history.Outcome;

/// What one client of a run asks: puts, deletes, conditional ones, and reads of all kinds, of few
/// keys. Drawn from a seed and from what was answered before.
///
/// **Threads.** Confined to one.
final class Script {
    private final long process;
    private final int keys;
    private final SplittableRandom random;
    private final Map<Bytes, Version> seen = new HashMap<>();
    private long values;

    /// What to ask next.
    record Ask(Bytes key, Call call) {}

    Script(long seed, long process, int keys) {
        this.process = process;
        this.keys = keys;
        this.random = new SplittableRandom(seed * 1_000_003 + process);
    }

    /// {@return the key with this number}
    static Bytes key(int number) {
        return Bytes.utf8("k" + number);
    }

    Ask next() {
        Bytes key = key(random.nextInt(keys));
        int dice = random.nextInt(100);
        if (dice < 35) {
            return new Ask(key, new Call.Put(value(), Precondition.NONE));
        } else if (dice < 50) {
            return new Ask(key, new Call.Put(value(), condition(key, Precondition.IF_ABSENT)));
        } else if (dice < 57) {
            return new Ask(key, new Call.Delete(Precondition.NONE));
        } else if (dice < 60) {
            return new Ask(key, new Call.Delete(condition(key, Precondition.NONE)));
        }
        return new Ask(key, new Call.Get(consistency()));
    }

    /// Remembers what came of `ask`, for conditions that may hold.
    void learn(Ask ask, Outcome outcome) {
        switch (outcome) {
            case Outcome.Found(_, var at) -> seen.put(ask.key(), at);
            case Outcome.Written(var at) -> seen.put(ask.key(), at);
            case Outcome.Mismatch(var actual) when !actual.equals(Version.NONE) ->
                    seen.put(ask.key(), actual);
            case Outcome.Mismatch _, Outcome.Missing _, Outcome.Deleted _ ->
                    seen.remove(ask.key());
            case Outcome.Definite _, Outcome.Indeterminate _ -> {}
        }
    }

    /// Each value is written once, so that who reads it knows whose it is.
    private Bytes value() {
        return Bytes.utf8(process + "-" + values++);
    }

    /// {@return that the key is as it was seen; `unseen` where it was not}
    private Precondition condition(Bytes key, Precondition unseen) {
        return seen.containsKey(key) ? new Precondition.IfVersion(seen.get(key)) : unseen;
    }

    private Consistency consistency() {
        int dice = random.nextInt(4);
        return dice < 2
                ? Consistency.LINEARIZABLE
                : dice == 2 ? Consistency.LEASE : Consistency.STALE;
    }
}
