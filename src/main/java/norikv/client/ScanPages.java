package norikv.client;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import norikv.bytes.Bytes;
import norikv.domain.Item;
import norikv.domain.ScanCursor;
import norikv.domain.ShardSet;

/// What a scan holds and what it lacks: each shard is on one page that is being taken from, or is
/// wanted from one place on, or has ended.
///
/// An item comes out only when nothing is wanted: then every shard has an item to compare it with,
/// or has ended. **Threads.** Those of [ScanRun], one at a time. **Limits.** Those of [ScanRun].
final class ScanPages {
    /// A page that is being taken from.
    private static final class Page {
        final ShardSet shards;
        final List<Item> items;
        int taken;

        /// Whether nothing of its shards comes after it, and if something does, where.
        final boolean isLast;

        final ScanCursor next;

        Page(ShardSet shards, List<Item> items, boolean isLast, ScanCursor next) {
            this.shards = shards;
            this.items = items;
            this.isLast = isLast;
            this.next = next;
        }

        boolean isEmpty() {
            return taken == items.size();
        }

        boolean isUsedUp() {
            return isEmpty() && !isLast;
        }

        Bytes key() {
            return items.get(taken).key();
        }
    }

    private final boolean reverse;
    private final List<Page> pages = new ArrayList<>();

    /// The shards that go on at each place and are on no page.
    private final Map<ScanCursor, ShardSet> wanted = new LinkedHashMap<>();

    ScanPages(boolean reverse) {
        this.reverse = reverse;
    }

    /// {@return how many pages are held}
    int count() {
        return pages.size();
    }

    /// {@return what to ask for}
    Map<ScanCursor, ShardSet> wanted() {
        return wanted;
    }

    /// Notes that `shards`, which are on no page, go on at `from`.
    void want(ShardSet shards, ScanCursor from) {
        wanted.merge(from, shards, ShardSet::plus);
    }

    /// Takes the page that begins at `from` of `shards`, which were wanted there.
    ///
    /// @param isLast whether it reaches to the end of the range
    /// @param next where it goes on if it does not
    void add(
            ShardSet shards, ScanCursor from, List<Item> items, boolean isLast, ScanCursor next) {
        ShardSet rest = wanted.get(from).minus(shards);
        if (rest.isEmpty()) {
            wanted.remove(from);
        } else {
            wanted.put(from, rest);
        }
        pages.add(new Page(shards, items, isLast, next));
    }

    /// Gives up pages that are used up: what they are of is wanted from where they ended.
    void dropUsedUp() {
        for (Page page : pages) {
            if (page.isUsedUp()) {
                want(page.shards, page.next);
            }
        }
        pages.removeIf(Page::isEmpty);
    }

    /// Wants all of `shards` from one place on, and nothing else.
    void restart(ShardSet shards, ScanCursor from) {
        pages.clear();
        wanted.clear();
        wanted.put(from, shards);
    }

    /// {@return whether it is not known yet which item is next}
    boolean lacksSome() {
        return !wanted.isEmpty() || pages.stream().anyMatch(Page::isUsedUp);
    }

    /// {@return whether there is an item to take now}
    boolean hasItem() {
        return !lacksSome() && pages.stream().anyMatch(page -> !page.isEmpty());
    }

    /// Takes the next item, which [#hasItem()].
    Item take() {
        Page first =
                pages.stream().filter(page -> !page.isEmpty()).reduce(this::earlier).orElseThrow();
        return first.items.get(first.taken++);
    }

    private Page earlier(Page one, Page other) {
        int order = one.key().compareTo(other.key());
        return (reverse ? order > 0 : order < 0) ? one : other;
    }

    /// {@return where everything that was not taken comes after, if anything is left}
    Optional<ScanCursor> position() {
        List<ScanCursor> places = new ArrayList<>(wanted.keySet());
        for (Page page : pages) {
            if (!page.isEmpty()) {
                Bytes key = reverse ? page.key().successor() : page.key();
                places.add(new ScanCursor(reverse, key));
            } else if (!page.isLast) {
                places.add(page.next);
            }
        }
        return places.stream().reduce(this::earlier);
    }

    private ScanCursor earlier(ScanCursor one, ScanCursor other) {
        if (!reverse) {
            return one.key().compareTo(other.key()) <= 0 ? one : other;
        }
        // Backwards an empty key is behind all others.
        boolean isFirst =
                one.key().isEmpty()
                        || !other.key().isEmpty() && one.key().compareTo(other.key()) >= 0;
        return isFirst ? one : other;
    }
}
