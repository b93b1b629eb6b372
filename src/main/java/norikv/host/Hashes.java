package norikv.host;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import norikv.domain.ErrorCode;
import norikv.domain.NoriException;
import norikv.domain.Reply;
import norikv.port.ShardStore;
import norikv.port.Storage;
import norikv.work.Clock;
import norikv.work.Pool;

/// Computes what shards hash to, a bit at a time, between other work of the pool.
///
/// **Threads.** Begun by a worker, then the pool's. **Limits.** [#HASHES_MAX] at a time, each a
/// view of a shard; those beyond are refused.
final class Hashes {
    /// The most at a time.
    static final int HASHES_MAX = 4;

    private static final long STEP_BYTES = 1 << 20;
    private static final long RETRY_MILLIS = 100;

    private final ShardStore shards;
    private final Pool pool;
    private final Clock clock;
    private final Set<Hash> running = ConcurrentHashMap.newKeySet();

    Hashes(ShardStore shards, Pool pool, Clock clock) {
        this.shards = shards;
        this.pool = pool;
        this.clock = clock;
    }

    /// Takes the view of a shard as it stands, and begins to read it. By the worker that applies to
    /// it, between two entries.
    void begin(HostMessage.Steered order) {
        if (running.size() >= HASHES_MAX) {
            order.answer.reply(
                    new Reply.Failed(
                            ErrorCode.RESOURCE_EXHAUSTED,
                            "shards: at most %d are hashed at a time".formatted(HASHES_MAX),
                            RETRY_MILLIS));
            return;
        }
        Hash hash;
        try {
            hash = new Hash(order, shards.view(Set.of(order.replica.shard)));
        } catch (NoriException e) {
            order.answer.reply(e.toReply());
            return;
        }
        running.add(hash);
        hash.queue();
    }

    /// Lets go of all views. The pool has ended.
    void finish() {
        running.forEach(hash -> hash.end(Refusals.closed().toReply()));
    }

    private final class Hash {
        private final HostMessage.Steered order;
        private final ShardStore.View view;
        private final Storage.Applied place;
        private final ShardStore.Hashing hashing;

        Hash(HostMessage.Steered order, ShardStore.View view) {
            this.order = order;
            this.view = view;
            this.place = view.applied(order.replica.shard).orElseThrow();
            this.hashing = view.hash(Set.of(order.replica.shard));
        }

        void queue() {
            if (!pool.offer(this::step)) {
                end(Refusals.tooMuchWaits().toReply());
            }
        }

        private void step() {
            try {
                if (clock.nanoTime() >= order.deadlineNanos) {
                    String late = "shard %s: not all of it was read in time";
                    end(
                            new Reply.Failed(
                                    ErrorCode.DEADLINE_EXCEEDED,
                                    late.formatted(order.replica.shard),
                                    0));
                } else if (hashing.step(STEP_BYTES)) {
                    ShardStore.Digest digest = hashing.digests().get(order.replica.shard);
                    end(
                            new Reply.Hashed(
                                    place.at(),
                                    place.logTimeMillis(),
                                    digest.rows(),
                                    digest.hash()));
                } else {
                    queue();
                }
            } catch (NoriException e) {
                end(e.toReply());
            }
        }

        private void end(Reply reply) {
            if (running.remove(this)) {
                view.close();
                order.answer.reply(reply);
            }
        }
    }
}
