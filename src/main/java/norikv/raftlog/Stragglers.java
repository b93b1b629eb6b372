package norikv.raftlog;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import norikv.bytes.ByteWriter;
import norikv.wal.SegmentHead;
import norikv.wal.Wal;

/// Writes the entries of groups that hold old segments back into the head of a new one.
///
/// A group whose entries cannot be flushed (they are not committed, or its replica does not apply)
/// would keep every segment from its first such entry on. Its entries are few, or else it is not
/// the group that stands still: they are copied, all that are not flushed, and stand in the new
/// segment once its head is durable. Then the old segments hold nothing that is needed.
///
/// **Threads.** The writer's loop of the log. **Limits.** [#ENTRIES_MAX] entries a group, and so
/// many bytes a head as it is made for; a group with more keeps its segments.
final class Stragglers {
    /// The most entries of one group that are restated.
    static final int ENTRIES_MAX = 1 << 18;

    private final GroupLogs groups;
    private final Wal wal;
    private final long bytesMax;
    private final int recordBytesMax;
    private final ByteWriter record = new ByteWriter(1 << 10);
    private final List<Moved> moved = new ArrayList<>();

    /// Entries that stand elsewhere once the head is durable.
    ///
    /// @param places pairs of place and `term << 24 | length`
    private record Moved(GroupLog log, long from, long[] places) {}

    /// @param bytesMax how much of a head entries may take
    /// @param recordBytesMax the longest record of the log
    Stragglers(GroupLogs groups, Wal wal, long bytesMax, int recordBytesMax) {
        this.groups = groups;
        this.wal = wal;
        this.bytesMax = bytesMax;
        this.recordBytesMax = recordBytesMax;
    }

    /// Writes the entries that are not flushed of every group whose first one stands `segments` or
    /// more before the present segment, as far as the bytes go.
    void write(long segments, SegmentHead.Sink sink) {
        moved.clear();
        long position = Wal.position(Math.max(0, wal.headedSegment() + 1 - segments), 0);
        var left = new long[] {bytesMax};
        groups.forEach(
                log -> {
                    long first = log.firstNeededBefore(position);
                    if (first > 0) {
                        left[0] -= restate(log, first, left[0], sink);
                    }
                });
    }

    /// The head is durable: its entries are read there from now on.
    void durable() {
        for (Moved m : moved) {
            for (int i = 0; i < m.places.length; i += 2) {
                long index = m.from + i / 2;
                long term = GroupLog.termOf(m.places[i + 1]);
                m.log.restate(index, term, m.places[i], GroupLog.lengthOf(m.places[i + 1]));
            }
        }
        moved.clear();
    }

    private long restate(GroupLog log, long first, long bytesLeft, SegmentHead.Sink sink) {
        long[] places = log.places(first, Long.MAX_VALUE, ENTRIES_MAX);
        long bytes = 0;
        for (int i = 0; i < places.length; i += 2) {
            bytes += GroupLog.lengthOf(places[i + 1]);
        }
        boolean all = first + places.length / 2 > log.lastIndex();
        List<byte[]> entries = all && bytes <= bytesLeft ? read(log, first, places) : List.of();
        if (entries.isEmpty()) {
            return 0;
        }
        long[] next = places.clone();
        long previousTerm = log.term(first - 1);
        int from = 0;
        while (from < entries.size()) {
            int to = writeRecord(log.group(), first + from - 1, previousTerm, entries, from);
            long at = sink.record(record.array(), 0, record.length());
            long end = at + record.length();
            for (int i = to - 1; i >= from; i--) {
                end -= entries.get(i).length;
                next[2 * i] = end;
            }
            previousTerm = GroupLog.termOf(places[2 * to - 1]);
            from = to;
        }
        moved.add(new Moved(log, first, next));
        return bytes;
    }

    /// {@return the bytes of the entries; nothing if one does not check out: whoever needs it finds
    /// the damage where it is}
    private List<byte[]> read(GroupLog log, long first, long[] places) {
        List<byte[]> entries = new ArrayList<>(places.length / 2);
        for (int i = 0; i < places.length; i += 2) {
            byte[] bytes = new byte[GroupLog.lengthOf(places[i + 1])];
            long term = GroupLog.termOf(places[i + 1]);
            boolean sound =
                    wal.read(places[i], ByteBuffer.wrap(bytes))
                            && BatchFormat.readEntry(log.group(), first + i / 2, term, bytes)
                                    .isPresent();
            if (!sound) {
                return List.of();
            }
            entries.add(bytes);
        }
        return entries;
    }

    /// Fills [#record] with entries from `from` on.
    ///
    /// @return before which entry it ends
    private int writeRecord(
            int group, long previousIndex, long previousTerm, List<byte[]> entries, int from) {
        int room = recordBytesMax - 1 - BatchFormat.ITEM_BYTES_MAX;
        int to = from;
        while (to < entries.size() && (to == from || entries.get(to).length <= room)) {
            room -= entries.get(to).length;
            to++;
        }
        record.clear();
        record.u8(BatchFormat.FORMAT).u8(BatchFormat.RESTATED).varint(group);
        record.varint(previousIndex).varint(previousTerm).i32(to - from);
        for (int i = from; i < to; i++) {
            record.bytes(entries.get(i), 0, entries.get(i).length);
        }
        return to;
    }
}
