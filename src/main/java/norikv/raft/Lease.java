package norikv.raft;

/// Until when a leader may be sure, by its clock alone, that nobody else leads.
///
/// A voter that heard from a leader refuses its vote for one election time. So once a majority
/// echoed a moment of **sending**, nobody else can be elected until that moment plus a little less
/// than the election time. Only an asked-for transfer goes around the refusal; after one was
/// set off there is no lease for the rest of the term, even if it fails: its message may still be
/// on its way. **Source.** Raft dissertation §6.4.1.
final class Lease {
    /// Clocks as they were at the last round of heartbeats.
    private Now anchor;

    /// Echoes of what was sent up to this moment prove nothing: the machine was suspended since.
    private long floorNanos;

    private boolean gone;

    Lease(Now now) {
        anchor = now;
        floorNanos = now.nanos() - 1;
    }

    /// Looks at the clocks before anything else is done with an input.
    void observe(Now now) {
        if (LeaseView.jumped(anchor, now)) {
            floorNanos = now.nanos();
            anchor = now;
        }
    }

    /// A round of heartbeats is sent.
    void sending(Now now) {
        anchor = now;
    }

    /// There is no lease for the rest of the term.
    void give() {
        gone = true;
    }

    /// {@return the end of the lease, [Long#MIN_VALUE] if there is none}
    ///
    /// @param baseNanos the greatest moment of sending that a majority echoed
    long expiryNanos(long baseNanos, long leaseNanos) {
        return gone || leaseNanos == 0 || baseNanos <= floorNanos
                ? Long.MIN_VALUE
                : baseNanos + leaseNanos;
    }
}
