package norikv.sim;

import norikv.raft.Configuration;
import norikv.raft.Members;

/// A change is in effect where it is known first: those who are in one half only lose sight of
/// those who are in the other, and the leader of one of them.
final class Schism {
    private final World world;
    private final Strikes strikes;
    private final Dice dice;

    Schism(World world, Strikes strikes, Dice dice) {
        this.world = world;
        this.strikes = strikes;
        this.dice = dice;
    }

    void strike(long leader, Configuration joint) {
        if (world.isHealed() || dice.oneIn(4)) {
            return;
        }
        Members old = joint.outgoing().minus(joint.voters());
        Members young = joint.voters().minus(joint.outgoing());
        boolean losesOld = dice.oneIn(2);
        Members away = (losesOld ? old : young).minus(Members.of(leader));
        Members with = joint.all().minus(away);
        boolean oneWay = dice.oneIn(2);
        for (int i = 0; i < away.count(); i++) {
            for (int k = 0; k < with.count(); k++) {
                part(with.id(k), away.id(i), oneWay);
            }
        }
        strikes.after(
                dice.around(3 * strikes.election()),
                "rejoin",
                () -> world.machines().forEach(strikes::rejoin));
    }

    private void part(long here, long there, boolean oneWay) {
        Machine one = world.machine(Network.machineOf(here));
        Machine other = world.machine(Network.machineOf(there));
        strikes.cut(one, other, true);
        strikes.cut(other, one, !oneWay);
    }
}
