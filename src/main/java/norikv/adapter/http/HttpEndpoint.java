package norikv.adapter.http;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;
import norikv.domain.ErrorCode;
import norikv.domain.NoriException;
import norikv.domain.Reply;
import norikv.observe.Exposition;
import norikv.observe.Snapshot;
import norikv.port.Health;
import norikv.work.Loops;

/// Metrics and health over HTTP, read only.
///
/// | path | what |
/// |---|---|
/// | `/metrics` | OpenMetrics or the classic text, as `Accept` says |
/// | `/livez`, `/readyz`, `/startupz` | `ok` or 503; `?verbose`, `?exclude=X`, `/readyz/X` |
/// | `/healthz`, `/health`, `/health/quick` | liveness; all as JSON; `OK` or `UNAVAILABLE` |
///
/// **Threads.** Each request runs on a virtual thread. **Limits.** [#CONNECTIONS_MAX] connections;
/// a request must be there within [#REQUEST_SECONDS_MAX] seconds. Both are properties of the
/// process, kept as they are where somebody set them already.
public final class HttpEndpoint implements AutoCloseable {
    /// The most connections at a time; one more is closed at once.
    public static final int CONNECTIONS_MAX = 1024;

    /// How long a request may take to come in, seconds.
    public static final int REQUEST_SECONDS_MAX = 30;

    private static final int STOP_SECONDS_MAX = 1;
    private static final String OPEN_METRICS = "application/openmetrics-text";
    private static final List<String> PATHS =
            List.of("/metrics", "/livez", "/readyz", "/startupz", "/healthz", "/health");

    private final HttpServer server;
    private final Health health;
    private final Supplier<Snapshot> metrics;

    private HttpEndpoint(HttpServer server, Health health, Supplier<Snapshot> metrics) {
        this.server = server;
        this.health = health;
        this.metrics = metrics;
    }

    /// Listens on `address`, on any free port where its port is 0.
    ///
    /// **Errors.** [NoriException.Refused] if it cannot.
    public static HttpEndpoint start(
            InetSocketAddress address, Loops loops, Health health, Supplier<Snapshot> metrics) {
        setUnlessSet("sun.net.httpserver.nodelay", "true");
        setUnlessSet("sun.net.httpserver.maxReqTime", Integer.toString(REQUEST_SECONDS_MAX));
        setUnlessSet("sun.net.httpserver.maxReqHeaders", "64");
        setUnlessSet("sun.net.httpserver.maxReqHeaderSize", "32768");
        setUnlessSet("jdk.httpserver.maxConnections", Integer.toString(CONNECTIONS_MAX));
        try {
            if (address.isUnresolved()) {
                throw new IOException("no such host");
            }
            HttpServer server = HttpServer.create(address, 0);
            HttpEndpoint endpoint = new HttpEndpoint(server, health, metrics);
            server.createContext("/", endpoint::handle);
            server.setExecutor(task -> loops.spawn("http", task));
            server.start();
            return endpoint;
        } catch (IOException e) {
            throw new NoriException.Refused(
                    ErrorCode.CANNOT_START,
                    "http_addr: cannot listen on %s:%d: %s"
                            .formatted(address.getHostString(), address.getPort(), e.getMessage()),
                    e);
        }
    }

    /// {@return the port it listens on}
    public int port() {
        return server.getAddress().getPort();
    }

    /// Closes the port; requests that are being answered get a second.
    @Override
    public void close() {
        server.stop(STOP_SECONDS_MAX);
    }

    private void handle(HttpExchange exchange) throws IOException {
        try (exchange) {
            String path = exchange.getRequestURI().getRawPath();
            Page page = page(path, exchange);
            String method = exchange.getRequestMethod();
            if (page.status() != 404 && !method.equals("GET") && !method.equals("HEAD")) {
                exchange.getResponseHeaders().set("Allow", "GET, HEAD");
                page = Page.text(405, "GET or HEAD only\n");
            }
            page.send(exchange);
        }
    }

    private Page page(String path, HttpExchange exchange) {
        return switch (path) {
            case "/metrics" -> metrics(exchange);
            case "/livez", "/healthz" -> health("livez", health.live(), exchange);
            case "/readyz" -> health("readyz", health.ready(), exchange);
            case "/startupz" -> health("startupz", health.started(), exchange);
            case "/health" -> {
                HealthPage ready = HealthPage.of("readyz", health.ready(), Set.of());
                yield Page.json(ready.status(), ready.json());
            }
            case "/health/quick" -> {
                HealthPage ready = HealthPage.of("readyz", health.ready(), Set.of());
                yield Page.text(ready.status(), ready.passed() ? "OK" : "UNAVAILABLE");
            }
            case null, default -> oneCheck(path == null ? "" : path, exchange);
        };
    }

    private Page metrics(HttpExchange exchange) {
        List<String> accept = exchange.getRequestHeaders().getOrDefault("Accept", List.of());
        double strict = Accept.explicit(accept, OPEN_METRICS);
        boolean wanted = strict > 0 && strict >= Accept.quality(accept, "text/plain");
        Exposition exposition = wanted ? Exposition.OPEN_METRICS : Exposition.CLASSIC;
        return new Page(200, exposition.contentType(), exposition.write(metrics.get()));
    }

    /// {@return the page of a path such as `/readyz/wal`}
    private Page oneCheck(String path, HttpExchange exchange) {
        int slash = path.indexOf('/', 1);
        List<Reply.Check> checks =
                switch (slash < 0 ? "" : path.substring(1, slash)) {
                    case "livez" -> health.live();
                    case "readyz" -> health.ready();
                    case "startupz" -> health.started();
                    default -> List.of();
                };
        for (Reply.Check check : checks) {
            if (check.name().equals(path.substring(slash + 1))) {
                return health(path.substring(1), List.of(check), exchange);
            }
        }
        return Page.text(404, "not here; try " + String.join(" ", PATHS) + "\n");
    }

    private static Page health(String name, List<Reply.Check> checks, HttpExchange exchange) {
        boolean verbose = false;
        Set<String> excluded = new LinkedHashSet<>();
        for (String parameter : parameters(exchange)) {
            verbose |= parameter.equals("verbose") || parameter.startsWith("verbose=");
            if (parameter.startsWith("exclude=")) {
                excluded.add(parameter.substring("exclude=".length()));
            }
        }
        HealthPage page = HealthPage.of(name, checks, excluded);
        List<String> accept = exchange.getRequestHeaders().getOrDefault("Accept", List.of());
        double json = Accept.explicit(accept, "application/json");
        return json > 0 && json >= Accept.quality(accept, "text/plain")
                ? Page.json(page.status(), page.json())
                : Page.text(page.status(), page.text(verbose));
    }

    private static List<String> parameters(HttpExchange exchange) {
        String query = exchange.getRequestURI().getRawQuery();
        List<String> parameters = new ArrayList<>();
        for (String raw : (query == null ? "" : query).split("&")) {
            try {
                parameters.add(URLDecoder.decode(raw, StandardCharsets.UTF_8));
            } catch (IllegalArgumentException _) {
                parameters.add(raw); // a stray percent sign means itself
            }
        }
        return parameters;
    }

    private static void setUnlessSet(String property, String value) {
        if (System.getProperty(property) == null) {
            System.setProperty(property, value);
        }
    }
}
