package norikv.disk;

import norikv.domain.NoriException;
import norikv.domain.Room;

/// Says how much room there is. Pure: the same bytes after the same answer give the same answer.
///
/// What is free need not be much above a mark for the state to be entered, but by an eighth of the
/// mark for it to be left: a disk that is filled as fast as it is cleared would flap otherwise.
///
/// @param lowBytes below so many free bytes it is [Room#LOW]; 0: never
/// @param fullBytes below so many it is [Room#FULL]; at most `lowBytes`; 0: never
public record Watermarks(long lowBytes, long fullBytes) {
    /// Always [Room#PLENTY].
    public static final Watermarks NONE = new Watermarks(0, 0);

    private static final int LEFT_ABOVE_PART = 8;

    public Watermarks {
        if (fullBytes < 0 || lowBytes < fullBytes) {
            throw NoriException.invalid(
                    "disk: marks of 0 <= full <= low bytes, got %d and %d"
                            .formatted(fullBytes, lowBytes));
        }
    }

    /// {@return the room there is}
    ///
    /// @param before what was said before
    public Room next(Room before, long freeBytes) {
        if (freeBytes < leave(fullBytes, before == Room.FULL)) {
            return Room.FULL;
        }
        return freeBytes < leave(lowBytes, before != Room.PLENTY) ? Room.LOW : Room.PLENTY;
    }

    private static long leave(long mark, boolean isBelow) {
        return isBelow ? mark + mark / LEFT_ABOVE_PART : mark;
    }
}
