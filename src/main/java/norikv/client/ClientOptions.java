package norikv.client;

import java.time.Duration;
import java.util.concurrent.Executor;
import norikv.domain.Consistency;
import norikv.domain.NoriException;
import norikv.wire.RequestCodec;

/// How a client behaves; begin with [#defaults()].
///
/// @param deadline how long a call may take in all, retries and waiting included
/// @param consistency how fresh the reads are that do not say it themselves
/// @param maxInFlight how many calls may be unanswered at once, 1 to 16384. At the bound a
///     synchronous call waits within its deadline and an asynchronous one fails with
///     [NoriException.Overloaded].
/// @param connectionsPerNode 1 or 2
/// @param connectTimeout how long opening a connection and agreeing on a version may take
/// @param name who this is, for the nodes' logs: at most 100 characters
/// @param callbacks completes the futures of the asynchronous calls. By default that is the thread
///     that read the answer, which must not block: nothing else is read meanwhile.
public record ClientOptions(
        Duration deadline,
        Consistency consistency,
        int maxInFlight,
        int connectionsPerNode,
        Duration connectTimeout,
        String name,
        Executor callbacks) {

    static final int IN_FLIGHT_MAX = 16_384;
    static final int CONNECTIONS_MAX = 2;
    static final int NAME_CHARS_MAX = 100;
    static final Duration DEADLINE_MAX = Duration.ofMillis(RequestCodec.DEADLINE_MILLIS_MAX);

    private static final Executor ON_THE_READING_THREAD = Runnable::run;

    public ClientOptions {
        checkDeadline("deadline", deadline);
        checkDeadline("connect_timeout", connectTimeout);
        check("max_in_flight", maxInFlight, IN_FLIGHT_MAX);
        check("connections_per_node", connectionsPerNode, CONNECTIONS_MAX);
        if (name.length() > NAME_CHARS_MAX) {
            throw NoriException.invalid(
                    "name: at most %d characters, got %d".formatted(NAME_CHARS_MAX, name.length()));
        }
    }

    /// {@return 5 s a call, linearizable reads, 1024 calls in flight, one connection a node}
    public static ClientOptions defaults() {
        return new ClientOptions(
                Duration.ofSeconds(5),
                Consistency.LINEARIZABLE,
                1024,
                1,
                Duration.ofSeconds(2),
                "norikv-java",
                ON_THE_READING_THREAD);
    }

    public ClientOptions withDeadline(Duration limit) {
        return new ClientOptions(
                limit, consistency, maxInFlight, connectionsPerNode, connectTimeout, name,
                callbacks);
    }

    public ClientOptions withConsistency(Consistency level) {
        return new ClientOptions(
                deadline, level, maxInFlight, connectionsPerNode, connectTimeout, name, callbacks);
    }

    public ClientOptions withMaxInFlight(int calls) {
        return new ClientOptions(
                deadline, consistency, calls, connectionsPerNode, connectTimeout, name, callbacks);
    }

    public ClientOptions withConnectionsPerNode(int count) {
        return new ClientOptions(
                deadline, consistency, maxInFlight, count, connectTimeout, name, callbacks);
    }

    public ClientOptions withConnectTimeout(Duration limit) {
        return new ClientOptions(
                deadline, consistency, maxInFlight, connectionsPerNode, limit, name, callbacks);
    }

    public ClientOptions withName(String text) {
        return new ClientOptions(
                deadline, consistency, maxInFlight, connectionsPerNode, connectTimeout, text,
                callbacks);
    }

    public ClientOptions withCallbacks(Executor executor) {
        return new ClientOptions(
                deadline, consistency, maxInFlight, connectionsPerNode, connectTimeout, name,
                executor);
    }

    /// {@return what a read of this client does unless it says otherwise: the beginning for its own
    /// [GetOptions]}
    public GetOptions toGet() {
        return new GetOptions(consistency, deadline);
    }

    /// {@return as [#toGet()], for scans}
    public ScanOptions toScan() {
        return ScanOptions.all().withConsistency(consistency).withDeadline(deadline);
    }

    /// {@return as [#toGet()], for puts}
    public PutOptions toPut() {
        return PutOptions.defaults().withDeadline(deadline);
    }

    /// {@return as [#toGet()], for deletes}
    public DeleteOptions toDelete() {
        return DeleteOptions.defaults().withDeadline(deadline);
    }

    static void checkDeadline(String name, Duration limit) {
        if (limit.compareTo(Duration.ofMillis(1)) < 0 || limit.compareTo(DEADLINE_MAX) > 0) {
            throw NoriException.invalid(
                    "%s: 1 ms to %d ms, got %s".formatted(name, DEADLINE_MAX.toMillis(), limit));
        }
    }

    private static void check(String name, int value, int max) {
        if (value < 1 || value > max) {
            throw NoriException.invalid("%s: 1 to %d, got %d".formatted(name, max, value));
        }
    }
}
