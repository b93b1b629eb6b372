package norikv.torture;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/// Measures what it costs callers that a node comes back which was away until the logs of the
/// others were truncated past it: it needs whole shards, from the leaders that serve the callers.
///
/// An open load goes on all the time. Its calls are told apart by when they should have begun:
/// while all was calm, while the node was away, and from its start until it had all that was
/// committed when it was started.
///
/// **Limits.** [#AWAY_MAX] and [#BACK_MAX] bound what is waited for; what did not come by
/// then is in the report.
public final class CatchUp {
    /// How long the load runs before it counts.
    static final Duration WARMUP = Duration.ofSeconds(5);

    /// How long the node is away at the most.
    static final Duration AWAY_MAX = Duration.ofSeconds(120);

    /// How long it has to get everything.
    static final Duration BACK_MAX = Duration.ofSeconds(120);

    /// How often it is looked how far things are.
    private static final Duration LOOK = Duration.ofMillis(500);

    private final Stage stage;
    private final Consumer<String> news;

    /// Where a call belongs, by when it should have begun.
    enum Phase {
        WARMUP,
        CALM,
        AWAY,
        BACK,
        END
    }

    /// The nodes and the load, as far as this has to know them.
    interface Stage {
        /// All calls that should begin from now on belong to `phase`.
        void enter(Phase phase);

        void await(Duration time);

        /// Ends the node that is to be away.
        void stopNode();

        /// {@return whether no other node's log reaches back to where that node stands, in any of
        /// its shards}
        boolean isBeyondLogs();

        /// Starts the node again, and does not wait.
        void startNode();

        /// {@return whether it has all that was committed when it was started}
        boolean hasCaughtUp();

        /// {@return what calls of `phase` took, of those that were answered, nanoseconds, and how
        /// many were not}
        CatchUpReport.Latencies latencies(Phase phase);

        /// {@return by name what was counted of whole shards that went around}
        Map<String, Long> streams();

        /// {@return what should not have happened, in words}
        List<String> troubles();
    }

    CatchUp(Stage stage, Consumer<String> news) {
        this.stage = stage;
        this.news = news;
    }

    /// Runs it on a stage on which all nodes serve and the load is under way.
    CatchUpReport run(Duration calm) {
        news.accept("warming up for " + WARMUP.toSeconds() + " s");
        stage.enter(Phase.WARMUP);
        stage.await(WARMUP);
        news.accept("all is calm for " + calm.toSeconds() + " s");
        stage.enter(Phase.CALM);
        stage.await(calm);
        news.accept("a node goes away until the logs are truncated past it");
        stage.enter(Phase.AWAY);
        stage.stopNode();
        Duration away = until(AWAY_MAX, stage::isBeyondLogs);
        boolean isBeyond = away.compareTo(AWAY_MAX) < 0;
        news.accept(
                isBeyond
                        ? "it comes back after " + away.toSeconds() + " s"
                        : "the logs still reach back to it; it comes back all the same");
        stage.enter(Phase.BACK);
        stage.startNode();
        Duration back = until(BACK_MAX, stage::hasCaughtUp);
        stage.enter(Phase.END);
        return new CatchUpReport(
                stage.latencies(Phase.CALM),
                stage.latencies(Phase.AWAY),
                stage.latencies(Phase.BACK),
                isBeyond,
                back.compareTo(BACK_MAX) < 0,
                away,
                back,
                stage.streams(),
                stage.troubles());
    }

    /// @return how long it took until `isSo`; `most` if it did not come
    private Duration until(Duration most, BooleanSupplier isSo) {
        Duration waited = Duration.ZERO;
        while (waited.compareTo(most) < 0 && !isSo.getAsBoolean()) {
            stage.await(LOOK);
            waited = waited.plus(LOOK);
        }
        return waited.compareTo(most) < 0 ? waited : most;
    }
}
