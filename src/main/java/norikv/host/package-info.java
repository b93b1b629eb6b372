/// The worker pass: many groups on few loops and one log, behind [norikv.port.ReplicatedLog].
///
/// Read [norikv.host.Host] (the way in), then `Worker` (one pass), then `Replica` and `SoloCore`
/// (what a pass steps).
package norikv.host;
