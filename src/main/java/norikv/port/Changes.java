package norikv.port;

import norikv.bytes.Bytes;
import norikv.domain.ShardId;
import norikv.domain.Version;

/// The ordered stream of what was applied to each shard.
public interface Changes {
    /// Calls `listener` for every change of `shard` applied from now on, in order, until closed.
    ///
    /// **Threads.** Any may subscribe; the listener is called by the thread that applies and must
    /// not block or throw.
    Subscription subscribe(ShardId shard, Listener listener);

    /// Hears changes.
    @FunctionalInterface
    interface Listener {
        void changed(ShardId shard, Change change);
    }

    /// Ends when closed.
    interface Subscription extends AutoCloseable {
        @Override
        void close();
    }

    /// One applied change.
    sealed interface Change {
        Version at();

        Bytes key();

        record Put(Version at, Bytes key, Bytes value, long expiresAtMillis) implements Change {}

        record Delete(Version at, Bytes key) implements Change {}
    }
}
