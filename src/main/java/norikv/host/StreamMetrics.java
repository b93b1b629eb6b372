package norikv.host;

import norikv.observe.Counter;
import norikv.observe.Event;
import norikv.observe.Label;
import norikv.observe.Meter;

/// What is counted and told of shards that go from node to node.
///
/// **Threads.** Any.
final class StreamMetrics {
    private static final String STARTED = "norikv_snapshot_streams_started_total";
    private static final String ENDED = "norikv_snapshot_streams_ended_total";
    private static final String BYTES = "norikv_snapshot_bytes_total";

    private final Event.Sink events;
    private final Side sent;
    private final Side received;
    private final Counter resumed;
    private final Counter refused;

    private record Side(Counter started, Counter done, Counter failed, Counter bytes) {
        static Side of(Meter meter, String name) {
            Label direction = new Label("direction", name);
            String ended = "Shards whose way from node to node ended.";
            return new Side(
                    meter.counter(STARTED, "Shards that went on their way.", direction),
                    meter.counter(ENDED, ended, direction, new Label("outcome", "done")),
                    meter.counter(ENDED, ended, direction, new Label("outcome", "failed")),
                    meter.counter(BYTES, "Bytes of shards on their way.", direction));
        }

        void ended(boolean isDone, long count) {
            (isDone ? done : failed).increment();
            bytes.add(count);
        }
    }

    StreamMetrics(Meter meter, Event.Sink events) {
        this.events = events;
        this.sent = Side.of(meter, "tx");
        this.received = Side.of(meter, "rx");
        this.resumed =
                meter.counter(
                        "norikv_snapshot_streams_resumed_total",
                        "How often a shard went on where a link had broken.");
        this.refused =
                meter.counter(
                        "norikv_snapshot_streams_refused_total",
                        "Shards that were not sent or received, for as many were already.");
    }

    void sendingBegan(Sending stream) {
        sent.started.increment();
        events.publish(
                new Event.Snapshot.Started(
                        stream.replica.shard.number(), stream.placeIndex(), "tx"));
    }

    void sendingEnded(Sending stream) {
        boolean isDone = stream.fate() == Sending.Fate.DONE;
        sent.ended(isDone, stream.bytes());
        events.publish(
                new Event.Snapshot.Ended(
                        stream.replica.shard.number(), stream.bytes(), "tx", isDone));
    }

    void resumed(Sending stream) {
        resumed.increment();
        events.publish(new Event.Snapshot.Resumed(stream.replica.shard.number(), stream.bytes()));
    }

    void refused() {
        refused.increment();
    }

    void receivingBegan(Receiving stream) {
        received.started.increment();
        long index = stream.what.meta().at().index();
        events.publish(
                new Event.Snapshot.Started(stream.replica.shard.number(), index, "rx"));
    }

    void receivingEnded(Receiving stream, boolean isInstalled) {
        received.ended(isInstalled, stream.bytes());
        events.publish(
                new Event.Snapshot.Ended(
                        stream.replica.shard.number(), stream.bytes(), "rx", isInstalled));
    }
}
