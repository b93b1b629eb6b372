package norikv.lsm;

import norikv.domain.ShardId;

/// One incarnation of one shard on this node. Its number is never used again.
///
/// **Threads.** Any may read; the writer moves [#applied()], the flush loop [#durable()].
final class Tablet {
    private final int id;
    private final ShardId shard;
    private final int band;
    private final AppliedCell applied;
    private volatile AppliedAt durable;

    /// @param id as entries carry it, unsigned, from 1
    /// @param band which band of the key order its entries are in
    /// @param durable where it stands in tables, which is where it starts
    Tablet(int id, ShardId shard, int band, AppliedAt durable) {
        this.id = id;
        this.shard = shard;
        this.band = band;
        this.durable = durable;
        this.applied =
                new AppliedCell(
                        durable.at().index(), durable.at().term(), durable.logTimeMillis());
    }

    int id() {
        return id;
    }

    ShardId shard() {
        return shard;
    }

    int band() {
        return band;
    }

    /// {@return up to where entries are visible}
    AppliedCell applied() {
        return applied;
    }

    /// {@return up to where entries are in tables}
    AppliedAt durable() {
        return durable;
    }

    void durable(AppliedAt place) {
        assert place.at().index() >= durable.at().index() : place;
        durable = place;
    }
}
