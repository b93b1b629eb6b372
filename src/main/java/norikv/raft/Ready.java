package norikv.raft;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// What the host must do now, filled by [Raft#drainReady] and reused by its owner.
///
/// In this order: publish [Raft#lease()]; send [#sendNow()]; give [#entries()] and [#hardState()]
/// to the log as **one** record; when it and all records before it are durable, send
/// [#sendAfterPersist()] and, if [#hasRecord()], call [Raft#persisted] with [#record()]. Apply
/// [#committed()] in order, then call [Raft#applied]. Answer [#grants()] once applied that far,
/// and [#failedReads()].
///
/// **Threads.** Of the group's owner. **Limits.** Lists grow with what was given to the core since
/// the last drain; entries and committed entries have bounds in [RaftOptions].
public final class Ready {
    /// A read that may be served once everything up to `index` is applied.
    ///
    /// @param token as given to [Raft#readIndex]
    public record ReadGrant(long token, long index) {}

    final List<Message> sendNow = new ArrayList<>();
    final List<Message> sendAfterPersist = new ArrayList<>();
    final List<Entry> entries = new ArrayList<>();
    final List<Entry> committed = new ArrayList<>();
    final List<ReadGrant> grants = new ArrayList<>();
    final List<Long> failedReads = new ArrayList<>();
    final List<Long> snapshotsWanted = new ArrayList<>();

    /// Null when unchanged.
    HardState hardState;

    /// Null when none is to be installed.
    SnapshotMeta install;

    long record;

    /// Empties everything and keeps the memory.
    void clear() {
        sendNow.clear();
        sendAfterPersist.clear();
        entries.clear();
        committed.clear();
        grants.clear();
        failedReads.clear();
        snapshotsWanted.clear();
        hardState = null;
        install = null;
        record = 0;
    }

    /// Moves all of `from` behind `to`. Not by `addAll`, which makes an array in between.
    static <T> void move(List<T> from, List<T> to) {
        for (int i = 0; i < from.size(); i++) {
            to.add(from.get(i));
        }
        from.clear();
    }

    /// {@return messages that promise nothing about this replica's disk}
    public List<Message> sendNow() {
        return sendNow;
    }

    /// {@return messages that may leave only when this record and all before it are durable}
    public List<Message> sendAfterPersist() {
        return sendAfterPersist;
    }

    /// {@return entries to append; the first replaces what stands at its index and behind}
    public List<Entry> entries() {
        return entries;
    }

    /// {@return the hard state, if it changed}
    public Optional<HardState> hardState() {
        return Optional.ofNullable(hardState);
    }

    /// {@return whether there is a record to write and force, and [Raft#persisted] to call} A
    /// commit index that moved alone makes no record: it rides with the next one.
    public boolean hasRecord() {
        return record != 0;
    }

    /// {@return the number of the record: records become durable in this order}
    public long record() {
        return record;
    }

    /// {@return entries to apply: committed, durable here, and each handed out once}
    public List<Entry> committed() {
        return committed;
    }

    public List<ReadGrant> grants() {
        return grants;
    }

    /// {@return tokens of reads that this replica can no longer answer: ask again, elsewhere}
    public List<Long> failedReads() {
        return failedReads;
    }

    /// {@return replicas that need a snapshot: make one, send its bytes, end them with the message
    /// that [Raft#snapshotMade] returns, and report with [Raft#snapshotOutcome]}
    public List<Long> snapshotsWanted() {
        return snapshotsWanted;
    }

    /// {@return a snapshot that is here in full and must replace the state machine; then call
    /// [Raft#snapshotInstalled] or [Raft#snapshotAbandoned]} All records before it become durable
    /// first. What was handed out to be applied is applied before it begins, or dropped; nothing
    /// more is handed out, or taken into the log, until it has ended.
    public Optional<SnapshotMeta> install() {
        return Optional.ofNullable(install);
    }
}
