package norikv.lsm;

import java.util.Arrays;

/// Which of many children comes first: a binary heap over their keys, for every merge there is.
///
/// Beside each child lie eight bytes of its key, so most comparisons touch nothing else. The child
/// that would follow the first is remembered: while one child goes on giving the next entry, each
/// step is one comparison.
///
/// **Threads.** Confined to one. Nothing is allocated but for more children than ever before.
final class KeyHeap {
    private static final int UNKNOWN = 0;

    private final Ties ties;
    private int[] heap = new int[8];
    private long[] prefixes = new long[8];
    private int size;
    private boolean backward;

    /// Where the second child is in the heap, 1 or 2, or [#UNKNOWN].
    private int second = UNKNOWN;

    /// Decides where the eight bytes are equal.
    interface Ties {
        /// {@return whether child `one` stands before child `other` in ascending order}
        boolean comesFirst(int one, int other);
    }

    KeyHeap(Ties ties) {
        this.ties = ties;
    }

    /// Becomes empty, for children 0 … `children` − 1.
    ///
    /// @param newBackward whether the greatest comes first
    void begin(int children, boolean newBackward) {
        if (heap.length < children) {
            heap = new int[children];
            prefixes = new long[children];
        }
        size = 0;
        second = UNKNOWN;
        backward = newBackward;
    }

    /// Takes a child in; [#build] follows the last.
    void add(int child, long prefix) {
        prefixes[child] = prefix;
        heap[size++] = child;
    }

    void build() {
        for (int at = size / 2 - 1; at >= 0; at--) {
            sink(at);
        }
    }

    int size() {
        return size;
    }

    /// {@return the first child}
    int top() {
        return heap[0];
    }

    int child(int at) {
        return heap[at];
    }

    long prefix(int child) {
        return prefixes[child];
    }

    /// Gives a child another eight bytes of the same key; all are to get them from the same place.
    void prefix(int child, long prefix) {
        prefixes[child] = prefix;
    }

    /// The first child moved on to a key that begins with `prefix`.
    void replaceTop(long prefix) {
        int top = heap[0];
        prefixes[top] = prefix;
        if (size == 1) {
            return;
        }
        if (second == UNKNOWN) {
            second = size == 2 || comesFirst(heap[1], heap[2]) ? 1 : 2;
        }
        if (comesFirst(top, heap[second])) {
            return;
        }
        heap[0] = heap[second];
        heap[second] = top;
        sink(second);
        second = UNKNOWN;
    }

    /// The first child has no more keys.
    void removeTop() {
        heap[0] = heap[--size];
        second = UNKNOWN;
        if (size > 1) {
            sink(0);
        }
    }

    void clear() {
        size = 0;
    }

    private void sink(int start) {
        int child = heap[start];
        int at = start;
        while (true) {
            int below = 2 * at + 1;
            if (below >= size) {
                break;
            }
            if (below + 1 < size && comesFirst(heap[below + 1], heap[below])) {
                below++;
            }
            if (comesFirst(child, heap[below])) {
                break;
            }
            heap[at] = heap[below];
            at = below;
        }
        heap[at] = child;
    }

    private boolean comesFirst(int one, int other) {
        long left = prefixes[one];
        long right = prefixes[other];
        return (left != right
                        ? Long.compareUnsigned(left, right) < 0
                        : ties.comesFirst(one, other))
                != backward;
    }

    @Override
    public String toString() {
        return Arrays.toString(Arrays.copyOf(heap, size));
    }
}
