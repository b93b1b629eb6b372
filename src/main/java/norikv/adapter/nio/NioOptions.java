package norikv.adapter.nio;

import java.time.Duration;

/// The bounds of the data port.
///
/// @param connectionsMax the most connections at a time; one more is told so and closed
/// @param requestsInFlightMax the most requests of one connection that are not answered yet, beyond
///     which nothing more is read from it
/// @param bytesInFlightMax the most bytes of requests and replies of one connection that are held,
///     beyond which nothing more is read from it
/// @param handshakeTimeout how long a connection may take to say HELLO
/// @param idleTimeout how long a connection may be silent
/// @param stallTimeout how long a peer may leave its replies unread
public record NioOptions(
        int connectionsMax,
        int requestsInFlightMax,
        int bytesInFlightMax,
        Duration handshakeTimeout,
        Duration idleTimeout,
        Duration stallTimeout) {
    /// {@return 4096 connections of 1024 requests and 4 MiB each; 10 s, 10 min and 30 s}
    public static NioOptions defaults() {
        return new NioOptions(
                4096,
                1024,
                4 << 20,
                Duration.ofSeconds(10),
                Duration.ofMinutes(10),
                Duration.ofSeconds(30));
    }
}
