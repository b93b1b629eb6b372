package norikv.bytes;

import java.lang.foreign.Arena;

/// Owns native memory: what is allocated here lives until [#close()], which frees all of it.
///
/// **Threads.** Any may allocate and use the regions; closing while a thread is inside an access
/// makes either the close or the access fail with [IllegalStateException], never the process.
/// Closing is a handshake with every thread (up to milliseconds): never per request.
public final class RegionArena implements AutoCloseable {
    private final Arena arena = Arena.ofShared();

    /// Opens an arena that holds nothing yet.
    public RegionArena() {}

    /// {@return a fresh zeroed region of `bytes` bytes, aligned to a cache line}
    public Region allocate(long bytes) {
        return Region.of(arena.allocate(bytes, 64));
    }

    @Override
    public void close() {
        arena.close();
    }
}
