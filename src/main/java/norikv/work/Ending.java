package norikv.work;

/// The end of the process, as far as one can have a say in it.
public final class Ending {
    private Ending() {}

    /// Runs `task` when the process is told to end (SIGTERM, SIGINT) or ends by itself, on a thread
    /// of its own. The process ends when all such tasks have ended; a kill or a halt waits for
    /// none.
    ///
    /// @param name the thread's name
    public static void onExit(String name, Runnable task) {
        Runtime.getRuntime().addShutdownHook(Thread.ofPlatform().name(name).unstarted(task));
    }
}
