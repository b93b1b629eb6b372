package norikv.torture;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import norikv.bytes.Bytes;
import norikv.client.ClientOptions;
import norikv.client.DeleteOptions;
import norikv.client.GetOptions;
import norikv.client.Norikv;
import norikv.client.PutOptions;
import norikv.domain.Consistency;
import norikv.domain.Item;
import norikv.domain.NoriException;
import norikv.domain.Precondition;
import norikv.domain.Version;
import norikv.history.Call;
import norikv.history.HistoryText;
import norikv.history.Operation;
import norikv.history.Outcome;
import norikv.work.Bell;
import norikv.work.Clock;
import norikv.work.Loops;
import norikv.work.Signal;
import norikv.work.Step;

/// Clients that ask and write down what they asked, when, and what came out.
///
/// **Threads.** One for each client while they run; what they wrote down is for whoever stopped
/// them. **Limits.** [HistoryText#OPERATIONS_MAX] operations in all.
final class Workload {
    /// Lets the machine breathe between two calls of a client: the nodes share it.
    private static final long PAUSE_NANOS = 500_000;

    /// How the names of such counters begin.
    private static final String STREAMS = "norikv_snapshot_";

    private final Loops loops;
    private final Settings settings;
    private final List<Worker> workers = new ArrayList<>();
    private volatile boolean stopping;

    /// How it is to be.
    ///
    /// @param endpoints where the nodes are
    record Settings(
            String endpoints,
            int clients,
            int keys,
            Padding padding,
            Duration deadline,
            long seed) {}

    /// What one client wrote down.
    private static final class Worker {
        final List<Operation> history = new ArrayList<>();
        final Map<String, Long> errors = new TreeMap<>();
        final Signal done;

        Worker(Signal done) {
            this.done = done;
        }
    }

    Workload(Loops loops, Settings settings) {
        this.loops = loops;
        this.settings = settings;
    }

    /// Lets all clients begin.
    void start() {
        for (int i = 0; i < settings.clients(); i++) {
            Worker worker = new Worker(loops.signal());
            int process = i;
            workers.add(worker);
            loops.spawn("torture-client", () -> run(process, worker));
        }
    }

    /// Lets all clients end and waits until they have.
    void stop() {
        stopping = true;
        workers.forEach(worker -> worker.done.await(Step.UNTIL_WOKEN));
    }

    /// Reads every key once, linearizably, as one more process.
    ///
    /// @return how many could not be read
    long readAll() {
        Worker reader = new Worker(loops.signal());
        workers.add(reader);
        long failed = 0;
        try (Norikv client = connect()) {
            for (int key = 0; key < settings.keys(); key++) {
                var ask =
                        new Script.Ask(
                                Script.key(key), new Call.Get(Consistency.LINEARIZABLE));
                Operation read = ask(client, ask, settings.clients(), reader, loops.clock());
                failed += read.succeeded() ? 0 : 1;
            }
        }
        return failed;
    }

    /// {@return what all clients wrote down} Once they have ended.
    List<Operation> history() {
        return workers.stream().flatMap(worker -> worker.history.stream()).toList();
    }

    /// {@return how often which call failed with which error} Once they have ended.
    Map<String, Long> errors() {
        Map<String, Long> all = new TreeMap<>();
        for (Worker worker : workers) {
            worker.errors.forEach((what, count) -> all.merge(what, count, Long::sum));
        }
        return all;
    }

    /// {@return what the nodes count of shards that were sent from one to the other, together}
    Map<String, Long> streams() {
        Map<String, Long> streams = new TreeMap<>();
        for (String endpoint : settings.endpoints().split(",")) {
            try (Norikv node = connect(endpoint)) {
                node.status()
                        .counters()
                        .forEach(
                                (name, count) -> {
                                    if (name.startsWith(STREAMS) && count > 0) {
                                        streams.merge(name, count, Long::sum);
                                    }
                                });
            }
        }
        return streams;
    }

    private Norikv connect() {
        return connect(settings.endpoints());
    }

    private Norikv connect(String endpoints) {
        return Norikv.connect(
                endpoints,
                ClientOptions.defaults()
                        .withName("norikv-torture")
                        .withDeadline(settings.deadline()));
    }

    private void run(int process, Worker worker) {
        var script = new Script(settings.seed(), process, settings.keys());
        int operationsMax = HistoryText.OPERATIONS_MAX / (settings.clients() + 1);
        Bell bell = new Bell();
        try (Norikv client = connect()) {
            while (!stopping && worker.history.size() < operationsMax) {
                Script.Ask ask = script.next();
                Operation operation = ask(client, ask, process, worker, loops.clock());
                script.learn(ask, operation.outcome());
                bell.await(PAUSE_NANOS);
            }
        } catch (NoriException e) {
            worker.errors.merge("connect " + e.code(), 1L, Long::sum);
        } finally {
            worker.done.raise();
        }
    }

    private Operation ask(
            Norikv client, Script.Ask ask, long process, Worker worker, Clock clock) {
        long begin = clock.nanoTime();
        Outcome outcome;
        try {
            outcome = answer(client, ask.key(), ask.call());
        } catch (NoriException.Mismatch e) {
            outcome = new Outcome.Mismatch(e.actual());
        } catch (NoriException e) {
            boolean mayBe = e.code().isIndeterminate() && ask.call().isWrite();
            outcome = mayBe ? Outcome.INDETERMINATE : Outcome.DEFINITE;
            worker.errors.merge(wordOf(ask.call()) + " " + e.code(), 1L, Long::sum);
        }
        var operation =
                new Operation(process, ask.key(), ask.call(), begin, clock.nanoTime(), outcome);
        worker.history.add(operation);
        return operation;
    }

    private Outcome answer(Norikv client, Bytes key, Call call) {
        return switch (call) {
            case Call.Get(var level) -> {
                GetOptions how = client.options().toGet().withConsistency(level);
                yield client.get(key, how)
                        .<Outcome>map(item -> found(item))
                        .orElse(new Outcome.Missing(Version.NONE));
            }
            case Call.Put(var value, var condition) ->
                    new Outcome.Written(
                            client.put(
                                    key,
                                    settings.padding().full(value),
                                    put(client.options().toPut(), condition)));
            case Call.Delete(var condition) -> {
                DeleteOptions how = client.options().toDelete();
                var deleted =
                        condition instanceof Precondition.IfVersion(var required)
                                ? client.delete(key, how.withIfVersion(required))
                                : client.delete(key, how);
                yield new Outcome.Deleted(deleted.existed(), deleted.at());
            }
        };
    }

    private Outcome found(Item item) {
        return new Outcome.Found(settings.padding().name(item.value()), item.version());
    }

    private static PutOptions put(PutOptions how, Precondition condition) {
        return switch (condition) {
            case Precondition.None _ -> how;
            case Precondition.IfAbsent _ -> how.withIfAbsent();
            case Precondition.IfVersion(var required) -> how.withIfVersion(required);
        };
    }

    private static String wordOf(Call call) {
        return switch (call) {
            case Call.Get(var level) -> "get " + level;
            case Call.Put _ -> "put";
            case Call.Delete _ -> "delete";
        };
    }
}
