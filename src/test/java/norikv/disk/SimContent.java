package norikv.disk;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.random.RandomGenerator;

/// The bytes of one simulated file: what readers see, what surely survives, and every version of
/// every page between the two.
///
/// Pages are never changed once they are stored, so versions, copies and survivors share them.
///
/// **Threads.** Guarded by the lock of its [SimDisk].
final class SimContent implements SimNode {
    static final int PAGE_BYTES = 4096;
    static final int SECTOR_BYTES = 512;

    /// The most versions of a page that are kept between two forces; beyond, the oldest goes.
    private static final int VERSIONS_MAX = 8;

    private static final byte[] ZEROS = new byte[PAGE_BYTES];

    /// A page as one call left it.
    private record Version(long call, byte[] page) {}

    /// The size as one call left it.
    private record Size(long call, long bytes) {}

    private final Map<Long, byte[]> seen = new HashMap<>();
    private final Map<Long, byte[]> durable = new HashMap<>();
    private final TreeMap<Long, List<Version>> dirty = new TreeMap<>();
    private final List<Size> dirtySizes = new ArrayList<>();
    private long size;
    private long durableSize;

    long size() {
        return size;
    }

    boolean isDirty() {
        return !dirty.isEmpty() || !dirtySizes.isEmpty();
    }

    /// {@return the `length` bytes from `position` on, fewer at the end of the file}
    byte[] read(long position, long length) {
        int count = (int) Math.max(0, Math.min(length, size - position));
        byte[] result = new byte[count];
        for (int done = 0; done < count; ) {
            int within = (int) ((position + done) % PAGE_BYTES);
            int part = Math.min(count - done, PAGE_BYTES - within);
            byte[] page = seen.getOrDefault((position + done) / PAGE_BYTES, ZEROS);
            System.arraycopy(page, within, result, done, part);
            done += part;
        }
        return result;
    }

    void write(long call, long position, byte[] source) {
        for (int done = 0; done < source.length; ) {
            long number = (position + done) / PAGE_BYTES;
            int within = (int) ((position + done) % PAGE_BYTES);
            int part = Math.min(source.length - done, PAGE_BYTES - within);
            byte[] page = seen.getOrDefault(number, ZEROS).clone();
            System.arraycopy(source, done, page, within, part);
            store(call, number, page);
            done += part;
        }
        if (source.length > 0 && position + source.length > size) {
            resize(call, position + source.length);
        }
    }

    void truncate(long call, long newSize) {
        if (newSize >= size) {
            return;
        }
        for (long number = newSize / PAGE_BYTES; number * PAGE_BYTES < size; number++) {
            byte[] page = seen.getOrDefault(number, ZEROS).clone();
            int from = (int) Math.max(0, newSize - number * PAGE_BYTES);
            Arrays.fill(page, from, PAGE_BYTES, (byte) 0);
            store(call, number, page);
        }
        resize(call, newSize);
    }

    /// Makes all that is dirty durable.
    void force() {
        dirty.forEach((number, versions) -> durable.put(number, versions.getLast().page));
        if (!dirtySizes.isEmpty()) {
            durableSize = dirtySizes.getLast().bytes;
        }
        dirty.clear();
        dirtySizes.clear();
    }

    /// Lets a force fail: some dirty pages reach the disk, the others are clean all the same, so no
    /// later force will write them. Readers see them still.
    void failForce(RandomGenerator random) {
        dirty.forEach(
                (number, versions) -> {
                    if (random.nextBoolean()) {
                        durable.put(number, versions.getLast().page);
                    }
                });
        if (!dirtySizes.isEmpty() && random.nextBoolean()) {
            durableSize = dirtySizes.getLast().bytes;
        }
        dirty.clear();
        dirtySizes.clear();
    }

    /// Flips bits of one byte everywhere, as a failing medium does.
    void damage(long position, int mask) {
        long number = position / PAGE_BYTES;
        for (Map<Long, byte[]> pages : List.of(seen, durable)) {
            byte[] page = pages.getOrDefault(number, ZEROS).clone();
            page[(int) (position % PAGE_BYTES)] ^= (byte) mask;
            pages.put(number, page);
        }
    }

    @Override
    public SimContent survivor(SimCrash crash) {
        var survivor = new SimContent();
        survivor.durable.putAll(durable);
        dirty.forEach(
                (number, versions) ->
                        survivor.durable.put(number, survivingPage(crash, number, versions)));
        survivor.durableSize = survivingSize(crash);
        survivor.trimDurable();
        survivor.seen.putAll(survivor.durable);
        survivor.size = survivor.durableSize;
        return survivor;
    }

    private byte[] survivingPage(SimCrash crash, long number, List<Version> versions) {
        List<byte[]> pages = new ArrayList<>();
        pages.add(durable.getOrDefault(number, ZEROS));
        versions.forEach(version -> pages.add(version.page));
        long[] calls = versions.stream().mapToLong(Version::call).toArray();
        if (!crash.tears()) {
            return pages.get(crash.kept(calls));
        }
        byte[] torn = new byte[PAGE_BYTES];
        for (int at = 0; at < PAGE_BYTES; at += SECTOR_BYTES) {
            System.arraycopy(pages.get(crash.kept(calls)), at, torn, at, SECTOR_BYTES);
        }
        return torn;
    }

    private long survivingSize(SimCrash crash) {
        long[] calls = dirtySizes.stream().mapToLong(Size::call).toArray();
        int kept = crash.kept(calls);
        long chosen = kept == 0 ? durableSize : dirtySizes.get(kept - 1).bytes;
        return dirtySizes.isEmpty() ? chosen : crash.between(durableSize, chosen);
    }

    private void store(long call, long number, byte[] page) {
        byte[] stored = Arrays.equals(page, ZEROS) ? ZEROS : page;
        seen.put(number, stored);
        List<Version> versions = dirty.computeIfAbsent(number, _ -> new ArrayList<>());
        if (versions.size() == VERSIONS_MAX) {
            versions.removeFirst();
        }
        versions.add(new Version(call, stored));
    }

    private void resize(long call, long newSize) {
        size = newSize;
        if (dirtySizes.size() == VERSIONS_MAX) {
            dirtySizes.removeFirst();
        }
        dirtySizes.add(new Size(call, newSize));
    }

    private void trimDurable() {
        durable.keySet().removeIf(number -> number * PAGE_BYTES >= durableSize);
        int within = (int) (durableSize % PAGE_BYTES);
        if (within > 0) {
            durable.computeIfPresent(
                    durableSize / PAGE_BYTES,
                    (_, page) -> Arrays.copyOf(Arrays.copyOf(page, within), PAGE_BYTES));
        }
    }
}
