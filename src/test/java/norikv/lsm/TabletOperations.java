package norikv.lsm;

import java.util.List;
import norikv.domain.ShardId;

/// Operations on whole tablets.
final class TabletOperations {
    static final List<Operations.Kind> KINDS =
            List.of(
                    new Operations.Kind(Create.class, 8, r -> new Create(Operations.shard(r))),
                    new Operations.Kind(Drop.class, 4, r -> new Drop(Operations.shard(r))));

    private TabletOperations() {}

    /// Makes a tablet, if the shard has none.
    record Create(int shard) implements Operation {
        @Override
        public String run(World world) {
            if (world.model.has(shard)) {
                return "there";
            }
            var id = new ShardId(shard);
            world.durably(
                    id,
                    () -> world.lsm().hasTablet(id),
                    () -> world.lsm().createTablets(List.of(id)));
            world.model.twins.put(id, new ShardTwin(id));
            return "created";
        }
    }

    /// Drops a tablet.
    record Drop(int shard) implements Operation {
        @Override
        public String run(World world) {
            if (!world.model.has(shard)) {
                return "absent";
            }
            var id = new ShardId(shard);
            world.durably(
                    id, () -> !world.lsm().hasTablet(id), () -> world.lsm().dropTablet(id));
            world.model.twins.remove(id);
            world.model.told.remove(id);
            return "dropped";
        }
    }
}
