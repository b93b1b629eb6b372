/// Nodes and clusters inside a process, for the tests of programs that use them.
///
/// Read [norikv.embedded.EmbeddedCluster], then [norikv.embedded.EmbeddedNode], then
/// [norikv.embedded.EmbeddedOptions]. What runs is what `norikv server` runs, with real sockets and
/// real files, so a test sees elections, retries and recovery as they are:
///
/// ```java
/// import module norikv;
///
/// void main(String[] args) {
///     try (EmbeddedCluster cluster = EmbeddedCluster.start();
///             Norikv kv = cluster.client()) {
///         kv.put("user:42", "Ada");
///         EmbeddedNode leader = cluster.leaderOf("user:42").orElseThrow();
///         leader.kill(); // as a crash would; the other two elect another leader
///         assert kv.get("user:42").orElseThrow().value().toUtf8().equals("Ada");
///         leader.restart(); // on the same data, at the same address
///         assert cluster.awaitReady(Duration.ofMinutes(1));
///     }
/// }
/// ```
///
/// Any number of them live in one process. Each has its own threads, files and ports; closing it
/// gives all of them back. Begin here before other classes of ours are used, or start the JVM with
/// `-ea:norikv...`: our assertions belong to the product, and are switched on for what is loaded
/// from then on.
package norikv.embedded;
