package norikv.host;

import java.util.Collection;
import java.util.Set;
import norikv.domain.ShardId;
import norikv.port.ShardStore;

/// The shards of a node that is alone: nobody sends it one, and nobody wants one.
final class NoShards implements ShardStore {
    @Override
    public int tabletOf(ShardId shard) {
        throw new UnsupportedOperationException();
    }

    @Override
    public Set<ShardId> damaged() {
        return Set.of();
    }

    @Override
    public void create(Collection<ShardId> shards) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void drop(ShardId shard) {
        throw new UnsupportedOperationException();
    }

    @Override
    public View view(Set<ShardId> shards) {
        throw new UnsupportedOperationException();
    }

    @Override
    public Incoming receive(ShardId shard) {
        throw new UnsupportedOperationException();
    }
}
