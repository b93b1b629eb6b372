package norikv.raft;

import java.util.Arrays;
import java.util.StringJoiner;
import norikv.domain.NoriException;

/// An immutable set of replica ids, ascending.
///
/// An id names one incarnation of one replica of the group and is never used again for another:
/// 1 to [#ID_MAX]. **Limits.** At most [#COUNT_MAX] of them.
public final class Members {
    /// The most replicas of one group, learners and leaving ones included.
    public static final int COUNT_MAX = 16;

    /// The greatest id.
    public static final long ID_MAX = (1L << 56) - 1;

    /// Nobody.
    public static final Members NONE = new Members(new long[0]);

    private final long[] ids;

    private Members(long[] ids) {
        this.ids = ids;
    }

    /// {@return the set of `ids`; one that stands there twice counts once}
    ///
    /// **Errors.** [NoriException.Malformed] for an id out of range, or too many.
    public static Members of(long... ids) {
        long[] sorted = Arrays.stream(ids).sorted().distinct().toArray();
        if (sorted.length > COUNT_MAX) {
            throw NoriException.invalid(
                    "members: at most %d, got %d".formatted(COUNT_MAX, sorted.length));
        }
        if (sorted.length > 0 && (sorted[0] < 1 || sorted[sorted.length - 1] > ID_MAX)) {
            throw NoriException.invalid(
                    "members: ids 1 to %d, got %s".formatted(ID_MAX, Arrays.toString(sorted)));
        }
        return sorted.length == 0 ? NONE : new Members(sorted);
    }

    public int count() {
        return ids.length;
    }

    public boolean isEmpty() {
        return ids.length == 0;
    }

    /// {@return the id at `position`, 0 … count − 1, ascending}
    public long id(int position) {
        return ids[position];
    }

    public boolean contains(long id) {
        for (long each : ids) {
            if (each == id) {
                return true;
            }
        }
        return false;
    }

    /// {@return all that are here or in `other`}
    public Members plus(Members other) {
        long[] all = Arrays.copyOf(ids, ids.length + other.ids.length);
        System.arraycopy(other.ids, 0, all, ids.length, other.ids.length);
        return of(all);
    }

    /// {@return all that are here and not in `other`}
    public Members minus(Members other) {
        return of(Arrays.stream(ids).filter(id -> !other.contains(id)).toArray());
    }

    /// {@return all that are both here and in `other`}
    public Members common(Members other) {
        return of(Arrays.stream(ids).filter(other::contains).toArray());
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Members m && Arrays.equals(ids, m.ids);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(ids);
    }

    @Override
    public String toString() {
        StringJoiner text = new StringJoiner(" ", "(", ")");
        for (long id : ids) {
            text.add(Long.toString(id));
        }
        return text.toString();
    }
}
