package norikv.sstable;

import norikv.domain.NoriException;

/// The ways in which a table's file can be wrong, as exceptions that name file and place.
final class Damage {
    private Damage() {}

    /// {@return what to throw when the bytes at `offset` are not what was expected}
    static NoriException.Corruption at(String path, long offset, String expected) {
        return new NoriException.Corruption("%s@%d: %s".formatted(path, offset, expected));
    }

    /// {@return what to throw when a mapped page could not be read: the disk failed, or somebody
    /// cut the file}
    static NoriException.DiskFailure unreadable(String path, InternalError cause) {
        return new NoriException.DiskFailure(
                NoriException.DiskFailure.Reason.BROKEN, path + ": reading a mapped page", cause);
    }
}
