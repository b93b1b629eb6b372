package norikv.client;

import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.Spliterator;
import java.util.Spliterators;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import norikv.bytes.Bytes;
import norikv.domain.ErrorCode;
import norikv.domain.Item;
import norikv.domain.Limits;
import norikv.domain.NoriException;
import norikv.domain.Reply;
import norikv.domain.Request;

/// The items of a range, page after page, each fetched when it is needed.
///
/// A page is linearizable shard by shard at the time it is read; a whole scan is not a snapshot.
/// Items come in byte order, each key once. **Errors.** Those of [Norikv], from the iterator, when
/// a page cannot be fetched; the scan can be taken up from [#cursor()]. **Threads.** Confined to
/// one. **Limits.** One page is held, at most [Limits#REQUEST_BYTES_MAX] bytes.
public final class Scan implements Iterable<Item>, AutoCloseable {
    private final Norikv client;
    private final ScanOptions options;
    private final Request.Projection projection;
    private Reply.Page page;

    /// The cursor that `page` was asked for with, and how many of its items were taken.
    private Bytes pageCursor;

    private int taken;
    private long count;
    private boolean ended;

    Scan(Norikv client, ScanOptions options, Request.Projection projection) {
        this.client = client;
        this.options = options;
        this.projection = projection;
        Bytes start = CursorText.parse(options.cursor());
        this.pageCursor = start;
        this.page = new Reply.Page(List.of(), 0, start);
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
                return page.items().get(taken++);
            }
        };
    }

    /// {@return the items from here on}
    public Stream<Item> stream() {
        int traits = Spliterator.ORDERED | Spliterator.DISTINCT | Spliterator.NONNULL;
        return StreamSupport.stream(
                Spliterators.spliteratorUnknownSize(iterator(), traits), false);
    }

    /// {@return where another scan of the same range goes on, if there is anything left} Within a
    /// page it is where that page began: what was taken of it comes again.
    public Optional<String> cursor() {
        Bytes cursor = taken < page.items().size() ? pageCursor : page.cursor();
        return cursor.isEmpty() ? Optional.empty() : Optional.of(CursorText.of(cursor));
    }

    /// {@return how many items were taken so far}
    public long count() {
        return count;
    }

    /// Fetches nothing more.
    @Override
    public void close() {
        ended = true;
    }

    /// Counts what is left, page by page.
    long countAll() {
        while (!ended) {
            next();
            count += page.count();
        }
        return count;
    }

    /// Makes sure that there is an item to take.
    ///
    /// @return false when there is none
    private boolean fetch() {
        while (taken == page.items().size() && !ended && count < options.limit()) {
            next();
        }
        return taken < page.items().size() && count < options.limit();
    }

    private void next() {
        Bytes cursor = page.cursor();
        long left = options.limit() - count;
        boolean counts = projection == Request.Projection.COUNT;
        int most = counts ? Integer.MAX_VALUE : Limits.PAGE_ITEMS_MAX;
        page =
                client.page(
                        new Request.Scan(
                                options.from(),
                                options.to(),
                                (int) Math.min(left, most),
                                options.pageBytes(),
                                options.reverse(),
                                projection,
                                options.consistency(),
                                cursor),
                        options.deadline());
        if (page.count() == 0 && !page.cursor().isEmpty() && page.cursor().equals(cursor)) {
            throw new NoriException.Broken(
                    ErrorCode.INTERNAL, "scan: a page that got further, got the same cursor again");
        }
        pageCursor = cursor;
        taken = 0;
        ended = page.cursor().isEmpty() || left <= page.count();
    }
}
