package norikv.raft;

import java.util.List;

/// The part of a group's log that was handed over to be persisted, as the host keeps it.
///
/// **Order.** Once [Raft#persisted] was called for a record, its entries are read here; a record
/// whose first entry stands at an index that exists already replaces that entry and all after it.
/// What is not persisted yet the core never asks for. **Threads.** Called only from within calls of
/// the core.
public interface LogReader {
    /// {@return the index of the first entry kept; last + 1 if none is}
    long firstIndex();

    /// {@return the index of the last entry, or of the snapshot if there is none behind it}
    long lastIndex();

    /// {@return the term at `index`, first − 1 … last} Must be in memory.
    long term(long index);

    /// {@return the stamp at `index`, first − 1 … last} Must be in memory.
    long logTimeMillis(long index);

    /// {@return entries from `from` on, in order, none at `to` or behind, of at most `bytesMax`
    /// [bytes][Entry#bytes()] but at least one} The core keeps the list; nobody changes it.
    ///
    /// An empty list says that they are not in memory: the host fetches them and calls
    /// [Raft#fetched].
    List<Entry> read(long from, long to, int bytesMax);
}
