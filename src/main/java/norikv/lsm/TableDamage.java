package norikv.lsm;

import java.util.List;
import norikv.domain.ShardId;

/// A table in quarantine, and the shards that have entries in it: what to rebuild from elsewhere.
///
/// @param fileNumber the number of its file
/// @param path its file
/// @param fault what was found first: file, offset, expectation
/// @param shards those with a live tablet in it; their other entries are served on
public record TableDamage(long fileNumber, String path, String fault, List<ShardId> shards) {
    public TableDamage {
        shards = List.copyOf(shards);
    }
}
