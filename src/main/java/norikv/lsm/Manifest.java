package norikv.lsm;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Function;
import norikv.bytes.ByteReader;
import norikv.bytes.ByteWriter;
import norikv.bytes.Crc32c;
import norikv.disk.Disk;
import norikv.disk.DiskFile;
import norikv.disk.DiskReads;
import norikv.disk.Reserve;
import norikv.domain.NoriException;
import norikv.work.FaultHandler;

/// The durable record of which tables are in which level, which tablets live, and how far each is
/// in tables.
///
/// `CURRENT` names the manifest file in force; a file that outgrew what it says is written afresh
/// under the next number: snapshot forced, folder forced, `CURRENT.tmp` forced, renamed, folder
/// forced, old file deleted.
///
/// **Durability.** When [#commit] returns, the edits are durable. **Errors.** No room on the disk:
/// the [Reserve] is given up and it is tried again; if that is not enough, nothing was committed,
/// and a later commit may go. Any other write, force or rename that fails is fatal: whether the
/// edits are durable is unknown then, so nothing may go on.
/// **Threads.** Any; one at a time commits, and waits for the disk. **Source.** `wire/files.md`,
/// Manifest.
final class Manifest implements AutoCloseable {
    static final String CURRENT = "CURRENT";
    static final String CURRENT_TMP = "CURRENT.tmp";
    static final String PREFIX = "MANIFEST-";

    private static final int CURRENT_MAGIC = 'N' | 'K' << 8 | 'C' << 16 | 'U' << 24;
    private static final int CURRENT_BYTES = 16;

    private final Disk disk;
    private final String directory;
    private final long bytesMax;
    private final FaultHandler faults;
    private final Reserve reserve;
    private final ReentrantLock lock = new ReentrantLock();

    /// The fields below are guarded by [#lock].
    private ManifestState state;

    private long number;
    private ManifestFile file;
    private long rollAtBytes;
    private boolean failed;

    private Manifest(
            Disk disk,
            String directory,
            long bytesMax,
            FaultHandler faults,
            Reserve reserve,
            ManifestState state,
            long number) {
        this.disk = disk;
        this.reserve = reserve;
        this.directory = directory;
        this.bytesMax = bytesMax;
        this.faults = faults;
        this.state = state;
        this.number = number;
    }

    /// What was found in a folder, before anything in it is changed.
    ///
    /// @param number of the manifest in force; 0: this is a new folder
    record Found(ManifestState state, long number) {}

    /// Reads the manifest of a folder.
    ///
    /// **Errors.** [NoriException.Corruption] when anything that was acknowledged is damaged or
    /// missing, [NoriException.Refused] when a newer version wrote it.
    static Found read(Disk disk, String directory) {
        var state = new ManifestState();
        Optional<Long> current = readCurrent(disk, directory);
        if (current.isEmpty()) {
            requireNew(disk, directory);
            return new Found(state, 0);
        }
        String path = path(directory, current.get());
        if (!disk.exists(path)) {
            throw new NoriException.Corruption(
                    "%s/%s: names %s, which is missing".formatted(directory, CURRENT, path));
        }
        for (List<Edit> frame : ManifestFile.read(disk, path, current.get())) {
            frame.forEach(edit -> state.apply(edit, path));
        }
        if (state.bands() == 0) {
            throw new NoriException.Corruption(path + ": says nothing about bands");
        }
        return new Found(state, current.get());
    }

    /// Goes on from what was read, in a fresh file: a torn tail is left behind with the old one,
    /// and what was read but perhaps not durable is written again.
    ///
    /// @param reserve is given up when there is no room
    /// @param first what to do first in a new folder
    static Manifest begin(
            Disk disk,
            String directory,
            long bytesMax,
            FaultHandler faults,
            Reserve reserve,
            Found found,
            List<Edit> first) {
        var manifest =
                new Manifest(
                        disk,
                        directory,
                        bytesMax,
                        faults,
                        reserve,
                        found.state(),
                        found.number());
        manifest.commit(_ -> first, () -> {});
        return manifest;
    }

    /// Makes edits durable, then takes them in and installs what they mean, in one order for all.
    ///
    /// **Errors.** [NoriException.DiskFailure] for [NoriException.DiskFailure.Reason#FULL]: nothing
    /// was committed, and nothing will come of it. For any other reason it may have been.
    ///
    /// @param edits is asked for the edits while nobody else commits; an empty list does nothing,
    ///     and neither does what it throws
    /// @param install runs when they are durable; must not wait
    void commit(Function<ManifestState, List<Edit>> edits, Runnable install) {
        lock.lock();
        try {
            if (failed) {
                throw new NoriException.Closed(directory + ": the manifest failed before");
            }
            List<Edit> next = edits.apply(state);
            ManifestState after = state.with(next, directory);
            failed = true; // until all is done
            if (file == null) {
                writing("begin", () -> roll(after));
            } else if (!next.isEmpty()) {
                writing("append", () -> file.append(next, reserve::release));
            }
            state = after;
            install.run();
            if (file.bytes() > rollAtBytes) {
                rollIfThereIsRoom();
            }
            failed = false;
        } finally {
            lock.unlock();
        }
    }

    /// Runs `reading` on the state while nobody commits.
    <T> T read(Function<ManifestState, T> reading) {
        lock.lock();
        try {
            return reading.apply(state);
        } finally {
            lock.unlock();
        }
    }

