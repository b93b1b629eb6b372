package norikv.adapter.http;

import com.sun.net.httpserver.Headers;
import com.sun.net.httpserver.HttpExchange;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.zip.GZIPOutputStream;

/// An answer to a request, and how it is sent.
record Page(int status, String contentType, String body) {
    private static final String TEXT = "text/plain; charset=utf-8";
    private static final String JSON = "application/json; charset=utf-8";

    /// A shorter body is not worth compressing.
    private static final int GZIP_BYTES_MIN = 1024;

    static Page text(int status, String body) {
        return new Page(status, TEXT, body);
    }

    static Page json(int status, String body) {
        return new Page(status, JSON, body);
    }

    /// Sends this page; to HEAD all but the body.
    void send(HttpExchange exchange) throws IOException {
        Headers headers = exchange.getResponseHeaders();
        headers.set("Content-Type", contentType);
        headers.set("Content-Security-Policy", "default-src 'self'; frame-ancestors 'none'");
        headers.set("X-Content-Type-Options", "nosniff");
        headers.set("Referrer-Policy", "no-referrer");
        headers.set("Cache-Control", "no-store");
        headers.set("Vary", "Accept, Accept-Encoding");
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        List<String> encodings =
                exchange.getRequestHeaders().getOrDefault("Accept-Encoding", List.of());
        boolean wanted = !encodings.isEmpty() && Accept.quality(encodings, "gzip") > 0;
        if (wanted && bytes.length >= GZIP_BYTES_MIN) {
            bytes = gzip(bytes);
            headers.set("Content-Encoding", "gzip");
        }
        if (exchange.getRequestMethod().equals("HEAD")) {
            headers.set("Content-Length", Integer.toString(bytes.length));
            exchange.sendResponseHeaders(status, -1);
            return;
        }
        exchange.sendResponseHeaders(status, bytes.length == 0 ? -1 : bytes.length);
        exchange.getResponseBody().write(bytes);
    }

    private static byte[] gzip(byte[] plain) throws IOException {
        ByteArrayOutputStream packed = new ByteArrayOutputStream(plain.length / 4);
        try (GZIPOutputStream out = new GZIPOutputStream(packed)) {
            out.write(plain);
        }
        return packed.toByteArray();
    }
}
