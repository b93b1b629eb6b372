package norikv.domain;

/// The place of a write in its shard's log: later writes to the same key compare greater.
///
/// Versions of different shards do not compare. Written as `term:index`, such as `1:7`.
public record Version(long term, long index) implements Comparable<Version> {
    /// The version of what does not exist.
    public static final Version NONE = new Version(0, 0);

    /// {@return the version that `text` spells as `term:index`}
    public static Version parse(String text) {
        // The pattern alone is not enough: nineteen digits may be too great for a long.
        if (text.matches("[0-9]{1,19}:[0-9]{1,19}")) {
            int colon = text.indexOf(':');
            try {
                long term = Long.parseLong(text, 0, colon, 10);
                long index = Long.parseLong(text, colon + 1, text.length(), 10);
                if (term > 0 && index > 0) {
                    return new Version(term, index);
                }
            } catch (NumberFormatException _) {
                // falls through to the one error for every malformed text
            }
        }
        throw NoriException.invalid("version: term:index such as 1:7, got '%s'".formatted(text));
    }

    @Override
    public int compareTo(Version other) {
        int order = Long.compare(term, other.term);
        return order != 0 ? order : Long.compare(index, other.index);
    }

    @Override
    public String toString() {
        return term + ":" + index;
    }
}
