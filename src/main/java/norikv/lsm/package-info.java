/// A log-structured merge tree: under a node's log, one for all shards; or alone, with its own log.
///
/// A program that wants an ordered, durable map in a folder takes [norikv.lsm.Store], with
/// [norikv.lsm.StoreOptions] and [norikv.lsm.Durability]:
///
/// ```java
/// import module norikv;
///
/// void main(String[] args) {
///     byte[] ada = "user:ada".getBytes(), bob = "user:bob".getBytes();
///     try (Store store = Store.open(FileDisk.open(Path.of(args[0])), StoreOptions.defaults())) {
///         store.put(ada, "36".getBytes(), Durability.SYNC); // survives a loss of power
///         var batch = new StoreBatch().put(bob, "7".getBytes()).delete(ada);
///         store.write(batch, Durability.LATER); // visible at once, durable soon, whole or not
///         assert store.get(ada).isEmpty() && store.get(bob).isPresent();
///         try (StoreCursor cursor = store.cursor()) {
///             for (cursor.seek("user:".getBytes()); cursor.isValid(); cursor.next()) {
///                 assert new String(cursor.key()).equals("user:bob");
///             }
///         }
///     }
/// }
/// ```
///
/// For the engine below read [norikv.lsm.Lsm], then [norikv.lsm.InternalKey] and
/// [norikv.lsm.Tablet] for what an entry is filed under, then [norikv.lsm.ReadState] with
/// [norikv.lsm.Epochs] for how it is read without a lock.
package norikv.lsm;
