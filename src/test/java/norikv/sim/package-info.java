/// Clusters in a world of one seed and one thread: replicas with the production log on simulated
/// disks, a bad network, bad clocks, crashes, changes of members, clients; what must hold is
/// checked after every event, and in the end a part of the machines is well and must get somewhere.
///
/// Read [norikv.sim.World], then [norikv.sim.Plan] with [norikv.sim.Strikes], then
/// [norikv.sim.Rules]. [norikv.sim.Host] is the seam for another host, [norikv.sim.Campaign] how to
/// run it.
package norikv.sim;
