package norikv.lsm;

import java.util.List;
import java.util.Optional;
import norikv.disk.Disk;
import norikv.disk.FileFault;
import norikv.domain.NoriException;

/// What one file of a manifest holds, for people who look into it.
///
/// @param number which manifest it is; 0: its head does not check out
/// @param frames those that check out, in order
/// @param acknowledgedEnd up to where frames were acknowledged
/// @param damage where the first thing is that does not check out; empty: all does
public record ManifestInspection(
        long number, List<Frame> frames, long acknowledgedEnd, Optional<FileFault> damage) {
    /// Edits that took effect together.
    ///
    /// @param offset where the frame begins
    /// @param edits in order, as text
    public record Frame(long offset, List<String> edits) {}

    /// {@return what the file at `path` holds, as far as it checks out}
    ///
    /// **Errors.** [NoriException.Refused] when a newer version wrote it.
    public static ManifestInspection of(Disk disk, String path) {
        try {
            ManifestFile.Image image = ManifestFile.image(disk, path);
            long end = image.frames().isEmpty() ? 0 : image.frames().getLast().end();
            Optional<FileFault> damage =
                    end >= image.acknowledged()
                            ? Optional.empty()
                            : Optional.of(
                                    FileFault.at(
                                            path,
                                            Math.max(end, ManifestFile.FRAMES_AT),
                                            "a frame that checks out, got none"));
            List<Frame> frames =
                    image.frames().stream()
                            .map(
                                    frame ->
                                            new Frame(
                                                    frame.offset(),
                                                    frame.edits().stream()
                                                            .map(Edit::toString)
                                                            .toList()))
                            .toList();
            return new ManifestInspection(image.number(), frames, image.acknowledged(), damage);
        } catch (NoriException.Corruption e) {
            return new ManifestInspection(0, List.of(), 0, Optional.of(FileFault.of(path, e)));
        }
    }
}
