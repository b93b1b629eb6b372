package norikv.cli;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import norikv.disk.Disk;
import norikv.disk.FileFault;
import norikv.domain.NoriException;
import norikv.lsm.AppliedAt;
import norikv.lsm.LsmVerifier;
import norikv.lsm.Store;
import norikv.lsm.StoreLogCheck;
import norikv.raftlog.RaftLogCheck;
import norikv.server.Identity;
import norikv.server.Node;
import norikv.server.Stack;
import norikv.wal.Replay;
import norikv.wal.WalVerifier;

/// Reads all of a data folder that nobody has open, and gathers what is wrong.
///
/// **Limits.** [#FAULTS_MAX] faults are kept, the rest is counted; one place is told once.
final class Verification {
    static final int FAULTS_MAX = 1000;

    /// Whose a folder is.
    enum Kind {
        NODE("node", Stack.LOG_DIRECTORY, Stack.STORAGE_DIRECTORY, Node.LOCK),
        STORE("store", Store.LOG_FOLDER, Store.TABLES_FOLDER, Store.LOCK);

        final String word;
        private final String log;
        private final String tables;
        final String lock;

        Kind(String word, String log, String tables, String lock) {
            this.word = word;
            this.log = log;
            this.tables = tables;
            this.lock = lock;
        }
    }

    private final Disk disk;
    private final Kind kind;
    private final List<FileFault> faults = new ArrayList<>();
    private final Set<String> places = new HashSet<>();
    private long faultCount;
    private int tables;
    private int segments;
    private long records;
    private long bytes;
    private List<String> orphans = List.of();

    Verification(Disk disk, Kind kind) {
        this.disk = disk;
        this.kind = kind;
    }

    /// {@return whose the folder is} A node's says so in its identity.
    static Kind kindOf(Disk disk) {
        boolean node = disk.exists(Identity.FILE) || disk.exists(Stack.LOG_DIRECTORY);
        return node ? Kind.NODE : Kind.STORE;
    }

    /// Hears how far it is.
    @FunctionalInterface
    interface Listener {
        void at(long bytesRead, long bytesTotal);
    }

    /// Goes through everything.
    void run(Listener listener) {
        boolean hasLog = disk.exists(kind.log);
        if (kind == Kind.NODE) {
            checkIdentity();
        }
        try (var lsm = new LsmVerifier(disk, kind.tables, this::add)) {
            long before = faultCount;
            WalVerifier log = hasLog ? new WalVerifier(disk, kind.log, this::add) : null;
            long logBytes = log == null ? 0 : log.bytesTotal();
            long total = lsm.bytesTotal() + logBytes;
            if (log != null) {
                runLog(log, lsm, before, () -> listener.at(log.bytesRead(), total));
            }
            while (lsm.step()) {
                listener.at(logBytes + lsm.bytesRead(), total);
            }
            tables = lsm.tables();
            orphans = lsm.orphans();
            bytes = total;
        }
    }

    /// What is wrong with it is wrong with nothing else: log and tables are read all the same.
    private void checkIdentity() {
        try {
            Identity.check(disk);
        } catch (NoriException.Corruption damage) {
            add(FileFault.of(Identity.FILE, damage));
        }
    }

    private void runLog(WalVerifier log, LsmVerifier lsm, long before, Runnable listener) {
        var nodes = new RaftLogCheck(kind.log);
        AppliedAt store = lsm.durable().values().stream().findFirst().orElse(AppliedAt.NOTHING);
        var stores = new StoreLogCheck(kind.log, store);
        Replay replay = kind == Kind.NODE ? nodes : stores;
        boolean more = true;
        while (more) {
            // Behind damage nothing follows what it should: that would be told again and again.
            more = log.step(faultCount == before ? replay : Replay.NONE);
            listener.run();
        }
        segments = log.segments();
        records = nodes.records() + stores.records();
        if (kind == Kind.NODE && faultCount == before) {
            nodes.end(this::add);
            lsm.durable()
                    .forEach(
                            (shard, place) ->
                                    nodes.requireCovers(
                                            shard.number() + 1, place.at().index(), this::add));
        }
    }

    private void add(FileFault fault) {
        if (faults.size() < FAULTS_MAX && !places.add(fault.path() + "@" + fault.offset())) {
            return;
        }
        faultCount++;
        if (faults.size() < FAULTS_MAX) {
            faults.add(fault);
        }
    }

    List<FileFault> faults() {
        return faults;
    }

    long faultCount() {
        return faultCount;
    }

    int tables() {
        return tables;
    }

    int segments() {
        return segments;
    }

    long records() {
        return records;
    }

    long bytes() {
        return bytes;
    }

    List<String> orphans() {
        return orphans;
    }
}
