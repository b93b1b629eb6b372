package norikv.sstable;

import java.util.ArrayList;
import java.util.List;
import norikv.bytes.Region;

/// Finds the data block of a place: the index of an open table, checked and in private memory.
final class TableIndex {
    private final Region region;
    private final int root;
    private final boolean cut;
    private final int regionAt;
    private final int[] blockAt;

    /// The index in `region`, which holds the file's bytes from `regionAt` on.
    ///
    /// @param root where the root is in the region
    /// @param cut whether it is over leaves, not over data blocks
    /// @param blockAt where each data block begins, then where the last one ends
    TableIndex(Region region, int root, boolean cut, int regionAt, int[] blockAt) {
        this.region = region;
        this.root = root;
        this.cut = cut;
        this.regionAt = regionAt;
        this.blockAt = blockAt;
    }

    /// {@return an index by which every place is in one block, of which nothing else is known}
    ///
    /// @param zeros an index block of no separator
    static TableIndex ofOneBlock(Region zeros) {
        return new TableIndex(zeros, 0, false, 0, new int[2]);
    }

    int blockCount() {
        return blockAt.length - 1;
    }

    /// {@return where data block `block` begins; for `block` = count, where the last one ends}
    int blockAt(int block) {
        return blockAt[block];
    }

    /// {@return the only data block that can hold an entry at the given place; count if all entries
    /// are before it}
    int find(byte[] key, int offset, int length, int tablet, long trailer) {
        int leaf = root;
        if (cut) {
            int slot = IndexBlock.search(region, root, key, offset, length, tablet, trailer);
            if (slot == IndexBlock.count(region, root)) {
                return blockCount();
            }
            leaf = IndexBlock.childAt(region, root, slot) - regionAt;
        }
        return IndexBlock.first(region, leaf)
                + IndexBlock.search(region, leaf, key, offset, length, tablet, trailer);
    }

    /// {@return where each leaf begins in the file; nothing if there are none}
    List<Integer> leafStarts() {
        List<Integer> starts = new ArrayList<>();
        for (int i = 0; cut && i < IndexBlock.count(region, root); i++) {
            starts.add(IndexBlock.childAt(region, root, i));
        }
        return starts;
    }

    /// {@return the separator that ends data block `block`}
    Separator separator(int block) {
        int leaf = root;
        if (cut) {
            int low = 0;
            int high = IndexBlock.count(region, root) - 1;
            while (low < high) {
                int middle = low + high + 1 >>> 1;
                int at = IndexBlock.childAt(region, root, middle) - regionAt;
                if (IndexBlock.first(region, at) <= block) {
                    low = middle;
                } else {
                    high = middle - 1;
                }
            }
            leaf = IndexBlock.childAt(region, root, low) - regionAt;
        }
        return IndexBlock.separator(region, leaf, block - IndexBlock.first(region, leaf));
    }
}
