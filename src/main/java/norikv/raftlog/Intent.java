package norikv.raftlog;

/// That a snapshot of a group is about to be put in the place of what there is: from here to the
/// end of it the group neither appends nor applies.
///
/// @param index up to where the snapshot goes; what follows it in the log is still needed then
/// @param term of the entry at that index
/// @param tablet which of the owner's tablets the snapshot is, unsigned, from 1: tells at the next
///     opening whether it took the place of what there was
public record Intent(long index, long term, int tablet) {
    /// Nothing is to be installed.
    public static final Intent NONE = new Intent(0, 0, 0);

    /// {@return whether this is a real one}
    public boolean isOpen() {
        return tablet != 0;
    }
}
