package norikv.host;

import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import norikv.bytes.ByteReader;
import norikv.bytes.ByteWriter;
import norikv.bytes.Bytes;
import norikv.domain.NoriException;
import norikv.domain.Placement;
import norikv.domain.ShardId;
import norikv.domain.Version;
import norikv.port.Storage;
import norikv.port.Storage.Lookup;
import norikv.raft.Configuration;
import norikv.raft.Entry;
import norikv.raft.HardState;
import norikv.raft.Members;
import norikv.raftlog.LogBatch;
import norikv.raftlog.LogEntry;
import norikv.raftlog.RaftLog;
import norikv.work.Loops;

/// The first entry of each group, at term 1 and index 1: who belongs to it, of which cluster it is,
/// and how that cluster was made.
///
/// Every node writes it for the groups that it holds, once, before it has a vote: all write the
/// same, so it is committed from the beginning. From then on it is what says who belongs to a
/// group, and the folder and the configuration must fit it: whoever adds a line to a file makes no
/// majority that knows nothing.
///
/// ```text
/// context = format u8 = 1 ‖ length varint ‖ cluster id ‖ total_shards varint ‖
///           replication_factor varint ‖ placement digest u64
/// ```
///
/// **Threads.** Any. **Source.** `wire/files.md`, the first entry of a group.
///
/// @param self the number of this node in `placement`
public record Founding(String clusterId, Placement placement, int self) {
    /// Where it stands.
    static final Version AT = new Version(1, 1);

    private static final int FORMAT = 1;
    private static final long FORCE_NANOS_MAX = TimeUnit.MINUTES.toNanos(1);

    /// {@return what the first entry of the group of `shard` says}
    Bytes command(ShardId shard) {
        return command(shard, context());
    }

    private Bytes command(ShardId shard, Bytes context) {
        return voters(placement, shard).encode(context);
    }

    /// {@return what is the same in all groups}
    private Bytes context() {
        Bytes name = Bytes.utf8(clusterId);
        var context = new ByteWriter(64, Configuration.CONTEXT_BYTES_MAX);
        context.u8(FORMAT).varint(name.length()).bytes(name);
        context.varint(placement.totalShards()).varint(placement.replicationFactor());
        context.i64(placement.digest());
        return context.toBytes();
    }

    static Configuration voters(Placement placement, ShardId shard) {
        int[] holders = placement.holders(shard);
        long[] ids = new long[holders.length];
        for (int i = 0; i < ids.length; i++) {
            ids[i] = holders[i];
        }
        return Configuration.of(Members.of(ids), Members.NONE);
    }

    /// Looks whether the groups of this node are where they can be, and changes nothing.
    ///
    /// **Errors.** [NoriException.Corruption] naming the first group that is not: of a store that
    /// was founded each has begun, of one that was not, none has voted or gone on.
    ///
    /// @param logDirectory for the message
    /// @param stored up to where the entries of a shard are durable in storage
    /// @param isFounded whether the store was founded
    public void check(
            RaftLog log,
            String logDirectory,
            Function<ShardId, Version> stored,
            boolean isFounded) {
        for (int number = 0; number < placement.totalShards(); number++) {
            var shard = new ShardId(number);
            if (placement.holds(self, shard)) {
                check(log, logDirectory, shard, stored.apply(shard), isFounded);
            }
        }
    }

    private static void check(
            RaftLog log, String logDirectory, ShardId shard, Version applied, boolean isFounded) {
        int group = Replica.groupOf(shard);
        long last = log.lastIndex(group);
        norikv.raftlog.HardState hard = log.hardState(group);
        boolean hasBegun = last > 0 || applied.index() > 0;
        boolean hasGoneOn =
                last > AT.index()
                        || applied.index() > AT.index()
                        || hard.term() > AT.term()
                        || hard.vote() != HardState.NOBODY;
        if (isFounded && !hasBegun) {
            throw new NoriException.Corruption(
                    "%s: shard %s: an entry, for the store was founded, got none: votes are lost"
                            .formatted(logDirectory, shard));
        }
        if (!isFounded && hasGoneOn) {
            throw new NoriException.Corruption(
                    "%s: shard %s: not founded, so nothing behind index 1, got %d in term %d"
                            .formatted(
                                    logDirectory,
                                    shard,
                                    Math.max(last, applied.index()),
                                    hard.term()));
        }
    }

