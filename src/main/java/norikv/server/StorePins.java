package norikv.server;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import norikv.adapter.nio.PeerPins;
import norikv.bytes.Crc32c;
import norikv.disk.Disk;
import norikv.disk.DiskFile;
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
    private static final int FILE_BYTES_MAX = 128 << 10;

    private final Disk disk;

    /// Guarded by this.
    private final Map<String, UUID> stores = new TreeMap<>();

    /// **Errors.** [NoriException.Corruption] when the file is damaged.
    StorePins(Disk disk) {
        this.disk = disk;
        if (disk.exists(FILE)) {
            parse(read());
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
        int crcAt = text.lastIndexOf("crc32c=");
        if (!text.startsWith(FIRST_LINE)
                || crcAt < 0
                || !text.substring(crcAt).equals(crcLine(text.substring(0, crcAt)))) {
            throw new NoriException.Corruption(FILE + ": checksum does not match its lines");
        }
        text.substring(FIRST_LINE.length(), crcAt)
                .lines()
                .forEach(
                        line -> {
                            int equals = line.indexOf('=');
                            stores.put(
                                    line.substring(0, equals),
                                    UUID.fromString(line.substring(equals + 1)));
                        });
    }

    private String read() {
        try (DiskFile file = disk.openToRead(FILE)) {
            if (file.size() > FILE_BYTES_MAX) {
                throw new NoriException.Corruption(
                        "%s: at most %d bytes, got %d"
                                .formatted(FILE, FILE_BYTES_MAX, file.size()));
            }
            ByteBuffer content = ByteBuffer.allocate((int) file.size());
            file.read(0, content);
            return new String(content.array(), 0, content.position(), StandardCharsets.UTF_8);
        }
    }

    private void write() {
        StringBuilder lines = new StringBuilder(FIRST_LINE);
        stores.forEach((node, store) -> lines.append(node).append('=').append(store).append('\n'));
        String text = lines + crcLine(lines.toString());
        String temporary = FILE + ".tmp";
        if (disk.exists(temporary)) {
            disk.delete(temporary); // left by a crash: its rename never happened
        }
        try (DiskFile file = disk.create(temporary)) {
            file.write(0, ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)));
            file.force();
        }
        disk.rename(temporary, FILE);
        disk.forceDirectory("");
    }

    private static String crcLine(String lines) {
        byte[] bytes = lines.getBytes(StandardCharsets.UTF_8);
        return "crc32c=%08x\n".formatted(Crc32c.of(bytes, 0, bytes.length));
    }
}