    /// Gives the reserve up, for a job that found no room.
    ///
    /// @return whether that made room
    boolean makeRoom() {
        return reserve.release();
    }

    /// Without room the file in force grows on.
    private void rollIfThereIsRoom() {
        try {
            writing("roll", () -> roll(state));
        } catch (NoriException.DiskFailure e) {
            if (e.reason() != NoriException.DiskFailure.Reason.FULL) {
                throw e;
            }
            failed = true;
            rollAtBytes = file.bytes() + bytesMax;
        }
    }

    /// Writes `all` into a fresh file and puts that in force. Having no room has changed nothing.
    private void roll(ManifestState all) {
        long next = number + 1;
        String path = path(directory, next);
        ManifestFile fresh = null;
        try {
            fresh = ManifestFile.create(disk, path, next, all.snapshot());
            disk.forceDirectory(directory);
            writeCurrent(disk, directory, next);
        } catch (NoriException.DiskFailure e) {
            if (fresh != null) {
                fresh.close();
            }
            if (e.reason() == NoriException.DiskFailure.Reason.FULL) {
                removeQuietly(path);
                removeQuietly(directory + "/" + CURRENT_TMP);
            }
            throw e;
        }
        ManifestFile old = file;
        long oldNumber = number;
        file = fresh;
        number = next;
        rollAtBytes = Math.max(bytesMax, 2 * file.bytes());
        if (old != null) {
            old.close();
        }
        if (oldNumber > 0) {
            removeQuietly(path(directory, oldNumber));
        }
    }

    /// Writes the first manifest of a folder that has none, with `snapshot` in it.
    static void write(Disk disk, String directory, List<Edit> snapshot) {
        ManifestFile.create(disk, path(directory, 1), 1, snapshot).close();
        disk.forceDirectory(directory);
        writeCurrent(disk, directory, 1);
    }

    private static void writeCurrent(Disk disk, String directory, long next) {
        var bytes = new ByteWriter(CURRENT_BYTES);
        bytes.i32(CURRENT_MAGIC).i64(next);
        bytes.i32(Crc32c.of(bytes.array(), 0, bytes.length()));
        String temporary = directory + "/" + CURRENT_TMP;
        try (DiskFile out = disk.create(temporary)) {
            out.write(0, ByteBuffer.wrap(bytes.array(), 0, bytes.length()));
            out.force();
        }
        disk.rename(temporary, directory + "/" + CURRENT);
        disk.forceDirectory(directory);
    }

    /// Runs `action`, once more when the reserve has made room. If there is none even so, all is as
    /// it was; if the disk fails otherwise the manifest is over.
    private void writing(String what, Runnable action) {
        boolean again = true;
        while (again) {
            try {
                action.run();
                return;
            } catch (NoriException.DiskFailure e) {
                if (e.reason() != NoriException.DiskFailure.Reason.FULL) {
                    faults.fatal("lsm: %s of the manifest in %s".formatted(what, directory), e);
                    throw e;
                }
                again = reserve.release();
                if (!again) {
                    failed = false;
                    throw e;
                }
            }
        }
    }

    /// A file that nothing names any more may stay: the next opening removes it.
    private void removeQuietly(String path) {
        try {
            if (disk.exists(path)) {
                disk.delete(path);
            }
        } catch (NoriException.DiskFailure e) {
            Lsm.LOG.log(
                    System.Logger.Level.WARNING,
                    () -> "An old manifest stays. path=%s".formatted(path),
                    e);
        }
    }

    /// {@return the path of a manifest}
    static String path(String directory, long number) {
        return "%s/%s%06d".formatted(directory, PREFIX, number);
    }

    private static Optional<Long> readCurrent(Disk disk, String directory) {
        String path = directory + "/" + CURRENT;
        if (!disk.exists(path)) {
            return Optional.empty();
        }
        try (DiskFile in = disk.openToRead(path)) {
            long size = in.size();
            var buffer = ByteBuffer.allocate(CURRENT_BYTES);
            int length = DiskReads.read(in, 0, buffer);
            ByteReader reader = new ByteReader(buffer.array(), 0, length);
            int magic = reader.i32();
            long number = reader.i64();
            int crc = reader.i32();
            if (size != CURRENT_BYTES
                    || reader.overrun()
                    || magic != CURRENT_MAGIC
                    || number < 1
                    || crc != Crc32c.of(buffer.array(), 0, CURRENT_BYTES - 4)) {
                throw new NoriException.Corruption(
                        path + "@0: the number of a manifest, got something else");
            }
            return Optional.of(number);
        }
    }

    /// Without `CURRENT` a folder is new: at most the first manifest may have been begun there.
    private static void requireNew(Disk disk, String directory) {
        for (String name : disk.list(directory)) {
            boolean isFirst = FileNames.manifestNumber(name).orElse(0) == 1;
            if (name.equals(CURRENT_TMP) || !FileNames.isOurs(name)) {
                continue;
            }
            if (!isFirst || ManifestFile.wasInForce(disk, directory + "/" + name)) {
                throw new NoriException.Corruption(
                        "%s/%s: missing, but there is %s".formatted(directory, CURRENT, name));
            }
        }
    }

    @Override
    public void close() {
        lock.lock();
        try {
            failed = true;
            if (file != null) {
                file.close();
            }
        } finally {
            lock.unlock();
        }
    }
}
