package norikv.embedded;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import norikv.domain.ErrorCode;
import norikv.domain.NoriException;

/// Where the data of a node or cluster is, for as long as that is open.
///
/// @param isTemporary whether it is removed in the end
record Home(Path folder, boolean isTemporary) implements AutoCloseable {
    /// What belongs to a cluster, which gives it back itself.
    static Home borrowed(Path folder) {
        return new Home(folder, false);
    }

    static Home of(EmbeddedOptions.Data data) {
        return switch (data) {
            case EmbeddedOptions.Data.Temporary _ -> temporary();
            case EmbeddedOptions.Data.Kept(var folder) -> new Home(folder, false);
        };
    }

    private static Home temporary() {
        try {
            return new Home(Files.createTempDirectory("norikv-embedded-"), true);
        } catch (IOException e) {
            throw new NoriException.Refused(
                    ErrorCode.CANNOT_START, "no temporary folder: " + e.getMessage(), e);
        }
    }

    /// Removes what is temporary. Doing it twice is doing it once.
    @Override
    public void close() {
        if (isTemporary) {
            remove(folder);
        }
    }

    private static void remove(Path folder) {
        try (Stream<Path> files = Files.walk(folder)) {
            List<Path> deepestFirst = files.sorted(Comparator.reverseOrder()).toList();
            for (Path file : deepestFirst) {
                Files.deleteIfExists(file);
            }
        } catch (NoSuchFileException _) {
            // it is gone
        } catch (IOException e) {
            throw new NoriException.DiskFailure(
                    NoriException.DiskFailure.Reason.BROKEN, "remove " + folder, e);
        }
    }
}
