package norikv.domain;

/// How much room the disk has, and so what may be written.
public enum Room {
    /// Enough: everything may be written.
    PLENTY,
    /// Little: what users put is refused; deletes, which make room in the end, are not.
    LOW,
    /// None to speak of: users only read. What is left is for work that makes room.
    FULL
}
