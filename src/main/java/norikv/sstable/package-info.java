/// Immutable sorted tables: written once, in order, then only read.
///
/// Read [norikv.sstable.Cursor] for what an entry is, then [norikv.sstable.TableFormat],
/// [norikv.sstable.TableWriter], [norikv.sstable.Table].
package norikv.sstable;
