package norikv.cli;

import java.io.PrintStream;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.Supplier;
import norikv.work.Ending;

/// What a process serves, from its start until the process is told to end, whenever that is: also
/// during the start, which is waited for. It ends with 0 then, however far the start was.
///
/// **Threads.** One begins it; the shutdown ends it.
final class Life<T> {
    private final PrintStream err;
    private final Consumer<T> closing;

    // Guarded by lock, which is held during the start: what ends it waits.
    private final ReentrantLock lock = new ReentrantLock();
    private boolean ended;

    /// Null until it has started.
    private T running;

    private Life(PrintStream err, Consumer<T> closing) {
        this.err = err;
        this.closing = closing;
    }

    /// {@return a life that the end of the process ends}
    ///
    /// @param closing ends what has started
    static <T> Life<T> untilExit(PrintStream err, Consumer<T> closing) {
        var life = new Life<T>(err, closing);
        Ending.onExit("shutdown", life::end);
        return life;
    }

    /// Starts what is to be served. Once.
    T begin(Supplier<T> start) {
        lock.lock();
        try {
            if (ended) {
                throw Complaint.unexpected("told to end before it began");
            }
            running = start.get();
            return running;
        } finally {
            lock.unlock();
        }
    }

    private void end() {
        lock.lock();
        try {
            ended = true;
            if (running != null) {
                err.println("stopping: answering what is under way");
                closing.accept(running);
                err.println("stopped");
                err.flush();
                // An exit by signal would end with 143 however well it went.
                Runtime.getRuntime().halt(0);
            }
        } finally {
            lock.unlock();
        }
    }
}
