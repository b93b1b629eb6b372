/// A durable key-value server and its Java client, in one module that needs nothing but the JDK.
///
/// Read [norikv.domain.Request] and [norikv.domain.Reply] for what is asked and answered, then
/// [norikv.port.ReplicatedLog] for the seam between a shard and its log, then [norikv.work.Loop]
/// for how everything that runs by itself is driven. Exported is what users of the client name,
/// [norikv.embedded.EmbeddedCluster] for their tests, and the engines alone: [norikv.lsm.Store] is
/// an embedded store, [norikv.sstable.Table] and [norikv.wal.Wal] are what it is made of. All else
/// may change at any time.
module norikv {
    requires java.management;
    requires jdk.management;
    requires jdk.httpserver;

    exports norikv.bytes;
    exports norikv.client;
    exports norikv.disk;
    exports norikv.domain;
    exports norikv.embedded;
    exports norikv.lsm;
    exports norikv.observe;
    exports norikv.sstable;
    exports norikv.wal;
    exports norikv.work;
}
