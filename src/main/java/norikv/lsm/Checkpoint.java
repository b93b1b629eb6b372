package norikv.lsm;

import java.util.List;
import norikv.disk.Disk;

/// Makes a folder of an engine beside another: the same tables by hard links, and a manifest that
/// names them.
///
/// **Order.** Tables are linked and their names forced before a manifest names them, and the
/// manifest is forced before `CURRENT` names it: without that the folder does not open. Tables were
/// forced before they were named here, and never change. **Threads.** Any; waits for the disk.
final class Checkpoint {
    private final Disk disk;
    private final String from;
    private final String to;

    Checkpoint(Disk disk, String from, String to) {
        this.disk = disk;
        this.from = from;
        this.to = to;
    }

    /// Writes the folder, which may hold what an earlier attempt left.
    ///
    /// @param levels with their tables, none of which is deleted meanwhile
    /// @param snapshot the edits that say the same as the manifest did when `levels` were in force
    void write(Levels levels, List<Edit> snapshot) {
        disk.createDirectories(to);
        for (String name : disk.list(to)) {
            if (FileNames.isOurs(name)) {
                disk.delete(to + "/" + name);
            }
        }
        for (LiveTable table : levels.all()) {
            String name = FileNames.table(table.number());
            disk.link(from + "/" + name, to + "/" + name);
        }
        disk.forceDirectory(to);
        Manifest.write(disk, to, snapshot);
    }
}
