package norikv.client;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.Spliterator;
import java.util.Spliterators;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import norikv.domain.Item;
import norikv.domain.Request;
import norikv.domain.ScanCursor;

/// The items of a range, page after page, each fetched when it is needed.
///
/// A page is linearizable shard by shard at the time it is read; a whole scan is not a snapshot.
/// In a cluster each node is asked for the shards that it leads, and for a stale scan whichever
/// holds them. Items come in byte order, each key once. **Errors.** Those of [Norikv], from the
/// iterator, when a page cannot be fetched; the scan can be taken up from [#cursor()], by this
/// client or another. **Threads.** Confined to one. **Limits.** A page of each node is held,
/// together about as long as [ScanOptions#pageBytes()], or 16 KiB or one item each.
public final class Scan implements Iterable<Item>, AutoCloseable {
    private final Norikv client;
    private final ScanOptions options;
    private final ScanRun run;
    private long count;
    private boolean closed;

    Scan(Norikv client, ScanOptions options, Request.Projection projection) {
        this.client = client;
        this.options = options;
        this.run = client.run(options, projection);
    }

    static ScanRun run(Calls calls, ScanOptions options, Request.Projection projection) {
        var whole =
                new Request.Scan(
                        options.from(),
                        options.to(),
                        1,
                        1,
                        options.reverse(),
                        projection,
                        options.consistency(),
                        CursorText.parse(options.cursor()));
        return new ScanRun(
                new CalledNodes(calls), options, projection, ScanCursor.of(whole));
    }

    /// {@return up to `itemsMax` items that `run` has, and where the next page begins}
    static ScanPage page(ScanRun run, long itemsMax) {
        List<Item> items = new ArrayList<>();
        while (items.size() < itemsMax && run.hasItem()) {
            items.add(run.take());
        }
        return new ScanPage(
                items, run.position().map(CursorText::of).orElse(""), run.behindMillis());
    }

    /// {@return the items from here on} One pass: asking again goes on where the last one stopped.
    @Override
    public Iterator<Item> iterator() {
        return new Iterator<>() {
            @Override
            public boolean hasNext() {
                return fetch();
            }

            @Override
            public Item next() {
                if (!fetch()) {
                    throw new NoSuchElementException();
                }
                count++;
                return run.take();
            }
        };
    }

    /// {@return the items from here on}
    public Stream<Item> stream() {
        int traits = Spliterator.ORDERED | Spliterator.DISTINCT | Spliterator.NONNULL;
        return StreamSupport.stream(
                Spliterators.spliteratorUnknownSize(iterator(), traits), false);
    }

    /// {@return where another scan of the same range goes on, if there may be anything left}
    public Optional<String> cursor() {
        return run.position().map(CursorText::of);
    }

    /// {@return how many items were taken so far}
    public long count() {
        return count;
    }

    /// {@return of a stale scan: how far the oldest shard on any page so far was behind when the
    /// page was read, in milliseconds by the clocks of the nodes; else 0}
    public long behindMillis() {
        return run.behindMillis();
    }

    /// Fetches nothing more.
    @Override
    public void close() {
        closed = true;
    }

    /// Counts what is left, page by page.
    long countAll() {
        while (run.needsFill() && run.counted() < options.limit()) {
            client.fill(run, options.limit() - run.counted(), options.deadline());
        }
        return Math.min(run.counted(), options.limit());
    }

    /// Makes sure that there is an item to take.
    ///
    /// @return false when there is none
    private boolean fetch() {
        while (count < options.limit() && run.needsFill() && !closed) {
            client.fill(run, options.limit() - count, options.deadline());
        }
        return count < options.limit() && run.hasItem();
    }
}
