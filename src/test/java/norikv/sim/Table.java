package norikv.sim;

import norikv.domain.Version;
import norikv.raft.Configuration;
import norikv.raft.Entry;
import norikv.raft.SnapshotMeta;

/// The state machine of a replica: a few keys with versions, and a chain of hashes over all that
/// was applied. A deleted key keeps the version of its deletion.
final class Table {
    /// What a write did, or what a read found.
    ///
    /// @param done whether a put took effect, or what a read or a delete looked for was there
    /// @param at where the write stands, or the one that the key has; a refused compare-and-set
    ///     names the version of the live value
    record Result(boolean done, long value, Version at) {}

    static final Version NEVER = new Version(0, 0);

    private final long[] values;
    private final boolean[] present;
    private final Version[] versions;
    private SnapshotMeta applied;
    private long chain;

    Table(int keys, SnapshotMeta start) {
        values = new long[keys];
        present = new boolean[keys];
        versions = new Version[keys];
        java.util.Arrays.fill(versions, NEVER);
        applied = start;
    }

    private Table(Table other) {
        values = other.values.clone();
        present = other.present.clone();
        versions = other.versions.clone();
        applied = other.applied;
        chain = other.chain;
    }

    Table copy() {
        return new Table(this);
    }

    long index() {
        return applied.at().index();
    }

    SnapshotMeta applied() {
        return applied;
    }

    /// {@return a hash of everything that was applied, in order}
    long chain() {
        return chain;
    }

    /// {@return a hash of what is readable now}
    long digest() {
        long hash = chain;
        for (int key = 0; key < values.length; key++) {
            long value = present[key] ? values[key] : -1;
            hash = Dice.mix(hash + value + versions[key].index() * 31);
        }
        return hash;
    }

    /// {@return what the command of `entry` did; nothing happened for entries of other kinds}
    Result apply(Entry entry) {
        boolean changesMembers = entry.kind() == Entry.Kind.CONFIGURATION;
        applied =
                new SnapshotMeta(
                        entry.at(),
                        entry.logTimeMillis(),
                        changesMembers
                                ? Configuration.decode(entry.command())
                                : applied.configuration(),
                        changesMembers ? entry.index() : applied.configurationIndex());
        chain = link(chain, entry);
        return entry.kind() == Entry.Kind.COMMAND
                ? apply(Command.decode(entry.command()), entry.at())
                : new Result(false, 0, NEVER);
    }

    Result read(int key) {
        return new Result(present[key], values[key], versions[key]);
    }

    private Result apply(Command command, Version at) {
        int key = command.key();
        boolean existed = present[key];
        boolean does =
                command.kind() != Command.Kind.CAS || versionOf(key).equals(command.expect());
        if (!does) {
            return new Result(false, values[key], versionOf(key));
        }
        present[key] = command.kind() != Command.Kind.DELETE;
        values[key] = command.token();
        versions[key] = at;
        return new Result(present[key] || existed, values[key], at);
    }

    /// {@return what a compare-and-set compares with: of a deleted key, none}
    private Version versionOf(int key) {
        return present[key] ? versions[key] : NEVER;
    }

    static long link(long before, Entry entry) {
        long hash = Dice.mix(before + entry.index());
        hash = Dice.mix(hash + entry.term() * 4 + entry.kind().ordinal());
        return Dice.mix(hash + entry.command().hashCode() + entry.logTimeMillis() * 31);
    }
}
