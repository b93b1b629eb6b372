package norikv.disk;

import java.util.Collections;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import java.util.function.LongConsumer;
import java.util.function.Predicate;
import norikv.domain.ErrorCode;
import norikv.domain.NoriException;

/// A disk in memory that keeps no more than it promised: what was not forced, a crash may keep,
/// lose or tear, all by a seed.
///
/// - [#crash(long)] gives the disk that the next start finds. Of each file: what was forced, and of
///   each page since then any version, or sectors of several; the size old, new or between. Of each
///   directory: the forced entries, and any of the changes since then.
/// - [#crashAfter(long)] lets every call fail from some change on.
/// - [#inject] makes chosen calls go wrong; a failed force loses pages for good, as Linux does.
/// - [#startTrace()], [#trace()] and the counts tell what was called in which order.
///
/// The same calls with the same seeds give the same disk. A mapping is a copy of what is seen when
/// it is made. **Threads.** Any; with several, the order of calls is theirs.
public final class SimDisk implements Disk {
    /// The most calls a trace holds.
    public static final int TRACE_CALLS_MAX = 1_000_000;

    /// The size of the disk unless another is set.
    public static final long TOTAL_BYTES = 1L << 40;

    /// The kinds of calls.
    public enum Op {
        EXISTS,
        LIST,
        OPEN,
        SIZE,
        READ,
        MAP,
        LOCK,
        CREATE_DIRECTORIES,
        CREATE,
        RENAME,
        LINK,
        DELETE,
        WRITE,
        TRUNCATE,
        FORCE,
        FORCE_DIRECTORY;

        /// {@return whether such a call changes what is, or what survives}
        public boolean changes() {
            return compareTo(LOCK) > 0;
        }
    }

    /// One call. `position` and `length` are zero where they mean nothing; of a rename or link,
    /// `path` is the old name and the new name is `to`.
    public record Call(long number, Op op, String path, String to, long position, long length) {}

    /// The node is no more: thrown by the call at which it crashed and by every later one. An
    /// [Error], because production code handles none, and one that is swallowed comes again.
    public static final class Crashed extends Error {
        Crashed(Call at) {
            super("crashed at " + at);
        }
    }

    /// What a test looks at or damages by itself is no call.
    private static final Call ASIDE = new Call(0, Op.READ, "", "", 0, 0);

    private final SimCalls calls;
    private final SimTree tree;
    private final Set<String> locked = new HashSet<>();
    private final Set<String> poisonedFolders = new HashSet<>();
    private final Set<SimFile.CopiedMapping> mappings =
            Collections.newSetFromMap(new IdentityHashMap<>());
    private long totalBytes = TOTAL_BYTES;
    private long bytesWritten;
    private int openFiles;

    /// An empty disk; `seed` decides the details of injected faults.
    public SimDisk(long seed) {
        this(seed, new SimFolder());
    }

    private SimDisk(long seed, SimFolder root) {
        this.calls = new SimCalls(seed);
        this.tree = new SimTree(root);
    }

    /// {@return the disk that the next start finds if everything ends now} This disk stays as it
    /// is, so that many ends of one run can be looked at. Its mappings are freed if it has crashed.
    public SimDisk crash(long seed) {
        synchronized (calls) {
            var crash = new SimCrash(seed, calls.total());
            var next = new SimDisk(seed, (SimFolder) crash.survivorOf(tree.root()));
            next.totalBytes = totalBytes;
            if (calls.hasCrashed()) {
                unmapAll();
            }
            return next;
        }
    }

    /// Lets the `change`-th changing call from now, and every call after it, throw [Crashed]. If
    /// that call is a force, it forces nothing; any other may be there after the crash, or not.
    public void crashAfter(long change) {
        calls.crashAfter(change);
    }

    /// Lets every call from now on throw [Crashed].
    public void crashNow() {
        calls.crashNow();
    }

    public boolean hasCrashed() {
        return calls.hasCrashed();
    }

    /// Makes every call that `when` accepts go wrong, until [#heal()]. Where several do, the first
    /// injected counts; [SimFault.Slow] goes with any other.
    public void inject(Predicate<Call> when, SimFault fault) {
        calls.inject(when, fault);
    }

    /// Forgets all injected faults; what they did stays done.
    public void heal() {
        calls.heal();
    }

    /// Says who lets the time of [SimFault.Slow] calls pass; called outside of any lock.
    public void onSlow(LongConsumer hook) {
        calls.onSlow(hook);
    }

    /// Begins a new trace.
    public void startTrace() {
        calls.startTrace();
    }

    /// {@return all calls since [#startTrace()], in order}
    public List<Call> trace() {
        return calls.trace();
    }

    public long count(Op op) {
        return calls.count(op);
    }

    /// {@return how many changing calls there were: the unit of [#crashAfter(long)]}
    public long changes() {
        return calls.changes();
    }

    public long bytesWritten() {
        synchronized (calls) {
            return bytesWritten;
        }
    }

    public int openFiles() {
        synchronized (calls) {
            return openFiles;
        }
    }

    public int openMappings() {
        synchronized (calls) {
            return mappings.size();
        }
    }

