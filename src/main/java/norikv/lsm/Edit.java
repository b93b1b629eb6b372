package norikv.lsm;

import norikv.domain.ShardId;

/// One change to what the manifest says. Those of one frame take effect together or not at all.
sealed interface Edit {
    /// Into how many bands shards are dealt: said once, first.
    record Bands(int count) implements Edit {}

    /// Files from this number on have not been used.
    record NextFile(long number) implements Edit {}

    /// Tablets from this number on have not been used.
    record NextTablet(int id) implements Edit {}

    /// A table is in a level.
    ///
    /// @param bytes the length of the file
    /// @param contentHash what its entries hash to: a table with other contents is not it
    record AddTable(int level, long number, long bytes, long entries, long contentHash)
            implements Edit {}

    /// A table is in no level any more.
    record DeleteTable(long number) implements Edit {}

    /// A shard has a tablet, and it is live.
    record MapShard(ShardId shard, int tablet) implements Edit {}

    /// A tablet is dead, and its shard has none.
    record DropTablet(int tablet) implements Edit {}

    /// All entries of a tablet up to this place are in tables.
    record Applied(int tablet, AppliedAt place) implements Edit {}
}
