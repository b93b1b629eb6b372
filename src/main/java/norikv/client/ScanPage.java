package norikv.client;

import java.util.List;
import norikv.domain.Item;

/// One page of a scan, for those who fetch page by page with [AsyncNorikv#page].
///
/// @param items in the order asked for; perhaps none although there are more pages
/// @param cursor for [ScanOptions#withCursor(String)], to get the next page; empty: there is none
public record ScanPage(List<Item> items, String cursor) {
    public ScanPage {
        items = List.copyOf(items);
    }
}
