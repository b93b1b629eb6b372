package norikv.kv;

import java.util.Arrays;
import java.util.concurrent.atomic.AtomicReferenceArray;
import norikv.domain.ShardId;
import norikv.port.Changes;

/// Tells listeners what was applied, shard by shard in order, after it can be read.
///
/// **Threads.** Any may subscribe and close; [#publish] is called by the thread that applies the
/// shard.
final class ChangeStream implements Changes {
    private static final Listener[] NOBODY = {};

    private final AtomicReferenceArray<Listener[]> listeners;

    ChangeStream(int totalShards) {
        listeners = new AtomicReferenceArray<>(totalShards);
        for (int shard = 0; shard < totalShards; shard++) {
            listeners.set(shard, NOBODY);
        }
    }

    @Override
    public Subscription subscribe(ShardId shard, Listener listener) {
        // Wrapped, so that the same listener may subscribe twice and each can be taken out.
        Listener own = listener::changed;
        listeners.updateAndGet(shard.number(), all -> with(all, own));
        return () -> listeners.updateAndGet(shard.number(), all -> without(all, own));
    }

    boolean hasListeners(ShardId shard) {
        return listeners.getAcquire(shard.number()).length > 0;
    }

    void publish(ShardId shard, Change change) {
        for (Listener listener : listeners.getAcquire(shard.number())) {
            listener.changed(shard, change);
        }
    }

    private static Listener[] with(Listener[] all, Listener added) {
        Listener[] more = Arrays.copyOf(all, all.length + 1);
        more[all.length] = added;
        return more;
    }

    private static Listener[] without(Listener[] all, Listener removed) {
        return Arrays.stream(all).filter(one -> one != removed).toArray(Listener[]::new);
    }
}
