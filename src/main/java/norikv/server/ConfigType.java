package norikv.server;

import java.time.Duration;
import java.util.Optional;

/// What may stand behind a [ConfigKey].
public sealed interface ConfigType {
    boolean accepts(String text);

    /// {@return what to write, with bounds and unit}
    String description();

    /// {@return a unit that a number needs, or nothing}
    default String unit() {
        return "";
    }

    /// {@return what is wrong with `text`, if anything is}
    default Optional<String> problem(String text) {
        if (accepts(text)) {
            return Optional.empty();
        }
        boolean bare = !text.isEmpty() && text.chars().allMatch(c -> c >= '0' && c <= '9');
        return Optional.of(
                bare && !unit().isEmpty()
                        ? "'%s' needs a unit, such as %s%s".formatted(text, text, unit())
                        : "want %s, got '%s'".formatted(description(), text));
    }

    /// A name of 1 to 64 letters, digits, dots, underscores and dashes.
    record Name() implements ConfigType {
        static final int CHARACTERS_MAX = 64;

        @Override
        public boolean accepts(String text) {
            boolean good = !text.isEmpty() && text.length() <= CHARACTERS_MAX;
            for (int i = 0; i < text.length(); i++) {
                char c = text.charAt(i);
                boolean letter = c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z';
                good &= letter || c >= '0' && c <= '9' || c == '.' || c == '_' || c == '-';
            }
            return good;
        }

        @Override
        public String description() {
            return "a name of 1 to " + CHARACTERS_MAX + " of a-z A-Z 0-9 . _ -";
        }
    }

    /// A name, or `auto`.
    record NameOrAuto() implements ConfigType {
        @Override
        public boolean accepts(String text) {
            return new Name().accepts(text);
        }

        @Override
        public String description() {
            return "auto, or " + new Name().description();
        }
    }

    /// An [Address].
    record HostAndPort() implements ConfigType {
        @Override
        public boolean accepts(String text) {
            return Address.parse(text).isPresent();
        }

        @Override
        public String description() {
            return "host:port such as 127.0.0.1:7447 or [::1]:7447, port 0 for any that is free";
        }
    }

    /// A folder.
    record Folder() implements ConfigType {
        @Override
        public boolean accepts(String text) {
            return !text.isBlank() && text.indexOf('\0') < 0;
        }

        @Override
        public String description() {
            return "a folder, made if it is missing; relative to where the server is started";
        }
    }

    /// A whole number.
    record Whole(long min, long max) implements ConfigType {
        @Override
        public boolean accepts(String text) {
            try {
                long number = Long.parseLong(text);
                return number >= min && number <= max;
            } catch (NumberFormatException _) {
                return false;
            }
        }

        @Override
        public String description() {
            return min == max ? "only " + min : "a whole number from " + min + " to " + max;
        }
    }

    /// A whole number, or `auto`.
    record WholeOrAuto(long min, long max) implements ConfigType {
        @Override
        public boolean accepts(String text) {
            return text.equals(Config.AUTO) || new Whole(min, max).accepts(text);
        }

        @Override
        public String description() {
            return "auto, or " + new Whole(min, max).description();
        }
    }

    /// The nodes of a cluster and where they are; nothing for a node that is alone.
    record NodeList() implements ConfigType {
        @Override
        public boolean accepts(String text) {
            return NodeAddresses.parse(text).isPresent();
        }

        @Override
        public String description() {
            return "name=host:port for each node, with commas, such as n1=10.0.0.1:7447,"
                    + "n2=10.0.0.2:7447; each name once";
        }
    }

    /// Text that only nodes know; nothing for none.
    record Secret() implements ConfigType {
        private static final int CHARACTERS_MIN = 16;
        private static final int CHARACTERS_MAX = 256;

        @Override
        public boolean accepts(String text) {
            return text.isEmpty()
                    || text.length() >= CHARACTERS_MIN && text.length() <= CHARACTERS_MAX;
        }

        @Override
        public String description() {
            return "%d to %d characters".formatted(CHARACTERS_MIN, CHARACTERS_MAX);
        }
    }

    /// A number of bytes.
    ///
    /// @param step it is a multiple of this
    record Size(long min, long max, long step) implements ConfigType {
        @Override
        public boolean accepts(String text) {
            return Units.size(text)
                    .filter(bytes -> bytes >= min && bytes <= max && bytes % step == 0)
                    .isPresent();
        }

        @Override
        public String description() {
            String multiple = step == 1 ? "" : ", a multiple of " + Units.showSize(step);
            return "a size in B, KiB, MiB, GiB or TiB from %s to %s%s"
                    .formatted(Units.showSize(min), Units.showSize(max), multiple);
        }

        @Override
        public String unit() {
            return "MiB";
        }
    }

    /// A number of bytes, or `auto`.
    record SizeOrAuto(long min, long max) implements ConfigType {
        static final String AUTO = "auto";

        @Override
        public boolean accepts(String text) {
            return text.equals(AUTO) || size().accepts(text);
        }

        @Override
        public String description() {
            return "auto, or " + size().description();
        }

        @Override
        public String unit() {
            return size().unit();
        }

        private Size size() {
            return new Size(min, max, 1);
        }
    }

    /// A span of time.
    record Time(Duration min, Duration max) implements ConfigType {
        @Override
        public boolean accepts(String text) {
            return Units.duration(text)
                    .filter(time -> time.compareTo(min) >= 0 && time.compareTo(max) <= 0)
                    .isPresent();
        }

        @Override
        public String description() {
            return "a time in ns, us, ms, s, m, h or d from %s to %s"
                    .formatted(Units.show(min), Units.show(max));
        }

        @Override
        public String unit() {
            return "s";
        }
    }
}
