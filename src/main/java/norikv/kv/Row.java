package norikv.kv;

import norikv.bytes.Bytes;
import norikv.port.Storage;

/// A place of a shard's state: a key and what it is for.
record Row(Storage.Space space, Bytes key) {}
