/// Immutable sorted tables: written once, in order, then only read.
///
/// An entry is a key, a tablet, a trailer (index and kind) and a value; entries of one key stand
/// with the newest first. Written and read by hand:
///
/// ```java
/// import module norikv;
///
/// void main(String[] args) {
///     Disk disk = FileDisk.open(Path.of(args[0]));
///     var options = TableOptions.defaults();
///     var writer = new TableWriter(disk, "1.sst", 1, TableFacts.Reason.INGEST, options);
///     Region memory = Region.allocate(5);
///     memory.copyFrom(0, "ada36".getBytes(), 0, 5); // key "ada", value "36"
///     writer.add(memory, 0, 3, 1, 7 << 8 | Cursor.KIND_PUT, 1, 0, memory, 3, 2); // index 7
///     assert writer.finish().entries() == 1;
///     disk.forceDirectory(""); // now the name is durable too
///     try (Table table = Table.open(disk, "1.sst", 1)) {
///         byte[] key = "ada".getBytes();
///         long hash = Table.hash(key, 0, 3);
///         var hit = new Hit();
///         assert table.mayContain(hash); // what the filter denies is not looked for
///         var answer = table.get(key, 0, 3, hash, 1, 9, norikv.sstable.Reach.DISK, hit);
///         assert answer == Answer.FOUND && hit.index() == 7 && hit.valueLength() == 2;
///     }
/// }
/// ```
///
/// Read [norikv.sstable.Cursor] for what an entry is, then [norikv.sstable.TableFormat],
/// [norikv.sstable.TableWriter], [norikv.sstable.Table].
package norikv.sstable;
