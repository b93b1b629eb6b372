package norikv.server;

import java.net.InetSocketAddress;
import java.util.Optional;

/// Where to listen or to connect: `host:port`, an IPv6 host in brackets.
///
/// @param host a name or a literal address, without brackets
/// @param port 0 to 65535; to listen on 0 is to take any free port
public record Address(String host, int port) {
    private static final int PORT_MAX = 65_535;

    /// {@return the address that `text` spells, if it spells one}
    public static Optional<Address> parse(String text) {
        int colon = text.lastIndexOf(':');
        String host = colon < 0 ? "" : text.substring(0, colon);
        boolean bracketed = host.startsWith("[") && host.endsWith("]") && host.indexOf(':') > 0;
        if (bracketed) {
            host = host.substring(1, host.length() - 1);
        }
        if (host.isEmpty() || !bracketed && !isName(host)) {
            return Optional.empty();
        }
        int digits = text.length() - colon - 1;
        for (int i = colon + 1; i < text.length(); i++) {
            if (text.charAt(i) < '0' || text.charAt(i) > '9') {
                return Optional.empty();
            }
        }
        if (digits < 1 || digits > 5) {
            return Optional.empty();
        }
        int port = Integer.parseInt(text, colon + 1, text.length(), 10);
        return port > PORT_MAX ? Optional.empty() : Optional.of(new Address(host, port));
    }

    /// {@return whether only this machine reaches it, as far as the text tells}
    public boolean isLoopback() {
        return host.equals("localhost") || host.startsWith("127.") || host.equals("::1");
    }

    /// {@return the address with its host looked up}
    public InetSocketAddress resolve() {
        return new InetSocketAddress(host, port);
    }

    /// {@return the same host with another port}
    public Address withPort(int other) {
        return new Address(host, other);
    }

    @Override
    public String toString() {
        return (host.indexOf(':') < 0 ? host : "[" + host + "]") + ":" + port;
    }

    private static boolean isName(String host) {
        for (int i = 0; i < host.length(); i++) {
            char c = host.charAt(i);
            if (!Character.isLetterOrDigit(c) && c != '.' && c != '-' && c != '_') {
                return false;
            }
        }
        return true;
    }
}
