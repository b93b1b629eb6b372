package norikv.lsm;

import java.util.HashMap;
import java.util.Map;
import norikv.disk.Disk;
import norikv.domain.NoriException;
import norikv.domain.ShardId;

/// An engine's folder that was read and found sound, and in which nothing was changed yet: for
/// owners that compare it with something else before they begin.
///
/// **Threads.** Confined to one. **Durability.** Until [#begin] only the folder itself is made.
public final class DormantLsm implements AutoCloseable {
    private final Lsm.Environment environment;
    private final LsmOpening.Opened opened;
    private final Map<ShardId, ManifestState.TabletPlace> places = new HashMap<>();
    private boolean isOver;

    private DormantLsm(Lsm.Environment environment, LsmOpening.Opened opened) {
        this.environment = environment;
        this.opened = opened;
        opened.found().state().tablets().forEach(t -> places.put(t.shard(), t));
    }

    /// Reads the folder. Waits for the disk.
    ///
    /// **Errors.** [NoriException.Corruption] when the manifest is damaged or a table is missing,
    /// with the file; [NoriException.Refused] when a newer version wrote it.
    public static DormantLsm look(Lsm.Environment environment) {
        Disk disk = environment.disk();
        disk.createDirectories(environment.directory());
        return new DormantLsm(
                environment, new LsmOpening(disk, environment.directory()).run());
    }

    /// {@return which tablet `shard` is, unsigned; 0 if it is not here}
    public int tabletOf(ShardId shard) {
        return places.containsKey(shard) ? places.get(shard).tablet() : 0;
    }

    /// {@return up to where `shard` is in tables; [AppliedAt#NOTHING] if it is not here}
    public AppliedAt durable(ShardId shard) {
        return places.containsKey(shard) ? places.get(shard).durable() : AppliedAt.NOTHING;
    }

    /// Begins to work on the folder: what was left over is removed, what is new is made. Once.
    public Lsm begin(LsmOptions options) {
        if (isOver) {
            throw new IllegalStateException("lsm: begun once");
        }
        Lsm lsm = Lsm.begin(environment, options, opened);
        isOver = true;
        return lsm;
    }

    /// Closes the tables, unless they went on into an engine.
    @Override
    public void close() {
        if (!isOver) {
            isOver = true;
            opened.levels().all().forEach(t -> t.table().close());
        }
    }
}
