package norikv.disk;

/// What a path of a [Disk] may look like.
final class DiskPath {
    private DiskPath() {}

    /// {@return `path`} Refuses what could lead out of the folder, or names one file in two ways.
    static String checked(String path) {
        if (path.indexOf('\\') >= 0 || path.indexOf('\0') >= 0) {
            throw refused(path);
        }
        for (String name : path.split("/", -1)) {
            if (name.isEmpty() || name.equals(".") || name.equals("..")) {
                throw refused(path);
            }
        }
        return path;
    }

    private static IllegalArgumentException refused(String path) {
        return new IllegalArgumentException(
                "path: names joined by '/', none of them empty, '.' or '..', got '%s'"
                        .formatted(path));
    }
}
