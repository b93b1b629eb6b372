package norikv.disk;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import norikv.disk.SimDisk.Call;
import norikv.disk.SimDisk.Op;

/// What may go wrong with one call of a [SimDisk].
public sealed interface SimFault {
    /// The disk refuses (EIO) and nothing happens; a force, of file or directory, loses at random
    /// some of what it should have made durable, and later forces do not try it again.
    record Broken() implements SimFault {}

    /// There is no room (ENOSPC); a write leaves a random first part. A force is [Broken] all the
    /// same.
    record NoSpace() implements SimFault {}

    /// The disk refuses in the middle of a write: a random first part is there. Other calls are
    /// [Broken].
    record ShortWrite() implements SimFault {}

    /// A read or a mapping delivers one wrong bit; what is stored is right.
    record BitFlip() implements SimFault {}

    /// A write reports success and changes nothing.
    record DroppedWrite() implements SimFault {}

    /// A write reports success and lands on other sectors of the same file.
    record MisdirectedWrite() implements SimFault {}

    /// The call takes `nanos` of virtual time, told to the hook of [SimDisk#onSlow]; then it does
    /// what it should.
    record Slow(long nanos) implements SimFault {}

    /// {@return calls of kind `op` on paths that contain `part`}
    static Predicate<Call> on(Op op, String part) {
        return call -> call.op() == op && call.path().contains(part);
    }

    /// {@return the `n`-th, from 1, of the calls that `when` accepts, and no other}
    static Predicate<Call> nth(int n, Predicate<Call> when) {
        var count = new AtomicInteger();
        return call -> when.test(call) && count.incrementAndGet() == n;
    }
}
