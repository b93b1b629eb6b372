package norikv.sim;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import norikv.domain.Version;
import norikv.raft.Configuration;
import norikv.raft.Entry;

/// What has happened in one group, wherever: who led, who voted for whom, what is committed, what
/// was applied and what became of it.
///
/// The maps are only ever asked for one key, never walked: their order decides nothing.
final class Truth {
    /// A key as a write left it.
    ///
    /// @param index where the write stands in the log
    record Step(long index, Table.Result result) {}

    final int group;

    /// Everything that some leader took as committed.
    final LogImage committed = new LogImage(1, 1, 0);

    final Map<Long, Long> leaderOfTerm = new HashMap<>();
    final Map<Version, Long> candidateOfVoter = new HashMap<>();
    final Map<Version, Long> prefixOfEntry = new HashMap<>();

    /// How far leaders of a term committed.
    final TreeMap<Long, Long> commitByTerm = new TreeMap<>();

    /// Configurations by the index of their entry, once they are in effect anywhere.
    final TreeMap<Long, Configuration> configurations = new TreeMap<>();

    /// What each change says that was ever in a log.
    final Map<Version, Configuration> changes = new HashMap<>();

    /// Configurations that were ever in a log, by index.
    final TreeMap<Long, List<Configuration>> proposed = new TreeMap<>();

    /// Ids of replicas that were destroyed.
    final Set<Long> tombstones = new HashSet<>();

    /// Writes that somebody was told have not happened and never will.
    final Set<Long> refusedTokens = new HashSet<>();

    final Set<Long> appliedTokens = new HashSet<>();
    private final List<Long> chains = new ArrayList<>();
    private final List<Long> digests = new ArrayList<>();
    private final List<Long> terms = new ArrayList<>();
    private final List<List<Step>> steps = new ArrayList<>();
    private long logTimeMillis;

    /// The latest term that anybody asked for votes in.
    long termMade = 1;

    long elections;

    Truth(int group, int keys, Configuration first, Table start) {
        this.group = group;
        configurations.put(1L, first);
        for (int key = 0; key < keys; key++) {
            var absent = new Table.Result(false, 0, Table.NEVER);
            steps.add(new ArrayList<>(List.of(new Step(1, absent))));
        }
        chains.add(0L);
        digests.add(0L);
        terms.add(0L);
        chains.add(start.chain());
        digests.add(start.digest());
        terms.add(1L);
    }

    long appliedIndex() {
        return chains.size() - 1L;
    }

    long chainAt(long index) {
        return chains.get((int) index);
    }

    long digestAt(long index) {
        return digests.get((int) index);
    }

    /// {@return the term of the applied entry at `index`}
    long termAt(long index) {
        return terms.get((int) index);
    }

    /// The first replica of all applied `entry`, after which its state is `table`.
    void appliedFirst(Entry entry, Table table, Table.Result result) {
        Violation.check(
                entry.logTimeMillis() >= logTimeMillis,
                "I5",
                "log time went back to %d from %d at %s",
                entry.logTimeMillis(),
                logTimeMillis,
                entry.at());
        logTimeMillis = entry.logTimeMillis();
        chains.add(table.chain());
        digests.add(table.digest());
        terms.add(entry.term());
        if (entry.kind() == Entry.Kind.COMMAND) {
            Command command = Command.decode(entry.command());
            noteCommand(entry, command, result);
        }
    }

    private void noteCommand(Entry entry, Command command, Table.Result result) {
        boolean isNew = appliedTokens.add(command.token());
        Violation.check(isNew, "J1", "applied twice: token %d at %s", command.token(), entry.at());
        Violation.check(
                !refusedTokens.contains(command.token()),
                "J3",
                "a write that was refused for certain is applied: token %d at %s",
                command.token(),
                entry.at());
        if (result.at().equals(entry.at())) {
            List<Step> history = steps.get(command.key());
            Version before = history.getLast().result().at();
            Violation.check(
                    result.at().compareTo(before) > 0,
                    "J4",
                    "version of key %d went from %s to %s",
                    command.key(),
                    before,
                    result.at());
            boolean present = command.kind() != Command.Kind.DELETE;
            history.add(
                    new Step(
                            entry.index(),
                            new Table.Result(present, command.token(), result.at())));
        }
    }

    /// {@return what a read of `key` finds when everything up to `index` is applied}
    Table.Result readAt(int key, long index) {
        List<Step> history = steps.get(key);
        int low = 0;
        int high = history.size() - 1;
        while (low < high) {
            int middle = low + high + 1 >>> 1;
            if (history.get(middle).index() <= index) {
                low = middle;
            } else {
                high = middle - 1;
            }
        }
        return history.get(low).result();
    }
}
