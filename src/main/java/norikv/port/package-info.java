/// What the inside of a node asks of its engines, and what the outside asks of the inside.
///
/// Read [norikv.port.KeyValue] (driving), then [norikv.port.ReplicatedLog] with
/// [norikv.port.Applier], then [norikv.port.Storage].
package norikv.port;
