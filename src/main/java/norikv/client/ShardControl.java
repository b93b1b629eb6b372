package norikv.client;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import norikv.domain.ErrorCode;
import norikv.domain.NodeId;
import norikv.domain.NoriException;
import norikv.domain.Reply;
import norikv.domain.Request;
import norikv.domain.ShardId;

/// What operators ask about one shard: where its replicas stand, who leads it, what it hashes to.
/// Made by [Norikv#shard(ShardId)]; nodes are named as [Norikv#topology()] has them, which is to be
/// asked first.
///
/// **Threads.** Any. **Errors.** As those of [Norikv#status(String)].
public final class ShardControl {
    private static final long PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(50);

    private final Norikv client;
    private final ShardId shard;

    ShardControl(Norikv client, ShardId shard) {
        this.client = client;
        this.shard = shard;
    }

    /// {@return where the replica on `node` stands}
    public Reply.Replica show(String node) {
        Reply reply = ask(node, new Request.ShowReplica(shard));
        if (reply instanceof Reply.Replica replica) {
            return replica;
        }
        throw Answers.failure("shard show", reply, 1);
    }

    /// {@return what the replicas on `nodes` hash to at one place of the shard's log, in order}
    ///
    /// Each is a [Reply.Hashed], or a [Reply.Failed] that says why not: `UNAVAILABLE` with a time
    /// to wait when the replica is past the place. Replicas hash to the same at the same place.
    ///
    /// @param index the index of the place, waited for if it is to come; 0: as each stands now
    public List<Reply> hash(List<String> nodes, long index, Duration deadline) {
        return client.askOnce(nodes, new Request.HashShard(shard, index), deadline);
    }

    /// Makes `node` lead the shard, and waits until it does. It stays there for ten minutes, or
    /// until that node restarts, though another one is preferred.
    ///
    /// **Errors.** `Unavailable` when it cannot take over, saying why: another node leads on, as if
    /// nobody had asked.
    public Reply.Led moveLeader(String node) {
        var order = new Request.MoveLeader(shard, new NodeId(node));
        long deadline = client.nanoTime() + client.options().deadline().toNanos();
        var last = new Reply.Failed(ErrorCode.UNAVAILABLE, "no leader is known", 0);
        String leader = "";
        while (client.nanoTime() < deadline) {
            // It has to know before it leads, or it would give the shard back.
            Reply.Led known = led(ask(node, order));
            if (known.leader().equals(node)) {
                return known;
            }
            leader = leader.isEmpty() ? known.leader() : leader;
            if (!leader.isEmpty()) {
                Reply reply = ask(leader, order);
                if (!(reply instanceof Reply.Failed failed) || !mayChange(failed)) {
                    return led(reply);
                }
                last = failed;
                leader = failed.leader();
            }
            client.pause(PAUSE_NANOS);
        }
        throw Answers.failure("shard move-leader", last, 1);
    }

    private Reply ask(String node, Request request) {
        return client.askOnce(List.of(node), request, client.options().deadline()).getFirst();
    }

    private static boolean mayChange(Reply.Failed failed) {
        return failed.code() == ErrorCode.NOT_LEADER
                || failed.code() == ErrorCode.UNAVAILABLE && failed.retryAfterMillis() > 0;
    }

    private static Reply.Led led(Reply reply) {
        if (reply instanceof Reply.Led led) {
            return led;
        }
        throw Answers.failure("shard move-leader", reply, 1);
    }
}
