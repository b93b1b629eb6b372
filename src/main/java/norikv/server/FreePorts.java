package norikv.server;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.random.RandomGenerator;
import norikv.domain.ErrorCode;
import norikv.domain.NoriException;

/// Finds ports of this machine that nobody uses, for clusters whose nodes have to know each other's
/// ports before any of them runs.
///
/// All are below the range that systems take the ports of outgoing connections from: such a
/// connection, of whomever, would keep a node that restarts from its port. Another program may
/// still take one before it is used.
public final class FreePorts {
    private static final int PORT_MIN = 20_000;
    private static final int PORT_END = 32_000;
    private static final int TRIES_MAX = 10_000;

    private FreePorts() {}

    /// {@return `count` ports of the loopback address, drawn by `random`} **Errors.**
    /// [NoriException.Refused] when there are not so many.
    public static List<Integer> draw(int count, RandomGenerator random) {
        Set<Integer> ports = new LinkedHashSet<>();
        for (int tries = 0; ports.size() < count; tries++) {
            if (tries == TRIES_MAX) {
                throw new NoriException.Refused(
                        ErrorCode.CANNOT_START,
                        "ports: %d free of [%d, %d), got %d"
                                .formatted(count, PORT_MIN, PORT_END, ports.size()));
            }
            int port = random.nextInt(PORT_MIN, PORT_END);
            if (isFree(port)) {
                ports.add(port);
            }
        }
        return List.copyOf(ports);
    }

    private static boolean isFree(int port) {
        try (ServerSocket socket = new ServerSocket()) {
            socket.setReuseAddress(true);
            socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
            return true;
        } catch (IOException _) {
            return false; // in use, or kept for others: any reason will do
        }
    }
}
