package norikv.work;

/// Waits for the end of threads without being interrupted.
final class Joining {
    private Joining() {}

    /// Returns when `thread` has ended; the caller's interrupt status is kept.
    static void join(Thread thread) {
        boolean interrupted = false;
        while (thread.isAlive()) {
            try {
                thread.join();
            } catch (InterruptedException _) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
