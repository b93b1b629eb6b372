package norikv.sim;

import java.util.List;
import norikv.raft.Message;

/// Faults for what lives in the moments between two answers: one kind of message that is lost or
/// late far more often than others, a [Schism] in every change, and leaders that are heard by
/// nobody while answers to them still arrive.
final class Feuds {
    /// What may fare worse than the rest; requests for votes that count carry a `!`.
    private static final List<String> KINDS =
            List.of(
                    "VoteRequest!", "VoteRequest!", "VoteRequest!", "VoteRequest!", "VoteRequest",
                    "VoteReply", "VoteReply", "AppendRequest", "Appended", "HeartbeatReply",
                    "Commit", "InstallSnapshot", "TimeoutNow", "nothing", "nothing", "nothing");

    private final World world;
    private final Strikes strikes;
    private final Dice dice;
    private final String muffled;
    private final double lost;
    private final long lateNanos;

    Feuds(World world, Strikes strikes, Dice dice) {
        this.world = world;
        this.strikes = strikes;
        this.dice = dice;
        muffled = KINDS.get(dice.below(KINDS.size()));
        lost = dice.oneIn(2) ? dice.fraction() : 0;
        lateNanos = dice.oneIn(3) ? 0 : dice.between(1, 3 * strikes.election());
    }

    /// {@return whether `message` is of the kind that this world does not like}
    boolean muffles(Message message) {
        boolean counts =
                message instanceof Message.VoteRequest request
                        && request.ballot() != Message.Ballot.PRE;
        String kind = message.getClass().getSimpleName() + (counts ? "!" : "");
        return kind.equals(muffled);
    }

    boolean isLost() {
        return dice.hit(lost);
    }

    /// {@return by how much it comes later}
    long lateNanos() {
        return lateNanos == 0 ? 0 : dice.below(lateNanos);
    }

    /// The leader is heard by nobody for about as long as promises last; answers to what it said
    /// before come in late, so that it takes long to notice.
    void hush(Machine leader) {
        long election = strikes.election();
        slow(leader, dice.between(election / 4, 3 * election / 2));
        strikes.after(dice.below(2 * election), "mute", () -> mute(leader));
    }

    private void mute(Machine leader) {
        for (Machine other : world.machines()) {
            if (other != leader) {
                strikes.cut(leader, other, true);
            }
        }
        long nanos = dice.between(strikes.election() / 2, 3 * strikes.election() / 2);
        Machine first = world.machines().get(dice.below(world.machines().size()));
        boolean atOnce = first == leader || dice.oneIn(2);
        strikes.after(nanos, "unmute", () -> unmute(leader, first, atOnce));
    }

    /// Who is not heard by everybody again is heard by one, for a while.
    private void unmute(Machine leader, Machine first, boolean atOnce) {
        slow(leader, 0);
        if (atOnce) {
            strikes.rejoin(leader);
        } else {
            strikes.rejoin(leader, first);
            strikes.after(strikes.election(), "rejoin", () -> strikes.rejoin(leader));
        }
    }

    private void slow(Machine machine, long nanos) {
        for (Machine other : world.machines()) {
            if (!world.isHealed()) {
                world.network.slow(other.id, machine.id, nanos);
            }
        }
    }
}
