package norikv.raft;

import java.util.Arrays;
import java.util.List;
import norikv.domain.Version;

/// A group's log as the core sees it: what the host keeps, and behind it the tail that is not
/// durable yet.
///
/// ```
/// first … applied … handedOut … commit … durable │ tail … handedOver … last
///         └ applied ≤ handedOut ≤ commit ┘        └ only in memory ┘
/// ```
///
/// **Limits.** The tail holds at most the bytes of [RaftOptions#uncommittedBytesMax()], and one
/// message more.
final class Log {
    /// The term of an index that is compacted away or does not exist.
    static final long UNKNOWN = -1;

    private static final int TAIL_MIN = 8;

    private final LogReader stored;
    private final Records records;

    /// A ring: the entry at `index` stands at `index` modulo its length, a power of two.
    private Entry[] tail = new Entry[TAIL_MIN];

    /// The first index that is not durable. What the host keeps there and behind is outdated.
    private long tailFirst;

    private long last;
    private long tailBytes;

    /// What of the tail was not handed over yet, bytes.
    private long unrecordedBytes;

    private long handedOver;
    private long commit;
    private long handedOut;
    private long applied;

    Log(LogReader stored, Records records, long commit, long applied) {
        this.stored = stored;
        this.records = records;
        this.last = stored.lastIndex();
        this.tailFirst = last + 1;
        this.handedOver = last;
        this.commit = commit;
        this.handedOut = applied;
        this.applied = applied;
        assert applied <= commit : this;
        assert commit <= last : this;
        assert stored.firstIndex() <= applied + 1 : this;
    }

    long first() {
        return stored.firstIndex();
    }

    long last() {
        return last;
    }

    Version lastVersion() {
        return new Version(term(last), last);
    }

    /// {@return the last index that is durable here}
    long durable() {
        return tailFirst - 1;
    }

    long commit() {
        return commit;
    }

    long applied() {
        return applied;
    }

    /// {@return how much of the tail is only in memory, bytes}
    long tailBytes() {
        return tailBytes;
    }

    /// {@return the term at `index`, or [#UNKNOWN]}
    long term(long index) {
        if (index > last || index < stored.firstIndex() - 1) {
            return UNKNOWN;
        }
        return index >= tailFirst ? tail[slot(index)].term() : stored.term(index);
    }

    /// {@return the stamp of the last entry}
    long lastLogTimeMillis() {
        return last >= tailFirst ? tail[slot(last)].logTimeMillis() : stored.logTimeMillis(last);
    }

    boolean contains(Version at) {
        return term(at.index()) == at.term();
    }

    /// {@return the last entry at `index` or before whose term is not behind `term`} Neither side
    /// of a disagreement can share anything after it. **Source.** Raft dissertation §3.5.
    Version lastNotBehind(long index, long term) {
        long at = Math.min(index, last);
        long end = stored.firstIndex() - 1;
        while (at > end && term(at) > term) {
            at--;
        }
        return new Version(Math.max(0, term(at)), at);
    }

    /// {@return entries from `from` to before `to`, at most `bytesMax` bytes but at least one; none
    /// if they are not in memory}
    List<Entry> entries(long from, long to, int bytesMax) {
        assert from >= stored.firstIndex() : from + " in " + this;
        assert to <= last + 1 : to + " in " + this;
        List<Entry> found =
                from < tailFirst
                        ? stored.read(from, Math.min(to, tailFirst), bytesMax)
                        : List.of();
        assert found.isEmpty() || found.getFirst().index() == from : from + " " + found;
        if (to <= tailFirst || from + found.size() < tailFirst) {
            return found;
        }
        int bytes = 0;
        for (int i = 0; i < found.size(); i++) {
            bytes += found.get(i).bytes();
        }
        long begin = from + found.size();
        long end = begin;
        while (end < to) {
            bytes += tail[slot(end)].bytes();
            if (bytes > bytesMax && end > from) {
                break;
            }
            end++;
        }
        return end == begin ? found : behind(found, begin, end);
    }

    /// {@return `found` and behind it the tail from `begin` to before `end`}
    private List<Entry> behind(List<Entry> found, long begin, long end) {
        if (found.isEmpty() && end == begin + 1) {
            return List.of(tail[slot(begin)]);
        }
        Entry[] all = found.toArray(new Entry[found.size() + (int) (end - begin)]);
        for (long index = begin; index < end; index++) {
            all[found.size() + (int) (index - begin)] = tail[slot(index)];
        }
        return Arrays.asList(all);
    }

