package norikv.client;

import java.util.ArrayList;
import java.util.List;
import norikv.domain.NoriException;

/// Where a node listens.
record Endpoint(String host, int port) {
    static final int PORT = 7447;
    static final int ENDPOINTS_MAX = 64;

    /// {@return the endpoints of `host:port,host:port`; without a port it is 7447, and an IPv6
    /// address stands in brackets}
    static List<Endpoint> parseAll(String text) {
        List<Endpoint> endpoints = new ArrayList<>();
        for (String part : text.split(",", -1)) {
            endpoints.add(parse(part.strip()));
        }
        if (endpoints.size() > ENDPOINTS_MAX) {
            throw NoriException.invalid(
                    "endpoints: at most %d, got %d".formatted(ENDPOINTS_MAX, endpoints.size()));
        }
        return List.copyOf(endpoints);
    }

    static Endpoint parse(String text) {
        int bracket = text.indexOf(']');
        int colon = text.indexOf(':', bracket + 1);
        String host = colon < 0 ? text : text.substring(0, colon);
        if (bracket >= 0 && host.startsWith("[") && host.endsWith("]")) {
            host = host.substring(1, host.length() - 1);
        }
        int port = colon < 0 ? PORT : port(text.substring(colon + 1));
        if (host.isEmpty() || port < 1 || port > 65_535) {
            throw NoriException.invalid(
                    "endpoint: host:port such as 127.0.0.1:7447, got '%s'".formatted(text));
        }
        return new Endpoint(host, port);
    }

    private static int port(String digits) {
        try {
            return Integer.parseInt(digits);
        } catch (NumberFormatException _) {
            return -1;
        }
    }

    @Override
    public String toString() {
        return (host.indexOf(':') < 0 ? host : "[" + host + "]") + ":" + port;
    }
}
