package norikv.host;

import java.lang.System.Logger.Level;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.function.Consumer;
import norikv.domain.NoriException;
import norikv.port.ShardStore;
import norikv.port.Storage;
import norikv.work.Loop;
import norikv.work.Loops;
import norikv.work.Step;

/// Computes what shards hold at a CHECK, one shard after the other and a bit at a time, so that it
/// costs disk and processor no more than a bound a second.
///
/// **Threads.** One loop drives it; any may [#take]. **Limits.** [CheckOptions]: how many bytes a
/// second; [#VIEWS_MAX] shards wait, each a view that keeps what it sees on the disk. There is no
/// room for more: they go without a digest.
final class Checker implements Step {
    /// How many shards may wait to be read.
    static final int VIEWS_MAX = 16;

    private final Throttle throttle;
    private final int stepBytes;
    private final ArrayBlockingQueue<Reading> waiting = new ArrayBlockingQueue<>(VIEWS_MAX);

    /// What is read at the moment; null: nothing.
    private Reading current;

    /// Null until it is started.
    private volatile Loop loop;

    /// One shard.
    private record Reading(
            Replica replica,
            Storage.Applied place,
            ShardStore.View view,
            ShardStore.Hashing hashing,
            Consumer<HostMessage> worker) {
        void end(Optional<ShardStore.Digest> digest) {
            view.close();
            worker.accept(new HostMessage.Digested(replica, replica.self(), place, digest));
        }
    }

    private Checker(CheckOptions options) {
        this.throttle = new Throttle(options.bytesPerSecondMax());
        this.stepBytes = options.stepBytes();
    }

    /// {@return one that runs, unless nothing is to be compared}
    ///
    /// @param started takes its loop
    static Checker started(CheckOptions options, Loops loops, List<Loop> started) {
        var checker = new Checker(options);
        if (!options.isOff()) {
            Loop own = loops.start("host-check", checker);
            started.add(own);
            checker.loop = own;
            own.wake();
        }
        return checker;
    }

    /// Takes a view of a shard that stands at `place`, and says later what it holds.
    ///
    /// @return whether there is room; if not, the view stays the caller's
    boolean take(
            Replica replica,
            Storage.Applied place,
            ShardStore.View view,
            Consumer<HostMessage> worker) {
        var hashing = view.hash(Set.of(replica.shard));
        boolean isTaken = waiting.offer(new Reading(replica, place, view, hashing, worker));
        Loop running = loop;
        if (running != null) {
            running.wake();
        }
        return isTaken;
    }

    @Override
    public long runOnce(long nowNanos) {
        if (current == null) {
            current = waiting.poll();
        }
        if (current == null) {
            return UNTIL_WOKEN;
        }
        if (!throttle.mayGo(nowNanos)) {
            return throttle.nextNanos();
        }
        throttle.went(stepBytes);
        read(current);
        return nowNanos;
    }

    private void read(Reading reading) {
        try {
            if (!reading.hashing.step(stepBytes)) {
                return;
            }
            current = null;
            reading.end(Optional.of(reading.hashing.digests().get(reading.replica.shard)));
        } catch (NoriException.NotLeader | NoriException.Corruption e) {
            // It was replaced by another replica's state meanwhile, or is damaged: others look
            // after that.
            Host.LOG.log(
                    Level.DEBUG,
                    () -> "Cannot check a shard. shard=%s %s".formatted(reading.replica.shard, e));
            current = null;
            reading.end(Optional.empty());
        }
    }

    /// Lets go of all views. The loop has ended.
    void finish() {
        if (current != null) {
            current.view.close();
        }
        waiting.forEach(reading -> reading.view.close());
        waiting.clear();
    }
}
