package norikv.raftlog;

import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;

/// What a log of many groups should hold, as simply as can be: the slow twin of [RaftLog].
final class RaftModel {
    /// One item of a batch.
    sealed interface Op {
        int group();

        record SetHardState(int group, HardState state) implements Op {}

        record Append(int group, long previousIndex, long previousTerm, List<LogEntry> entries)
                implements Op {}

        record Compact(int group, long index, long term) implements Op {}

        record Restore(int group, long index, long term) implements Op {}

        record Bury(int group) implements Op {}

        record Begin(int group, Intent intent) implements Op {}

        record Done(int group, int tablet) implements Op {}

        record Abort(int group, int tablet) implements Op {}
    }

    /// One group.
    static final class Group {
        HardState hardState = HardState.NONE;
        boolean tombstone;
        long baseIndex;
        long baseTerm;
        Intent intent = Intent.NONE;

        /// By index; those at or below the base are kept, to know their terms.
        final TreeMap<Long, LogEntry> entries = new TreeMap<>();

        long last() {
            return entries.isEmpty() ? baseIndex : Math.max(baseIndex, entries.lastKey());
        }

        long term(long index) {
            LogEntry entry = entries.get(index);
            return entry != null ? entry.term() : index == baseIndex ? baseTerm : 0;
        }

        Group copy() {
            var copy = new Group();
            copy.hardState = hardState;
            copy.tombstone = tombstone;
            copy.baseIndex = baseIndex;
            copy.baseTerm = baseTerm;
            copy.intent = intent;
            copy.entries.putAll(entries);
            return copy;
        }

        void moveBase(long index) {
            baseTerm = term(index);
            baseIndex = index;
        }

        @Override
        public String toString() {
            return "%s tombstone=%s base=%d:%d last=%d:%d %s"
                    .formatted(
                            hardState,
                            tombstone,
                            baseTerm,
                            baseIndex,
                            term(last()),
                            last(),
                            intent);
        }
    }

    final TreeMap<Integer, Group> groups = new TreeMap<>();

    Group of(int group) {
        return groups.computeIfAbsent(group, _ -> new Group());
    }

    RaftModel copy() {
        var copy = new RaftModel();
        groups.forEach((number, group) -> copy.groups.put(number, group.copy()));
        return copy;
    }

    RaftModel apply(List<Op> batch) {
        batch.forEach(this::apply);
        return this;
    }

    private void apply(Op op) {
        Group group = of(op.group());
        switch (op) {
            case Op.SetHardState(_, var state) -> {
                group.hardState = state;
                group.tombstone = false;
            }
            case Op.Append(_, long previous, _, var entries) -> {
                group.entries.tailMap(previous, false).clear();
                entries.forEach(entry -> group.entries.put(entry.index(), entry));
                group.tombstone = false;
            }
            case Op.Compact(_, long index, _) -> {
                if (index > group.baseIndex) {
                    group.moveBase(index);
                }
            }
            case Op.Restore(_, long index, long term) -> {
                group.entries.clear();
                group.baseIndex = index;
                group.baseTerm = term;
                group.tombstone = false;
            }
            case Op.Begin(_, var intent) -> group.intent = intent;
            case Op.Done _, Op.Abort _ -> group.intent = Intent.NONE;
            case Op.Bury _ -> {
                groups.put(op.group(), new Group());
                of(op.group()).tombstone = true;
            }
        }
    }

    /// Puts the items into `target`.
    ///
    /// @return whether all fitted
    static boolean fill(LogBatch target, List<Op> batch) {
        boolean fits = true;
        for (Op op : batch) {
            fits &=
                    switch (op) {
                        case Op.SetHardState(int group, var state) ->
                                target.hardState(group, state);
                        case Op.Append(int group, long index, long term, var entries) -> {
                            boolean all = target.after(group, index, term);
                            for (LogEntry e : entries) {
                                all =
                                        all
                                                && target.entry(
                                                        e.term(),
                                                        e.logTimeMillis(),
                                                        e.kind(),
                                                        e.payload());
                            }
                            yield all;
                        }
                        case Op.Compact(int group, long index, long term) ->
                                target.compactTo(group, index, term);
                        case Op.Restore(int group, long index, long term) ->
                                target.restore(group, index, term);
                        case Op.Bury(int group) -> target.tombstone(group);
                        case Op.Begin(int group, var intent) -> target.intent(group, intent);
                        case Op.Done(int group, int tablet) -> target.done(group, tablet);
                        case Op.Abort(int group, int tablet) -> target.abort(group, tablet);
                    };
        }
        return fits;
    }

    /// {@return what `log` holds that this does not say, and the other way round; empty if both
    /// agree} The log may have dropped more entries, as long as they were `flushed`.
    List<String> differences(RaftLog log, Iterable<Integer> all, TreeMap<Integer, Long> flushed) {
        List<String> found = new ArrayList<>();
        for (int number : all) {
            Group group = of(number);
            long first = log.firstIndex(number);
            long dropped = Math.min(group.last(), flushed.getOrDefault(number, 0L));
            boolean same =
                    group.hardState.equals(log.hardState(number))
                            && group.tombstone == log.isTombstone(number)
                            && group.intent.equals(log.intent(number))
                            && group.last() == log.lastIndex(number)
                            && group.term(group.last()) == log.term(number, group.last())
                            && first > group.baseIndex
                            && first - 1 <= Math.max(group.baseIndex, dropped)
                            && group.term(first - 1) == log.term(number, first - 1);
            if (!same) {
                found.add(
                        "group %d: %s, got %s tombstone=%s first=%d last=%d term=%d flushed=%s"
                                .formatted(
                                        number,
                                        group,
                                        log.hardState(number),
                                        log.isTombstone(number),
                                        first,
                                        log.lastIndex(number),
                                        log.term(number, log.lastIndex(number)),
                                        flushed.get(number)));
            } else {
                compareEntries(log, number, first, found);
            }
        }
        return found;
    }

    private void compareEntries(RaftLog log, int number, long first, List<String> found) {
        Group group = of(number);
        List<LogEntry> expected = List.copyOf(group.entries.tailMap(first, true).values());
        List<LogEntry> actual = log.entries(number, first, Long.MAX_VALUE);
        if (!expected.equals(actual)) {
            found.add("group %d: %s, got %s".formatted(number, expected, actual));
        }
    }
}
