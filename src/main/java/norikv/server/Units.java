package norikv.server;

import java.time.Duration;
import java.util.Optional;

/// Durations and sizes as people write them: a whole number and its unit, nothing between them,
/// such as `150ms` or `64MiB`. A bare number is no duration and no size.
public final class Units {
    private static final String[] TIME_UNITS = {"d", "h", "m", "s", "ms", "us", "ns"};
    private static final long[] TIME_NANOS = {
        86_400_000_000_000L,
        3_600_000_000_000L,
        60_000_000_000L,
        1_000_000_000L,
        1_000_000L,
        1000L,
        1L
    };
    private static final String[] SIZE_UNITS = {"TiB", "GiB", "MiB", "KiB", "B"};
    private static final long[] SIZE_BYTES = {1L << 40, 1L << 30, 1L << 20, 1L << 10, 1L};

    private Units() {}

    /// {@return the duration that `text` spells, if it spells one of less than 292 years}
    public static Optional<Duration> duration(String text) {
        long nanos = parse(text, TIME_UNITS, TIME_NANOS);
        return nanos < 0 ? Optional.empty() : Optional.of(Duration.ofNanos(nanos));
    }

    /// {@return the bytes that `text` spells, if it spells a size}
    public static Optional<Long> size(String text) {
        long bytes = parse(text, SIZE_UNITS, SIZE_BYTES);
        return bytes < 0 ? Optional.empty() : Optional.of(bytes);
    }

    /// {@return `duration` in the largest unit that leaves no remainder}
    public static String show(Duration duration) {
        return show(duration.toNanos(), TIME_UNITS, TIME_NANOS, "0s");
    }

    /// {@return `bytes` in the largest unit that leaves no remainder}
    public static String showSize(long bytes) {
        return show(bytes, SIZE_UNITS, SIZE_BYTES, "0B");
    }

    private static long parse(String text, String[] units, long[] factors) {
        int digits = 0;
        while (digits < text.length() && text.charAt(digits) >= '0' && text.charAt(digits) <= '9') {
            digits++;
        }
        String unit = text.substring(digits);
        for (int i = 0; i < units.length && digits > 0; i++) {
            if (units[i].equals(unit)) {
                try {
                    long number = Long.parseLong(text, 0, digits, 10);
                    return Math.multiplyExact(number, factors[i]);
                } catch (NumberFormatException | ArithmeticException _) {
                    return -1;
                }
            }
        }
        return -1;
    }

    private static String show(long number, String[] units, long[] factors, String zero) {
        for (int i = 0; i < units.length; i++) {
            if (number != 0 && number % factors[i] == 0) {
                return number / factors[i] + units[i];
            }
        }
        return zero;
    }
}
