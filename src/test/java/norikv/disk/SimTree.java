package norikv.disk;

import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import norikv.disk.SimDisk.Call;
import norikv.disk.SimFolder.Entry;

/// The names of a [SimDisk]: finds what they stand for and changes them.
///
/// **Threads.** Guarded by the lock of its [SimDisk].
record SimTree(SimFolder root) {
    Optional<SimNode> find(String path) {
        if (path.isEmpty()) {
            return Optional.of(root);
        }
        SimNode node = root;
        for (String name : path.split("/")) {
            Optional<SimNode> next =
                    node instanceof SimFolder folder ? folder.find(name) : Optional.empty();
            if (next.isEmpty()) {
                return next;
            }
            node = next.get();
        }
        return Optional.of(node);
    }

    SimContent content(Call call, String path) {
        return switch (require(call, path)) {
            case SimContent content -> content;
            case SimFolder _ -> throw SimCalls.broken(call, "is a directory");
        };
    }

    SimFolder folder(Call call, String path) {
        return switch (require(call, path)) {
            case SimFolder folder -> folder;
            case SimContent _ -> throw SimCalls.broken(call, "not a directory");
        };
    }

    List<String> list(Call call, String path) {
        return find(path).isEmpty() ? List.of() : folder(call, path).names();
    }

    /// Makes the folders of `path` where they are missing, and their entries durable if `force`.
    void createFolders(Call call, String path, boolean force) {
        SimFolder above = root;
        for (String name : path.isEmpty() ? new String[0] : path.split("/")) {
            if (above.find(name).isEmpty()) {
                above.change(call.number(), Entry.of(name, new SimFolder()));
            }
            if (!(above.find(name).orElseThrow() instanceof SimFolder next)) {
                throw SimCalls.broken(call, "exists already");
            }
            if (force) {
                above.force();
            }
            above = next;
        }
    }

    /// Gives `node` a name that must be free.
    void add(Call call, String path, SimNode node) {
        SimFolder folder = folder(call, folderOf(path));
        if (find(path).isPresent()) {
            throw SimCalls.broken(call, "exists already");
        }
        folder.change(call.number(), Entry.of(nameOf(path), node));
    }

    void rename(Call call, String from, String to) {
        SimNode node = require(call, from);
        SimFolder source = folder(call, folderOf(from));
        SimFolder target = folder(call, folderOf(to));
        SimNode replaced = find(to).orElse(node);
        if (replaced instanceof SimFolder != node instanceof SimFolder) {
            throw SimCalls.broken(call, "a directory is no file");
        }
        if (replaced == node && find(to).isPresent()) {
            return;
        }
        Entry gone = Entry.none(nameOf(from));
        Entry there = Entry.of(nameOf(to), node);
        if (source == target) {
            source.change(call.number(), gone, there);
        } else {
            source.change(call.number(), gone);
            target.change(call.number(), there);
        }
    }

    void delete(Call call, String path) {
        if (require(call, path) instanceof SimFolder folder && !folder.names().isEmpty()) {
            throw SimCalls.broken(call, "directory is not empty");
        }
        folder(call, folderOf(path)).change(call.number(), Entry.none(nameOf(path)));
    }

    /// {@return the sizes of all files that have a name, each counted once}
    long usedBytes() {
        return usedBytes(root, Collections.newSetFromMap(new IdentityHashMap<>()));
    }

    private static long usedBytes(SimNode node, Set<SimNode> counted) {
        if (!counted.add(node)) {
            return 0;
        }
        return switch (node) {
            case SimContent content -> content.size();
            case SimFolder folder -> {
                long bytes = 0;
                for (String name : folder.names()) {
                    bytes += usedBytes(folder.find(name).orElseThrow(), counted);
                }
                yield bytes;
            }
        };
    }

    private SimNode require(Call call, String path) {
        return find(path).orElseThrow(() -> SimCalls.broken(call, "no such file: " + path));
    }

    private static String folderOf(String path) {
        return path.substring(0, Math.max(0, path.lastIndexOf('/')));
    }

    private static String nameOf(String path) {
        return path.substring(path.lastIndexOf('/') + 1);
    }
}
