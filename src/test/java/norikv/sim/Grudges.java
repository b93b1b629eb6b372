package norikv.sim;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import norikv.raft.Message;
import norikv.raft.RaftOptions;

/// Faults of what was said before: a message waits until its recipient has heard from a leader, or
/// comes a second time long after; requests for votes get lost; answers to leaders take so long
/// that a leader which nobody hears any more goes on believing that it leads. Of these a world has
/// the ones of its [Theme], each again and again.
///
/// **Limits.** [#HELD_MAX] messages wait at a time; others go their way.
final class Grudges {
    /// What a world is about.
    enum Theme {
        /// No grudges.
        NONE,
        /// Requests for votes that count come in when their recipient has a leader again.
        LATE_VOTES,
        /// And refusals do.
        LATE_REFUSALS,
        /// Hardly a request for a vote that counts arrives.
        LOST_VOTES,
        /// Answers take long, and each change parts its halves: see [Schism].
        SCHISM,
        /// Snapshots come again when their follower is long past them.
        OLD_SNAPSHOTS;

        /// {@return whether members change}
        boolean changes() {
            return this == SCHISM || this == OLD_SNAPSHOTS;
        }

        /// {@return the kinds of trouble that [Strikes] makes in such worlds}
        List<String> strikes() {
            return switch (this) {
                case NONE -> List.of();
                case LATE_VOTES, LATE_REFUSALS -> List.of("glimpse");
                case LOST_VOTES -> List.of("glimpse", "isolate", "isolate", "crash");
                case SCHISM -> List.of("transfer");
                case OLD_SNAPSHOTS -> List.of("stray", "stray", "transfer");
            };
        }
    }

    static final int HELD_MAX = 256;

    private static final int SLOWER_STEPS = 4;

    /// A message that waits until machine `to` hears from a leader.
    private record Held(int to, Message message, Optional<Table> snapshot) {}

    private final World world;
    private final Strikes strikes;
    private final Dice dice;
    private final Theme theme;
    private final double held;
    private final double trialsHeld;
    private final double votesLost;
    private final double copies;
    private final long answerNanos;
    private final List<Held> waiting = new ArrayList<>();

    /// The leader that is heard by nobody for a while, null if there is none.
    private Machine hidden;

    /// Whether it was heard again by anybody since.
    private boolean wasShown;

    /// Who hears it for a moment, null if nobody does.
    private Machine shownTo;

    Grudges(World world, Strikes strikes, Dice dice) {
        this.world = world;
        this.strikes = strikes;
        this.dice = dice;
        theme = world.plan.theme;
        held =
                switch (theme) {
                    case LATE_VOTES, LATE_REFUSALS -> 0.7 + 0.3 * dice.fraction();
                    default -> 0;
                };
        trialsHeld = theme == Theme.LATE_REFUSALS ? dice.fraction() / 2 : 0;
        votesLost =
                switch (theme) {
                    case LATE_REFUSALS -> 0.5 + dice.fraction() / 2;
                    case LOST_VOTES -> 0.7 + 0.3 * dice.fraction();
                    default -> 0;
                };
        copies = theme == Theme.OLD_SNAPSHOTS ? 0.5 + dice.fraction() / 2 : 0;
        long election = world.plan.options.electionMinNanos();
        answerNanos = theme == Theme.SCHISM ? dice.between(election / 4, election) : 0;
    }

    /// Takes a message over from the network, which would bring it `nanos` from now.
    void carry(long nanos, int to, Message message, Optional<Table> snapshot) {
        boolean mayBeLost = isDark() || theme == Theme.LOST_VOTES;
        if (mayBeLost && isRealRequest(message) && dice.hit(votesLost)) {
            world.network.lost++;
            return;
        }
        if (isDark() && waiting.size() < HELD_MAX && dice.hit(heldOf(message))) {
            waiting.add(new Held(to, message, snapshot));
            strikes.after(4 * strikes.election(), "giveway", () -> release(to));
            if (hidden.id != to && !dice.oneIn(4)) {
                showSoon(hidden, world.machine(to));
            }
            return;
        }
        boolean isAnswer = message instanceof Message.ToLeader;
        long late = isAnswer && answerNanos > 0 ? dice.between(answerNanos / 2, answerNanos) : 0;
        world.network.launch(nanos + late, to, message, snapshot);
        if (message instanceof Message.InstallSnapshot && dice.hit(copies)) {
            long again = dice.between(1, 8 * strikes.election());
            world.network.launch(nanos + again, to, message, snapshot);
        }
    }

