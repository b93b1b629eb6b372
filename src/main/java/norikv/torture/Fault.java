package norikv.torture;

import norikv.domain.NoriException;

/// Something that is done to a cluster, and undone.
///
/// @param atMillis when it begins, from the begin of the run
/// @param forMillis how long it lasts; then its node is started again, or its link is whole again
/// @param node which node it befalls, from 0; [#ALL] for all of them
/// @param delayMillis how long each piece of a slow link takes; else 0
public record Fault(long atMillis, long forMillis, Kind kind, int node, long delayMillis) {
    /// The number of no node in particular.
    public static final int ALL = -1;

    /// What can be done.
    public enum Kind {
        /// SIGKILL: the process is gone.
        KILL("kill"),
        /// SIGKILL, and gone for so long that the others' logs do not reach back.
        AWAY("away"),
        /// SIGKILL for all at once.
        KILL_ALL("kill-all"),
        /// SIGTERM and a new start, one node after the other.
        RESTART("restart"),
        /// SIGSTOP, later SIGCONT: the process is there and does nothing.
        PAUSE("pause"),
        /// No other node hears it, and it hears no other.
        PARTITION("partition"),
        /// Nobody hears it, though it hears the others.
        MUTE("mute"),
        /// Each piece that goes to it or comes from it takes a while.
        SLOW("slow"),
        /// Its file system has not a byte left.
        DISK_FULL("disk-full");

        private final String word;

        Kind(String word) {
            this.word = word;
        }

        /// {@return how it is written on the command line}
        public String word() {
            return word;
        }

        /// {@return the kind that is written so} **Errors.** [NoriException.Malformed].
        public static Kind named(String word) {
            for (Kind kind : values()) {
                if (kind.word.equals(word)) {
                    return kind;
                }
            }
            throw NoriException.invalid("faults: no such fault: '" + word + "'");
        }

        /// {@return whether it befalls what is between the nodes}
        boolean isOfLinks() {
            return this == PARTITION || this == MUTE || this == SLOW;
        }
    }

    /// {@return when it is over}
    long endMillis() {
        return atMillis + forMillis;
    }

    @Override
    public String toString() {
        return "%7.3fs  %-9s %-3s for %.3fs%s"
                .formatted(
                        atMillis / 1e3,
                        kind.word(),
                        node == ALL ? "all" : "n" + (node + 1),
                        forMillis / 1e3,
                        delayMillis == 0 ? "" : "  " + delayMillis + " ms each");
    }
}
