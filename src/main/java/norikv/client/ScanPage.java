package norikv.client;

import java.util.List;
import norikv.domain.Item;

/// One page of a scan, for those who fetch page by page with [AsyncNorikv#page].
///
/// @param items in the order asked for; perhaps none although there are more pages
/// @param cursor for [ScanOptions#withCursor(String)], to get the next page; empty: there is none
/// @param behindMillis of a stale scan: how far the oldest shard of the page was behind; else 0
public record ScanPage(List<Item> items, String cursor, long behindMillis) {
    public ScanPage {
        items = List.copyOf(items);
    }
}
