package norikv.raft;

import java.util.ArrayList;
import java.util.List;
import norikv.domain.Version;

/// Everything an operator may want to know of one replica.
///
/// @param reads reads that wait for a majority
/// @param uncommittedBytes entries of a leader's term not handed out to be applied
/// @param transferTarget who takes over, [HardState#NOBODY] if nobody does
/// @param deadlineNanos when the core does something by itself
/// @param followers for a leader, everybody else
public record Status(
        long group,
        long self,
        Part part,
        long term,
        long vote,
        long leader,
        Version last,
        long durable,
        long commit,
        long applied,
        Configuration configuration,
        long configurationIndex,
        boolean changing,
        boolean installing,
        int reads,
        long uncommittedBytes,
        long transferTarget,
        long deadlineNanos,
        LeaseView lease,
        List<FollowerStatus> followers,
        Counts counts) {
    /// What a replica is at the moment.
    public enum Part {
        FOLLOWER,
        PRE_CANDIDATE,
        CANDIDATE,
        LEADER
    }

    /// What a leader knows of another replica.
    ///
    /// @param phase `PROBE`, `REPLICATE` or `SNAPSHOT`
    /// @param commit what it knows to be committed; who was removed from a group is needed until a
    ///     majority of the voters knows it, so ask for this before you wipe its disk
    /// @param silentNanos how long ago it was heard from
    public record FollowerStatus(
            long id,
            String phase,
            long match,
            long next,
            long commit,
            int inFlight,
            long silentNanos) {}

    static Status of(Replica replica, LeaseView lease) {
        Role role = replica.role();
        Membership membership = replica.membership;
        return new Status(
                replica.group,
                replica.self,
                part(role),
                replica.term(),
                replica.vote(),
                replica.leader(),
                replica.lastVersion(),
                replica.log.durable(),
                replica.log.commit(),
                replica.log.applied(),
                membership.current(),
                membership.index(),
                membership.changing(),
                replica.isInstalling(),
                role instanceof Leader lead ? lead.reads().count() : 0,
                role instanceof Leader lead ? lead.uncommittedBytes() : 0,
                role instanceof Leader lead ? lead.transfer().target() : HardState.NOBODY,
                role.deadlineNanos(),
                lease,
                role instanceof Leader lead ? followers(replica, lead) : List.of(),
                replica.tally.counts());
    }

    private static Part part(Role role) {
        return switch (role) {
            case Follower _ -> Part.FOLLOWER;
            case Candidate candidate ->
                    candidate.ballot() == Message.Ballot.PRE
                            ? Part.PRE_CANDIDATE
                            : Part.CANDIDATE;
            case Leader _ -> Part.LEADER;
        };
    }

    private static List<FollowerStatus> followers(Replica replica, Leader lead) {
        List<FollowerStatus> all = new ArrayList<>();
        for (Progress follower : lead.followers().each()) {
            all.add(
                    new FollowerStatus(
                            follower.id,
                            follower.phase().name(),
                            follower.match(),
                            follower.next(),
                            follower.commit(),
                            follower.inFlight(),
                            replica.now().nanos() - follower.contactNanos()));
        }
        return all;
    }
}
