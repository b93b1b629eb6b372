package norikv.lsm;

import norikv.domain.ShardId;
import norikv.sstable.TableFacts;

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

    /// What a table that was added says of itself: if at an opening it cannot say it any more, it
    /// is known what it held.
    record Facts(TableFacts facts) implements Edit {
        /// Of a table of more tablets nothing is kept here.
        static final int TABLETS_MAX = 4096;

        /// How many bytes one share of a tablet takes at most.
        private static final int SHARE_BYTES_MAX = 25;

        private static final int FIELDS_BYTES_MAX = 200;

        /// {@return how many bytes this takes at most}
        int bytesMax() {
            return FIELDS_BYTES_MAX
                    + facts.minKey().length()
                    + facts.maxKey().length()
                    + SHARE_BYTES_MAX * facts.tablets().size();
        }
    }

    /// A table of level 0 that was just added is as new as its rank says, not as its number does:
    /// it came from merging tables there.
    record Rank(long number, long rank) implements Edit {}

    /// A table is in no level any more.
    record DeleteTable(long number) implements Edit {}

    /// A table is damaged, or was found whole again.
    ///
    /// @param on whether it is in quarantine from here on
    record Quarantine(long number, boolean on) implements Edit {}

    /// How far the tables have been read again.
    ///
    /// @param upTo the first table that this pass has not read; 0 between two passes
    /// @param dueAtMillis by the wall clock, when the next pass is to begin
    record Scrubbed(long upTo, long dueAtMillis) implements Edit {}

    /// A shard has a tablet, and it is live.
    record MapShard(ShardId shard, int tablet) implements Edit {}

    /// A tablet is being filled for a shard, which may have another that is live.
    record PendTablet(ShardId shard, int tablet) implements Edit {}

    /// A tablet that was being filled is live; the one that its shard had before is dead.
    ///
    /// @param place all its entries up to there are in tables, no other is
    record GoLive(int tablet, AppliedAt place) implements Edit {}

    /// A tablet is dead: it was live, and its shard has none, or it was being filled.
    record DropTablet(int tablet) implements Edit {}

    /// All entries of a tablet up to this place are in tables.
    record Applied(int tablet, AppliedAt place) implements Edit {}
}
