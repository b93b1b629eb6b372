package norikv.raftlog;

import java.util.function.Consumer;
import norikv.bytes.ByteReader;
import norikv.disk.FileFault;
import norikv.domain.NoriException;
import norikv.wal.Replay;
import norikv.wal.Wal;

/// Holds the records of a node's log against each other, and what they say of each group against
/// what the group has in tables.
///
/// **Threads.** Confined to one. **Limits.** Memory as that of [RaftLog].
public final class RaftLogCheck implements Replay {
    private final String directory;
    private final GroupLogs groups;
    private long records;

    /// @param directory of the log, for messages
    public RaftLogCheck(String directory) {
        this.directory = directory;
        this.groups = new GroupLogs(position -> Wal.describe(directory, position));
    }

    /// {@return how many records were read}
    public long records() {
        return records;
    }

    /// **Errors.** [NoriException.Corruption] when the record cannot follow those before.
    @Override
    public void record(long position, ByteReader record) {
        records++;
        groups.apply(position, record);
    }

    /// Tells `faults` if the log does not go on where the tables of `group` end: it must have what
    /// comes after them, and nothing may be in tables that it never had.
    ///
    /// @param tablesIndex the last entry of the group that is in tables
    public void requireCovers(int group, long tablesIndex, Consumer<FileFault> faults) {
        GroupLog log = groups.of(group);
        if (tablesIndex < log.firstIndex() - 1 || tablesIndex > log.lastIndex()) {
            faults.accept(
                    FileFault.at(
                            directory,
                            0,
                            "entries of group %d from %d on, with %d in tables, got %d to %d"
                                    .formatted(
                                            group,
                                            tablesIndex + 1,
                                            tablesIndex,
                                            log.firstIndex(),
                                            log.lastIndex())));
        }
    }

    /// Tells `faults` if what some head promised to say again was never said.
    public void end(Consumer<FileFault> faults) {
        try {
            groups.end();
        } catch (NoriException.Corruption e) {
            faults.accept(FileFault.of(directory, e));
        }
    }
}