    /// Makes the first entries of the groups of this node durable that have none.
    ///
    /// **Errors.** [NoriException.Unavailable] when the log does not take them.
    public void begin(RaftLog log, Loops loops) {
        LogBatch batch = log.newBatch();
        Bytes context = context();
        for (int number = 0; number < placement.totalShards(); number++) {
            var shard = new ShardId(number);
            if (placement.holds(self, shard) && log.lastIndex(Replica.groupOf(shard)) == 0) {
                if (batch.bytes() > batch.payloadBytesMax() / 2) {
                    force(log, batch, loops);
                }
                add(batch, shard, command(shard, context));
            }
        }
        if (!batch.isEmpty()) {
            force(log, batch, loops);
        }
    }

    private static void add(LogBatch batch, ShardId shard, Bytes command) {
        int group = Replica.groupOf(shard);
        var hard = new norikv.raftlog.HardState(AT.term(), HardState.NOBODY, AT.index());
        boolean fits =
                batch.after(group, 0, 0)
                        && batch.entry(
                                AT.term(),
                                0,
                                EntryKind.number(Entry.Kind.CONFIGURATION),
                                command)
                        && batch.hardState(group, hard);
        if (!fits) {
            throw new AssertionError("room for an entry in half a batch");
        }
    }

    private static void force(RaftLog log, LogBatch batch, Loops loops) {
        Install.force(log, batch, loops, loops.clock().nanoTime() + FORCE_NANOS_MAX);
        batch.clear();
    }

    /// Looks whether each group of this node began as this cluster was made.
    ///
    /// **Errors.** [NoriException.Corruption] naming the first that did not.
    public void verify(RaftLog log, Storage storage) {
        Bytes context = context();
        for (int number = 0; number < placement.totalShards(); number++) {
            var shard = new ShardId(number);
            if (placement.holds(self, shard)) {
                Bytes found = found(shard, log, storage);
                if (!found.isEmpty() && !found.equals(command(shard, context))) {
                    throw new NoriException.Corruption(
                            "shard %s: first entry of %s, got %s"
                                    .formatted(shard, this, describe(found)));
                }
            }
        }
    }

    /// {@return what the group was founded with; empty where what is stored of it is damaged: it
    /// comes anew from another node}
    private static Bytes found(ShardId shard, RaftLog log, Storage storage) {
        List<Entry> first = first(log, Replica.groupOf(shard));
        if (!first.isEmpty()) {
            return first.getFirst().command();
        }
        Lookup row;
        try {
            row =
                    storage.get(
                            shard,
                            Storage.Space.GROUP,
                            Storage.CONFIGURATION_KEY,
                            Storage.Reach.DISK);
        } catch (NoriException.Corruption _) {
            return Bytes.EMPTY; // told where it was found, and repaired like any other row
        }
        if (row instanceof Lookup.Hit hit) {
            return hit.value();
        }
        throw new NoriException.Corruption(
                "shard %s: the first entry in the log or what it left in storage, got neither"
                        .formatted(shard));
    }

    /// {@return the first entry of a group, while the log has it and it is one of ours}
    static List<Entry> first(RaftLog log, int group) {
        if (log.firstIndex(group) > AT.index() || log.lastIndex(group) < AT.index()) {
            return List.of();
        }
        LogEntry stored = log.entries(group, AT.index(), 0).getFirst();
        Entry entry = EntryKind.decode(group, stored);
        return entry.kind() == Entry.Kind.CONFIGURATION ? List.of(entry) : List.of();
    }

    private static String describe(Bytes command) {
        Configuration configuration = Configuration.decode(command);
        ByteReader in = ByteReader.of(Configuration.context(command));
        int format = in.u8();
        Bytes cluster = in.bytes(in.varintUpTo(Configuration.CONTEXT_BYTES_MAX));
        return "format %d, cluster %s, %d shards, %d replicas, placement %x, %s"
                .formatted(
                        format,
                        cluster.toUtf8(),
                        in.varint(),
                        in.varint(),
                        in.i64(),
                        configuration);
    }
}
