package norikv.observe;

/// One bounded dimension of a metric, such as `op="put"`. Never a key, client, address or shard.
public record Label(String name, String value) {}
