/// A durable key-value server and its Java client, in one module that needs nothing but the JDK.
///
/// Read [norikv.domain.Request] and [norikv.domain.Reply] for what is asked and answered, then
/// [norikv.port.ReplicatedLog] for the seam between a shard and its log, then [norikv.work.Loop]
/// for how everything that runs by itself is driven. Exported is what users of the client name;
/// all else may change at any time.
module norikv {
    requires java.management;
    requires jdk.management;
    requires jdk.httpserver;

    exports norikv.bytes;
    exports norikv.client;
    exports norikv.domain;
}
