package norikv.client;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import norikv.bytes.Bytes;
import norikv.domain.Consistency;
import norikv.domain.Item;
import norikv.domain.Precondition;
import norikv.domain.Reply;
import norikv.domain.Request;
import norikv.domain.ScanCursor;
import norikv.domain.Version;

/// A script that keeps what it is given in a map.
final class FakeStore implements FakeNode.Script {
    private final TreeMap<Bytes, Item> items = new TreeMap<>();
    private long index;

    @Override
    public void request(FakeNode.Peer peer, long id, Request request) throws IOException {
        peer.reply(id, answer(request));
    }

    synchronized Reply answer(Request request) {
        return switch (request) {
            case Request.Get(var key, _, _) -> {
                Item item = items.get(key);
                yield item == null
                        ? new Reply.Missing()
                        : new Reply.Found(item.value(), item.version(), item.expiresAtMillis());
            }
            case Request.Put put -> {
                if (!holds(put.condition(), put.key())) {
                    yield new Reply.Mismatch(versionOf(put.key()));
                }
                var at = new Version(1, ++index);
                items.put(put.key(), new Item(put.key(), put.value(), at, put.ttlMillis()));
                yield new Reply.Written(at);
            }
            case Request.Delete delete -> {
                if (!holds(delete.condition(), delete.key())) {
                    yield new Reply.Mismatch(versionOf(delete.key()));
                }
                boolean existed = items.remove(delete.key()) != null;
                yield new Reply.Deleted(existed, new Version(1, ++index));
            }
            case Request.Batch(var operations) ->
                    new Reply.Batched(operations.stream().map(this::answer).toList());
            case Request.Scan scan -> page(scan);
            case Request.ScanPart _, Request.Topology _, Request.OfShard _ ->
                    throw new AssertionError(request);
            case Request.Status _ ->
                    new Reply.Status(
                            Map.of("node_id", "fake"),
                            List.of(new Reply.Check("log", true, "")),
                            Map.of("norikv_puts_total", index));
        };
    }

    private boolean holds(Precondition condition, Bytes key) {
        return switch (condition) {
            case Precondition.None _ -> true;
            case Precondition.IfAbsent _ -> !items.containsKey(key);
            case Precondition.IfVersion(var required) -> versionOf(key).equals(required);
        };
    }

    private Version versionOf(Bytes key) {
        Item item = items.get(key);
        return item == null ? Version.NONE : item.version();
    }

    /// Pages of at most ten items.
    private Reply page(Request.Scan scan) {
        assert scan.consistency() == Consistency.LINEARIZABLE;
        var range = scan.reverse() ? items.descendingMap() : items;
        List<Item> found = new ArrayList<>();
        Bytes start = ScanCursor.of(scan).key();
        Bytes last = Bytes.EMPTY;
        for (Item item : range.values()) {
            Bytes key = item.key();
            boolean before =
                    scan.reverse()
                            ? !start.isEmpty() && key.compareTo(start) >= 0
                            : key.compareTo(start) < 0;
            boolean inside =
                    key.compareTo(scan.from()) >= 0
                            && (scan.to().isEmpty() || key.compareTo(scan.to()) < 0);
            if (before || !inside) {
                continue;
            }
            if (found.size() == Math.min(10, scan.limit())) {
                Bytes next = scan.reverse() ? last : last.successor();
                return page(scan, found, new ScanCursor(scan.reverse(), next).encode());
            }
            boolean keys = scan.projection() != Request.Projection.ITEMS;
            found.add(keys ? new Item(key, Bytes.EMPTY, item.version(), 0) : item);
            last = key;
        }
        return page(scan, found, Bytes.EMPTY);
    }

    private static Reply page(Request.Scan scan, List<Item> found, Bytes cursor) {
        boolean count = scan.projection() == Request.Projection.COUNT;
        return new Reply.Page(count ? List.of() : found, found.size(), cursor);
    }
}
