package norikv.disk;

import java.io.IOException;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.ClosedChannelException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import norikv.domain.NoriException.DiskFailure;
import norikv.domain.NoriException.DiskFailure.Reason;

/// The one place where an [IOException] becomes a [DiskFailure].
final class DiskFaults {
    private DiskFaults() {}

    /// {@return what to throw when `operation` on `path` failed}
    static DiskFailure failure(Path path, String operation, IOException e) {
        return failure(path, operation, isFull(e.getMessage()), e);
    }

    /// {@return what to throw when an `operation` that needs room on the disk failed}
    ///
    /// The JDK passes on the C library's text, which may be in the user's language; that not a
    /// single byte is left says it in all of them.
    static DiskFailure writing(Path path, String operation, IOException e) {
        return failure(path, operation, isFull(e.getMessage()) || usableBytes(path) == 0, e);
    }

    /// {@return what to throw when a force failed} Never [Reason#FULL]: whatever stopped it, pages
    /// may be lost, so it is not enough that room comes back.
    static DiskFailure broken(Path path, String operation, IOException e) {
        return new DiskFailure(Reason.BROKEN, message(path, operation, reason(e)), e);
    }

    /// {@return what to throw for what is asked of a file after a failed force}
    static DiskFailure poisoned(Path path, String operation) {
        String why = "an earlier force failed, so what was written may be lost; restart the node";
        return new DiskFailure(Reason.BROKEN, message(path, operation, why), null);
    }

    /// {@return what to throw for a fault that no exception told of}
    static DiskFailure broken(Path path, String operation, String why) {
        return new DiskFailure(Reason.BROKEN, message(path, operation, why), null);
    }

    /// {@return whether the system said that there is no room}
    static boolean isFull(String systemMessage) {
        return systemMessage != null
                && (systemMessage.contains("No space left on device")
                        || systemMessage.contains("Disk quota exceeded")
                        || systemMessage.contains("not enough space on the disk"));
    }

    /// {@return in a few words why the system refused}
    static String reason(IOException e) {
        return switch (e) {
            case NoSuchFileException _ -> "no such file";
            case FileAlreadyExistsException _ -> "exists already";
            case AccessDeniedException _ -> "permission denied";
            case DirectoryNotEmptyException _ -> "directory is not empty";
            case ClosedByInterruptException _ ->
                    "the thread was interrupted, which closed the file for everybody;"
                            + " threads that use files must not be interrupted";
            case ClosedChannelException _ -> "the file is closed";
            case FileSystemException f when f.getReason() != null -> f.getReason();
            default -> e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
        };
    }

    private static DiskFailure failure(
            Path path, String operation, boolean full, IOException e) {
        return new DiskFailure(
                full ? Reason.FULL : Reason.BROKEN, message(path, operation, reason(e)), e);
    }

    private static String message(Path path, String operation, String why) {
        return "%s: %s: %s".formatted(path, operation, why);
    }

    private static long usableBytes(Path path) {
        try {
            Path existing = Files.exists(path) ? path : path.getParent();
            return Files.getFileStore(existing).getUsableSpace();
        } catch (IOException _) {
            // Unknown is not full.
            return Long.MAX_VALUE;
        }
    }
}
