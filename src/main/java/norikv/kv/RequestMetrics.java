package norikv.kv;

import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.concurrent.atomic.LongAdder;
import norikv.domain.ErrorCode;
import norikv.domain.Reply;
import norikv.observe.Counter;
import norikv.observe.Histogram;
import norikv.observe.Label;
import norikv.observe.Meter;

/// Counts requests by kind and outcome. An expected answer, such as a missing key or a precondition
/// that did not hold, counts as `OK`.
///
/// **Threads.** Any, without contention.
final class RequestMetrics {
    private static final int OK = ErrorCode.values().length;

    private final Map<Kind, Series> byKind = new EnumMap<>(Kind.class);

    RequestMetrics(Meter meter) {
        for (Kind kind : Kind.values()) {
            byKind.put(kind, new Series(meter, kind));
        }
    }

    /// The kinds of requests that are told apart.
    enum Kind {
        GET,
        PUT,
        DELETE,
        SCAN,
        BATCH,
        ADMIN;

        private Label label() {
            return new Label("op", name().toLowerCase(Locale.ROOT));
        }
    }

    void began(Kind kind) {
        byKind.get(kind).inFlight.increment();
    }

    void ended(Kind kind, Reply reply, long nanos) {
        Series series = byKind.get(kind);
        series.inFlight.decrement();
        series.durations.record(nanos);
        series.outcome(reply instanceof Reply.Failed failed ? failed.code().ordinal() : OK)
                .increment();
    }

    /// The instruments of one kind; a counter is made when its code first comes up.
    private static final class Series {
        private final Meter meter;
        private final Label op;
        private final LongAdder inFlight = new LongAdder();
        private final Histogram durations;
        private final AtomicReferenceArray<Counter> outcomes = new AtomicReferenceArray<>(OK + 1);

        Series(Meter meter, Kind kind) {
            this.meter = meter;
            this.op = kind.label();
            durations =
                    meter.durations(
                            "norikv_request_duration_seconds",
                            "Time from the arrival of a request to its reply.",
                            op);
            meter.gauge(
                    "norikv_requests_in_flight",
                    "Requests that are not answered yet.",
                    inFlight::sum,
                    op);
            outcome(OK);
        }

        private Counter outcome(int code) {
            Counter counter = outcomes.getAcquire(code);
            if (counter == null) {
                String symbol = code == OK ? "OK" : ErrorCode.values()[code].name();
                counter =
                        meter.counter(
                                "norikv_requests_total",
                                "Requests answered, by outcome.",
                                op,
                                new Label("code", symbol));
                // The meter gives the same counter to whoever asks at the same time.
                outcomes.setRelease(code, counter);
            }
            return counter;
        }
    }
}
