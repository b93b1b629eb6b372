package norikv.disk;

import java.util.regex.Pattern;
import norikv.domain.NoriException;

/// Something wrong in a file, for who looks for all that is wrong.
///
/// @param path the file, or the folder where one is missing
/// @param offset where in it
/// @param message the whole message, with path and offset
public record FileFault(String path, long offset, String message) {
    /// How our messages begin: `wal-000012@8192: …`, or `MANIFEST-000001: …` for all of a file.
    private static final Pattern PLACE = Pattern.compile("(?s)([^@:\n]+)(?:@(\\d{1,18}))?: .*");

    /// {@return the fault that `damage` tells of}
    ///
    /// @param path which file it is if the message does not say
    public static FileFault of(String path, NoriException damage) {
        String message = damage.getMessage();
        var place = PLACE.matcher(message);
        if (!place.matches()) {
            return at(path, 0, message);
        }
        long offset = place.group(2) == null ? 0 : Long.parseLong(place.group(2));
        return new FileFault(place.group(1), offset, message);
    }

    /// {@return a fault at a place, with a message that says so}
    public static FileFault at(String path, long offset, String expected) {
        return new FileFault(path, offset, "%s@%d: %s".formatted(path, offset, expected));
    }
}
