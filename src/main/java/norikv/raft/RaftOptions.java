package norikv.raft;

import norikv.domain.Limits;
import norikv.domain.NoriException;

/// How a group behaves. All replicas of a cluster use the same times, or the lease is unsafe.
///
/// **Source.** Raft dissertation §6.4.1 for the lease; the numbers are for a local network.
///
/// @param heartbeatNanos how often a leader says that it lives
/// @param electionMinNanos how long a follower waits at least for a leader, and refuses votes
/// @param electionMaxNanos the end of the range that its time-out is drawn from
/// @param leaseNanos how long a lease lasts; 0: no lease reads
/// @param driftPpm the greatest error in the rate of a clock, millionths
/// @param slackNanos what scheduling may add between reading the clock and using it
/// @param messageBytesMax entries of one append, bytes; one entry may be longer alone
/// @param inFlightMessagesMax appends that one follower has not acknowledged
/// @param inFlightBytesMax entries that one follower has not acknowledged, bytes
/// @param uncommittedBytesMax entries of a leader's term that are not handed out to be applied, and
///     entries that a follower has not persisted, bytes
/// @param commandBytesMax the longest command, bytes
/// @param committedBytesMax committed entries handed out at once, bytes; one may be longer alone
/// @param readsMax reads that wait for a round of heartbeats
public record RaftOptions(
        long heartbeatNanos,
        long electionMinNanos,
        long electionMaxNanos,
        long leaseNanos,
        int driftPpm,
        long slackNanos,
        int messageBytesMax,
        int inFlightMessagesMax,
        int inFlightBytesMax,
        int uncommittedBytesMax,
        int commandBytesMax,
        int committedBytesMax,
        int readsMax) {
    private static final long MILLI = 1_000_000;

    /// **Errors.** [NoriException.Malformed] for values with which a group would not work, or with
    /// which a lease could outlive the promise of the voters.
    public RaftOptions {
        require(heartbeatNanos > 0, "heartbeat: more than 0", heartbeatNanos);
        require(
                electionMinNanos >= 4 * heartbeatNanos,
                "election_min: at least 4 heartbeats",
                electionMinNanos);
        require(
                electionMaxNanos >= electionMinNanos + heartbeatNanos,
                "election_max: a heartbeat more than election_min at least",
                electionMaxNanos);
        require(electionMaxNanos <= 1L << 50, "election_max: at most 2^50", electionMaxNanos);
        require(driftPpm >= 0 && driftPpm <= 100_000, "drift: 0 to 100000 ppm", driftPpm);
        require(slackNanos >= 0, "slack: at least 0", slackNanos);
        long leaseMax = leaseNanosMax(electionMinNanos, driftPpm, slackNanos);
        require(
                leaseNanos >= 0 && leaseNanos <= Math.max(0, leaseMax),
                "lease: 0 to %d: election_min*(1-drift)/(1+drift) - slack".formatted(leaseMax),
                leaseNanos);
        requirePositive("message_bytes_max", messageBytesMax);
        requirePositive("in_flight_messages_max", inFlightMessagesMax);
        requirePositive("in_flight_bytes_max", inFlightBytesMax);
        requirePositive("uncommitted_bytes_max", uncommittedBytesMax);
        requirePositive("command_bytes_max", commandBytesMax);
        requirePositive("committed_bytes_max", committedBytesMax);
        requirePositive("reads_max", readsMax);
    }

    /// {@return heartbeat 150 ms, election 1 to 2 s, lease 850 ms}
    public static RaftOptions defaults() {
        return new RaftOptions(
                150 * MILLI,
                1000 * MILLI,
                2000 * MILLI,
                850 * MILLI,
                10_000,
                10 * MILLI,
                1 << 20,
                256,
                8 << 20,
                16 << 20,
                Limits.REQUEST_BYTES_MAX + 1024,
                1 << 20,
                4096);
    }

    /// {@return the longest safe lease, nanoseconds} The voters' clocks may be fast and the
    /// leader's slow, and it may take a moment from looking at the clock to reading.
    public static long leaseNanosMax(long electionMinNanos, int driftPpm, long slackNanos) {
        double rate = (1e6 - driftPpm) / (1e6 + driftPpm);
        return (long) Math.floor(electionMinNanos * rate) - slackNanos;
    }

    public RaftOptions withTimes(
            long heartbeatNanos, long electionMinNanos, long electionMaxNanos, long leaseNanos) {
        return new RaftOptions(
                heartbeatNanos,
                electionMinNanos,
                electionMaxNanos,
                leaseNanos,
                driftPpm,
                slackNanos,
                messageBytesMax,
                inFlightMessagesMax,
                inFlightBytesMax,
                uncommittedBytesMax,
                commandBytesMax,
                committedBytesMax,
                readsMax);
    }

    public RaftOptions withWindow(
            int messageBytesMax, int inFlightMessagesMax, int inFlightBytesMax) {
        return new RaftOptions(
                heartbeatNanos,
                electionMinNanos,
                electionMaxNanos,
                leaseNanos,
                driftPpm,
                slackNanos,
                messageBytesMax,
                inFlightMessagesMax,
                inFlightBytesMax,
                uncommittedBytesMax,
                commandBytesMax,
                committedBytesMax,
                readsMax);
    }

    public RaftOptions withBounds(
            int uncommittedBytesMax, int commandBytesMax, int committedBytesMax, int readsMax) {
        return new RaftOptions(
                heartbeatNanos,
                electionMinNanos,
                electionMaxNanos,
                leaseNanos,
                driftPpm,
                slackNanos,
                messageBytesMax,
                inFlightMessagesMax,
                inFlightBytesMax,
                uncommittedBytesMax,
                commandBytesMax,
                committedBytesMax,
                readsMax);
    }

    private static void requirePositive(String name, int value) {
        require(value > 0, name + ": more than 0", value);
    }

    private static void require(boolean holds, String expected, long found) {
        if (!holds) {
            throw NoriException.invalid("raft options: %s, got %d".formatted(expected, found));
        }
    }
}
