/// Immutable sorted tables: written once, in order, then only read.
///
/// Read [norikv.sstable.Cursor] for what an entry is, then `TableFormat`, `TableWriter`, `Table`.
package norikv.sstable;
