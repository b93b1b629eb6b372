/// The Java client: synchronous and asynchronous, everything pipelined on few connections.
///
/// Read [norikv.client.Norikv], then [norikv.client.ClientOptions], then [norikv.client.Scan].
/// Inside, `Calls` decides and `Connection` does.
package norikv.client;
