package norikv.kv;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import norikv.domain.NoriException;
import norikv.domain.Reply;
import norikv.port.KeyValue;

/// A request that is on its way. Several may want to answer it: whoever serves it, whoever finds
/// its deadline passed, whoever closes the node. The first one does, the others change nothing.
///
/// **Threads.** Any may answer.
abstract sealed class Call permits ReadCall, ScanCall, WriteCall {
    private static final VarHandle ANSWERED;

    static {
        try {
            ANSWERED =
                    MethodHandles.lookup().findVarHandle(Call.class, "answered", boolean.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private static final int NO_PLACE = -1;

    private final KeyValue.Answer answer;
    private final long deadlineNanos;
    private volatile boolean answered;

    /// Where [InFlight] keeps this call. Written before it is put there, read after `answered` is
    /// set.
    private volatile int place = NO_PLACE;

    Call(long deadlineNanos, KeyValue.Answer answer) {
        this.deadlineNanos = deadlineNanos;
        this.answer = answer;
    }

    /// What is said when the deadline passes first.
    abstract Reply.Failed overdue();

    /// What is said when the node closes first.
    abstract Reply.Failed abandoned();

    /// The table that this call may be in.
    abstract InFlight table();

    final long deadlineNanos() {
        return deadlineNanos;
    }

    final boolean isAnswered() {
        return answered;
    }

    final void answer(Reply reply) {
        if (ANSWERED.compareAndSet(this, false, true)) {
            int kept = place;
            if (kept != NO_PLACE) {
                table().remove(kept, this);
            }
            answer.reply(reply);
        }
    }

    final void answer(NoriException failure) {
        answer(failure.toReply());
    }

    final void answerOverdue() {
        answer(overdue());
    }

    final void answerAbandoned() {
        answer(abandoned());
    }

    /// [InFlight] is about to put this call at `newPlace`.
    final void willTake(int newPlace) {
        place = newPlace;
    }
}
