package norikv.server;

import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import norikv.adapter.nio.PeerPins;
import norikv.disk.Disk;
import norikv.domain.NodeId;
import norikv.domain.NoriException;

/// Which store each other node had when it was met first, in the data folder.
///
/// ```text
/// norikv-peers 1
/// n2=…                  the UUID of its store
/// crc32c=0123abcd       of all lines before, as UTF-8 with their line ends
/// ```
///
/// **Durability.** Written under a temporary name, forced, renamed, and the folder forced, before
/// the node is believed. **Threads.** Any. **Source.** `wire/files.md`, peers.
final class StorePins implements PeerPins {
    static final String FILE = "peers";

    private static final String FIRST_LINE = "norikv-peers 1\n";

    private final Disk disk;

    /// Guarded by this.
    private final Map<String, UUID> stores = new TreeMap<>();

    /// **Errors.** [NoriException.Corruption] when the file is damaged.
    StorePins(Disk disk) {
        this.disk = disk;
        if (disk.exists(FILE)) {
            parse(TextFile.read(disk, FILE));
        }
    }

    @Override
    public synchronized boolean isPinned(NodeId node, UUID store) {
        UUID known = stores.get(node.name());
        if (known == null) {
            stores.put(node.name(), store);
            write();
            return true;
        }
        return known.equals(store);
    }

    private void parse(String text) {
        if (!text.startsWith(FIRST_LINE)) {
            throw new NoriException.Corruption(
                    FILE + ": first line '" + FIRST_LINE.strip() + "', got something else");
        }
        TextFile.lines(FILE, text)
                .substring(FIRST_LINE.length())
                .lines()
                .forEach(
                        line -> {
                            int equals = line.indexOf('=');
                            stores.put(
                                    line.substring(0, equals),
                                    UUID.fromString(line.substring(equals + 1)));
                        });
    }

    private void write() {
        StringBuilder lines = new StringBuilder(FIRST_LINE);
        stores.forEach((node, store) -> lines.append(node).append('=').append(store).append('\n'));
        TextFile.write(disk, FILE, lines.toString());
    }
}