    private static boolean isRealRequest(Message message) {
        return message instanceof Message.VoteRequest request
                && request.ballot() != Message.Ballot.PRE;
    }

    /// {@return whether a leader is about to be hidden or is, and nobody heard it again}
    private boolean isDark() {
        return hidden != null && !wasShown;
    }

    /// {@return how probably a message waits}
    private double heldOf(Message message) {
        return switch (message) {
            case Message.VoteRequest _ when isRealRequest(message) ->
                    theme == Theme.LATE_VOTES ? held : 0;
            case Message.VoteRequest _ -> trialsHeld;
            case Message.VoteReply reply when !reply.granted() ->
                    theme == Theme.LATE_REFUSALS ? held : 0;
            default -> 0;
        };
    }

    /// A message came in at a machine.
    void delivered(int to, Message message) {
        if (!(message instanceof Message.FromLeader)) {
            return;
        }
        if (shownTo != null && shownTo.id == to) {
            // That was it. The answer arrives.
            if (!dice.oneIn(4)) {
                strikes.cut(hidden, shownTo, true);
            }
            shownTo = null;
        }
        if (!waiting.isEmpty()) {
            release(to);
        }
    }

    private void release(int to) {
        for (int i = waiting.size() - 1; i >= 0; i--) {
            Held one = waiting.get(i);
            if (one.to == to) {
                waiting.remove(i);
                long nanos = dice.below(2 * world.plan.linkNanos);
                world.network.launch(nanos, to, one.message, one.snapshot);
            }
        }
    }

    /// Nothing waits any more.
    void end() {
        for (Machine machine : world.machines()) {
            release(machine.id);
        }
    }

    /// Answers to the leader take long, and still arrive when it is parted from everybody for about
    /// as long as promises last; then one hears it for a moment.
    void glimpse(Machine leader) {
        if (hidden != null) {
            return;
        }
        hidden = leader;
        wasShown = false;
        RaftOptions options = world.plan.options;
        long election = options.electionMinNanos();
        long late = dice.between(election / 4, 3 * election / 2);
        // That is longer than it takes to ask for votes twice.
        late += theme == Theme.LATE_REFUSALS ? election : 0;
        long slowest = late;
        for (int step = 1; step <= SLOWER_STEPS; step++) {
            // Little by little, or it would notice.
            long nanos = slowest * step / SLOWER_STEPS;
            strikes.after(step * election / 4, "slower", () -> slow(leader, nanos));
        }
        long begins = Math.max(late, election) + dice.below(election / 2);
        strikes.after(begins, "hide", () -> hide(leader, true));
        long shows = begins + options.electionMaxNanos() + dice.below(late);
        Machine anybody = world.machines().get(dice.below(world.machines().size()));
        strikes.after(shows, "show", () -> show(leader, anybody));
        long ends = shows + dice.between(election / 2, 2 * options.electionMaxNanos());
        strikes.after(ends, "rejoin", () -> rejoin(leader));
    }

    /// The one that something waits for hears its leader again: when a refusal waits, about as late
    /// as whoever refused asks for votes itself.
    private void showSoon(Machine leader, Machine to) {
        long election = world.plan.options.electionMinNanos();
        long nanos =
                theme == Theme.LATE_REFUSALS
                        ? dice.between(election / 4, 5 * election / 4)
                        : dice.below(election / 8);
        strikes.after(nanos, "show", () -> show(leader, to));
    }

    private void show(Machine leader, Machine to) {
        if (hidden != leader) {
            return;
        }
        wasShown = true;
        slow(leader, 0);
        if (to == leader) {
            hide(leader, false);
        } else {
            shownTo = to;
            strikes.rejoin(leader, to);
        }
    }

    private void rejoin(Machine leader) {
        hide(leader, false);
        shownTo = null;
        hidden = null;
    }

    private void hide(Machine leader, boolean isHidden) {
        for (Machine other : world.machines()) {
            if (other != leader) {
                strikes.cut(leader, other, isHidden);
                strikes.cut(other, leader, isHidden);
            }
        }
    }

    /// One that does not lead is away for so long that the logs of others do not reach back.
    void stray(Machine machine) {
        for (Machine other : world.machines()) {
            if (other != machine) {
                strikes.cut(other, machine, true);
            }
        }
        strikes.after(
                dice.between(strikes.election() / 4, 2 * strikes.election()),
                "rejoin",
                () -> strikes.rejoin(machine));
    }

    private void slow(Machine machine, long nanos) {
        for (Machine other : world.machines()) {
            if (!world.isHealed()) {
                world.network.slow(other.id, machine.id, nanos);
            }
        }
    }
}