    /// Frees all mappings, as the end of a process does.
    public void unmapAll() {
        synchronized (calls) {
            List.copyOf(mappings).forEach(SimFile.CopiedMapping::close);
        }
    }

    public void setTotalBytes(long bytes) {
        synchronized (calls) {
            totalBytes = bytes;
        }
    }

    /// {@return what a reader sees of a file} Not counted as a call.
    public byte[] contentOf(String path) {
        synchronized (calls) {
            SimContent content = tree.content(ASIDE, path);
            return content.read(0, content.size());
        }
    }

    /// Flips the bits of `mask` in one stored byte, for good. Not counted as a call.
    public void damage(String path, long position, int mask) {
        synchronized (calls) {
            tree.content(ASIDE, path).damage(position, mask);
        }
    }

    /// {@return whether all of a file's bytes and its size are durable} Not counted as a call.
    public boolean isForced(String path) {
        synchronized (calls) {
            return !tree.content(ASIDE, path).isDirty();
        }
    }

    @Override
    public boolean exists(String path) {
        return calls.run(Op.EXISTS, path, (_, _) -> tree.find(path).isPresent());
    }

    @Override
    public List<String> list(String directory) {
        return calls.run(Op.LIST, directory, (call, _) -> tree.list(call, directory));
    }

    @Override
    public void createDirectories(String directory) {
        calls.run(
                Op.CREATE_DIRECTORIES,
                directory,
                (call, _) -> {
                    tree.createFolders(call, directory, !calls.hasCrashed());
                    return directory;
                });
    }

    @Override
    public DiskFile create(String path) {
        return calls.run(
                Op.CREATE,
                path,
                (call, _) -> {
                    var content = new SimContent();
                    tree.add(call, path, content);
                    return opened(path, content, true);
                });
    }

    @Override
    public DiskFile openToWrite(String path) {
        return calls.run(
                Op.OPEN, path, (call, _) -> opened(path, tree.content(call, path), true));
    }

    @Override
    public DiskFile openToRead(String path) {
        return calls.run(
                Op.OPEN, path, (call, _) -> opened(path, tree.content(call, path), false));
    }

    @Override
    public void rename(String from, String to) {
        calls.run(
                Op.RENAME,
                from,
                to,
                0,
                0,
                (call, _) -> {
                    tree.rename(call, from, to);
                    return to;
                });
    }

    @Override
    public void link(String existing, String path) {
        calls.run(
                Op.LINK,
                existing,
                path,
                0,
                0,
                (call, _) -> {
                    tree.add(call, path, tree.content(call, existing));
                    return path;
                });
    }

    @Override
    public void delete(String path) {
        calls.run(
                Op.DELETE,
                path,
                (call, _) -> {
                    tree.delete(call, path);
                    return path;
                });
    }

    @Override
    public void forceDirectory(String directory) {
        calls.run(
                Op.FORCE_DIRECTORY,
                directory,
                (call, fault) -> {
                    SimFolder folder = tree.folder(call, directory);
                    if (poisonedFolders.contains(directory)) {
                        throw SimFile.poisoned(call);
                    }
                    if (fault.isPresent()) {
                        poisonedFolders.add(directory);
                        folder.failForce(calls.random());
                        throw SimCalls.broken(call, "Input/output error");
                    }
                    folder.force();
                    return folder;
                });
    }

    @Override
    public DiskLock lock(String path) {
        return calls.run(
                Op.LOCK,
                path,
                (call, _) -> {
                    // The same two files that the real disk leaves behind.
                    for (String file : List.of(path, path + ".guard")) {
                        if (tree.find(file).isEmpty()) {
                            tree.add(call, file, new SimContent());
                        }
                    }
                    if (!locked.add(path)) {
                        throw new NoriException.Refused(
                                ErrorCode.CANNOT_START,
                                path + ": data folder that nobody else uses, got a locked one");
                    }
                    return () -> unlock(path);
                });
    }

    @Override
    public long freeBytes() {
        synchronized (calls) {
            return Math.max(0, totalBytes - tree.usedBytes());
        }
    }

    @Override
    public long totalBytes() {
        synchronized (calls) {
            return totalBytes;
        }
    }

    /// {@return how many of `length` bytes at `position` of `content` there is room for}
    long roomToWrite(SimContent content, long position, long length) {
        long growth = position + length - content.size();
        if (growth <= 0 || totalBytes == TOTAL_BYTES) {
            return length;
        }
        return Math.max(0, length - Math.max(0, growth - freeBytes()));
    }

    void wrote(long bytes) {
        bytesWritten += bytes;
    }

    void fileClosed() {
        openFiles--;
    }

    SimFile.CopiedMapping keep(SimFile.CopiedMapping mapping) {
        mappings.add(mapping);
        return mapping;
    }

    /// {@return whether the mapping was open}
    boolean forget(SimFile.CopiedMapping mapping) {
        synchronized (calls) {
            return mappings.remove(mapping);
        }
    }

    private SimFile opened(String path, SimContent content, boolean writable) {
        openFiles++;
        return new SimFile(this, calls, path, content, writable);
    }

    private void unlock(String path) {
        synchronized (calls) {
            locked.remove(path);
        }
    }
}