    void append(Entry entry) {
        assert entry.index() == last + 1 : entry.at() + " behind " + last;
        assert entry.term() >= term(last) : entry.at() + " behind term " + term(last);
        if (last + 1 - tailFirst == tail.length) {
            grow();
        }
        last++;
        tail[slot(last)] = entry;
        tailBytes += entry.bytes();
        unrecordedBytes += entry.bytes();
    }

    /// Takes back everything from `index` on: a leader has other entries there.
    void truncateFrom(long index) {
        assert index > commit : index + " is committed, " + this;
        assert index <= last : index + " in " + this;
        while (last >= index && last >= tailFirst) {
            tailBytes -= tail[slot(last)].bytes();
            unrecordedBytes -= last > handedOver ? tail[slot(last)].bytes() : 0;
            tail[slot(last)] = null;
            last--;
        }
        last = index - 1;
        tailFirst = Math.min(tailFirst, index);
        handedOver = Math.min(handedOver, last);
        records.cutTo(last);
    }

    /// {@return how many entries were not handed over to be persisted}
    long unrecordedEntries() {
        return last - handedOver;
    }

    long unrecordedBytes() {
        return unrecordedBytes;
    }

    boolean hasMoreToPersist() {
        return handedOver < last;
    }

    /// Gives all entries that were not handed over yet to be persisted.
    void handOver(List<Entry> to) {
        for (long index = handedOver + 1; index <= last; index++) {
            to.add(tail[slot(index)]);
        }
        handedOver = last;
        unrecordedBytes = 0;
    }

    /// The log is durable up to `index`; 0: no news.
    void persisted(long index) {
        assert index <= handedOver : index + " in " + this;
        while (tailFirst <= index) {
            tailBytes -= tail[slot(tailFirst)].bytes();
            tail[slot(tailFirst)] = null;
            tailFirst++;
        }
        if (tailFirst > last && tail.length > TAIL_MIN) {
            tail = new Entry[TAIL_MIN];
        }
        assert tailBytes >= 0 : tailBytes;
    }

    void commitTo(long index) {
        assert index >= commit : index + " in " + this;
        assert index <= last : index + " in " + this;
        commit = index;
    }

    /// Hands out committed and durable entries, if the ones handed out before are applied.
    void handOut(List<Entry> to, int bytesMax) {
        long end = Math.min(commit, durable());
        if (handedOut == applied && handedOut < end) {
            List<Entry> found = entries(handedOut + 1, end + 1, bytesMax);
            for (int i = 0; i < found.size(); i++) {
                to.add(found.get(i));
            }
            handedOut += found.size();
        }
    }

    void applied(long index) {
        assert index >= applied : index + " in " + this;
        assert index <= handedOut : index + " in " + this;
        applied = index;
    }

    /// The state machine is another replica's as of `index`, which is here, durable and committed.
    void rebuilt(long index) {
        assert index >= applied : index + " in " + this;
        assert index <= commit && index <= durable() : index + " in " + this;
        applied = index;
        handedOut = Math.max(handedOut, index);
    }

    /// The host keeps nothing but a snapshot at `at` now.
    void startBehind(Version at) {
        assert at.index() > commit : at + " in " + this;
        assert stored.lastIndex() == at.index() : stored.lastIndex() + " behind snapshot " + at;
        assert stored.term(at.index()) == at.term() : at.toString();
        tail = new Entry[TAIL_MIN];
        tailBytes = 0;
        unrecordedBytes = 0;
        last = at.index();
        tailFirst = last + 1;
        handedOver = last;
        commit = last;
        handedOut = last;
        applied = last;
        records.cutTo(0);
    }

    private void grow() {
        Entry[] wider = new Entry[2 * tail.length];
        for (long index = tailFirst; index <= last; index++) {
            wider[(int) (index & wider.length - 1)] = tail[slot(index)];
        }
        tail = wider;
    }

    private int slot(long index) {
        return (int) (index & tail.length - 1);
    }

    @Override
    public String toString() {
        return "log[first=%d applied=%d handedOut=%d commit=%d durable=%d handedOver=%d last=%d]"
                .formatted(first(), applied, handedOut, commit, durable(), handedOver, last);
    }
}
