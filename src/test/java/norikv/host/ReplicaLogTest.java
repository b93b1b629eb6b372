package norikv.host;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.function.Consumer;
import norikv.bytes.Bytes;
import norikv.domain.NoriException;
import norikv.domain.Version;
import norikv.port.Storage;
import norikv.raft.Entry;
import norikv.raftlog.LogBatch;
import norikv.raftlog.RaftLog;
import org.junit.jupiter.api.Test;

/// What a core sees of its log while that begins anew behind a shard of another node.
final class ReplicaLogTest {
    private final HostRig rig = new HostRig(1);
    private final Replica replica = rig.replica();

    @Test
    void aCoreSeesTheLogAsItWasUntilItIsTold() {
        write(
                batch -> {
                    batch.after(replica.group, 0, 0);
                    batch.entry(1, 5, 0, Bytes.utf8("one"));
                    batch.entry(2, 6, 0, Bytes.utf8("two"));
                });
        replica.log.freeze();
        write(batch -> batch.restore(replica.group, 9, 4));
        assertEquals(2, replica.log.lastIndex());
        assertEquals(2, replica.log.term(2));
        assertEquals(3, replica.log.firstIndex());

        replica.log.installed(new Storage.Applied(new Version(4, 9), 70));
        assertEquals(9, replica.log.lastIndex());
        assertEquals(4, replica.log.term(9));
        assertEquals(70, replica.log.logTimeMillis(9));
        assertEquals(10, replica.log.firstIndex());
    }

    /// A leader that was deposed had asked for its entries from the disk; a new one replaced them
    /// while they were read.
    @Test
    void whatIsReplacedWhileItIsFetchedIsNotTaken() {
        ReplicaLog log = withTwoEntriesOfTermOne();
        assertEquals(List.of(), log.read(1, 3, 1 << 20));
        ReplicaLog.Wanted wanted = log.takeWanted();
        List<Entry> old = log.fetch(wanted);
        assertEquals(2, old.size());
        log.append(List.of(entry(2, 2)));
        log.fetched(wanted, old);
        log.applied(2, 9);

        assertEquals(List.of(), log.read(2, 3, 1 << 20));
    }

    /// What replaces them is handed over, and the shared log does not have it yet.
    @Test
    void whatIsFetchedEndsBeforeWhatIsHandedOver() {
        ReplicaLog log = withTwoEntriesOfTermOne();
        log.append(List.of(entry(2, 2)));
        assertEquals(List.of(), log.read(1, 3, 1 << 20));
        ReplicaLog.Wanted wanted = log.takeWanted();
        log.fetched(wanted, log.fetch(wanted));
        log.applied(2, 9);

        assertEquals(List.of(entry(1, 1)), log.read(1, 3, 1 << 20));
        assertEquals(List.of(), log.read(2, 3, 1 << 20));
    }

    /// The same of what the shared log still has in memory.
    @Test
    void whatIsReadEndsBeforeWhatIsHandedOver() {
        writeTwoEntriesOfTermOne();
        ReplicaLog log = logOfNothingApplied();
        log.append(List.of(entry(2, 2)));

        assertEquals(List.of(entry(1, 1)), log.read(1, 3, 1 << 20));
        assertEquals(List.of(entry(2, 2)), log.read(2, 3, 1 << 20));
    }

    /// An older build that finds what a newer one wrote.
    @Test
    void anEntryOfAKindOfALaterBuildIsNotSkipped() {
        write(
                batch -> {
                    batch.after(replica.group, 0, 0);
                    batch.entry(1, 0, EntryKind.number(Entry.Kind.COMMAND), Bytes.utf8("1"));
                    batch.entry(1, 0, 4, Bytes.utf8("?"));
                });
        rig.log.close();
        rig.open();
        ReplicaLog log = logOfNothingApplied();
        var wanted = new ReplicaLog.Wanted(1, 3, 0);

        var refused = assertThrows(NoriException.Broken.class, () -> log.fetch(wanted));
        String why = "group 1 entry 2: kind 0, 2 or 3 with a command or 1 without, got 4 with 1";
        assertTrue(refused.getMessage().startsWith(why), refused::getMessage);
    }

    /// {@return a log of a later life, which has none of its entries in memory}
    private ReplicaLog withTwoEntriesOfTermOne() {
        writeTwoEntriesOfTermOne();
        rig.log.close();
        rig.open();
        return logOfNothingApplied();
    }

    private ReplicaLog logOfNothingApplied() {
        return new ReplicaLog(replica.group, rig.log, new Storage.Applied(Version.NONE, 0));
    }

    private void writeTwoEntriesOfTermOne() {
        int command = EntryKind.number(Entry.Kind.COMMAND);
        write(
                batch -> {
                    batch.after(replica.group, 0, 0);
                    batch.entry(1, command, 0, Bytes.utf8("1"));
                    batch.entry(1, command, 0, Bytes.utf8("2"));
                });
    }

    private static Entry entry(long term, long index) {
        return new Entry(
                new Version(term, index), 0, Entry.Kind.COMMAND, Bytes.utf8("" + index));
    }

    private void write(Consumer<LogBatch> fill) {
        LogBatch batch = rig.log.newBatch();
        fill.accept(batch);
        assertEquals(RaftLog.Verdict.ACCEPTED, rig.log.append(batch, () -> {}));
        rig.settle();
    }
}
