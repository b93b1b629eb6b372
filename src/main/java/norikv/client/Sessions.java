package norikv.client;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.random.RandomGenerator;
import norikv.bytes.ByteWriter;
import norikv.bytes.Bytes;
import norikv.domain.Request;
import norikv.domain.Session;
import norikv.domain.ShardId;

/// Numbers the writes of this client, shard by shard, so that a shard knows a retry again.
///
/// A shard remembers no more than so many numbers of a session, so the writes under way on one
/// shard are spread over as many sessions, *lanes*, as they need; nearly always it is one.
///
/// **Threads.** Any; each shard has a lock, held for a few steps. **Limits.** [#LANES_MAX] lanes a
/// shard: what is beyond goes without a number, and is not tried again when nobody knows what came
/// of it.
final class Sessions {
    /// The most lanes a shard.
    static final int LANES_MAX = 1_024;

    /// How much longer than its caller waits a write may be done: how far the clocks of client,
    /// nodes and log may be apart.
    static final long SLACK_MILLIS = 600_000;

    private static final int RANDOM_BYTES = 16;

    private final Bytes id;
    private final ConcurrentHashMap<Integer, Lanes> byShard = new ConcurrentHashMap<>();

    Sessions(RandomGenerator random) {
        byte[] bytes = new byte[RANDOM_BYTES];
        random.nextBytes(bytes);
        this.id = Bytes.wrap(bytes);
    }

    /// A number that is in use.
    static final class Lease {
        /// No number.
        static final Lease NONE = new Lease(new Lanes(), new Lane(0), 0);

        private final Lanes lanes;
        private final Lane lane;
        private final long sequence;

        private Lease(Lanes lanes, Lane lane, long sequence) {
            this.lanes = lanes;
            this.lane = lane;
            this.sequence = sequence;
        }
    }

    /// A write and the number that it has, if there was one to have.
    record Numbered(Request.Write write, Lease lease) {}

    /// Gives `write` a number, until [#end].
    ///
    /// @param notAfterMillis until when it may be done, by the clock of the nodes
    Numbered begin(Request.Write write, ShardId shard, long notAfterMillis) {
        Lanes lanes = byShard.computeIfAbsent(shard.number(), _ -> new Lanes());
        lanes.lock.lock();
        try {
            Optional<Lane> free = lanes.withRoom();
            if (free.isEmpty()) {
                return new Numbered(write, Lease.NONE);
            }
            Lane lane = free.get();
            long acknowledged = lane.acknowledged();
            long sequence = lane.next++;
            lane.open.add(sequence);
            var session = new Session(idOf(lane), sequence, acknowledged, notAfterMillis);
            Request.Write numbered = write.with(write.once().withSession(session));
            return new Numbered(numbered, new Lease(lanes, lane, sequence));
        } finally {
            lanes.lock.unlock();
        }
    }

    /// The client has the outcome, or will never ask for it again.
    void end(Lease lease) {
        lease.lanes.lock.lock();
        try {
            lease.lane.open.remove(lease.sequence);
        } finally {
            lease.lanes.lock.unlock();
        }
    }

    private Bytes idOf(Lane lane) {
        if (lane.id == null) {
            var out = new ByteWriter(RANDOM_BYTES + 3).bytes(id);
            lane.id = out.varint(lane.number).toBytes();
        }
        return lane.id;
    }

    /// The lanes of one shard.
    private static final class Lanes {
        final ReentrantLock lock = new ReentrantLock();
        private final List<Lane> all = new ArrayList<>();

        /// {@return one that takes another write, unless there are too many}
        Optional<Lane> withRoom() {
            for (Lane lane : all) {
                if (lane.next - lane.acknowledged() <= Session.OPEN_MAX) {
                    return Optional.of(lane);
                }
            }
            if (all.size() == LANES_MAX) {
                return Optional.empty();
            }
            all.add(new Lane(all.size()));
            return Optional.of(all.getLast());
        }
    }

    /// One session.
    private static final class Lane {
        final int number;
        final TreeSet<Long> open = new TreeSet<>();
        long next = 1;

        /// Null before the first write.
        Bytes id;

        Lane(int number) {
            this.number = number;
        }

        long acknowledged() {
            return open.isEmpty() ? next - 1 : open.first() - 1;
        }
    }
}
