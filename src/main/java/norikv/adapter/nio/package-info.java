/// The data port: TCP in, requests to [norikv.port.KeyValue], replies out.
///
/// Read [norikv.adapter.nio.Listener], then `Connection`, then `Outbox` with `Window`.
package norikv.adapter.nio;
