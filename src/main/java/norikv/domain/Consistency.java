package norikv.domain;

import java.util.Locale;

/// How fresh a read must be.
public enum Consistency {
    /// Sees every write acknowledged before the read began; no assumption about clocks. The
    /// default.
    LINEARIZABLE,
    /// The same guarantee while clocks drift no more than the bound; saves the round trip.
    LEASE,
    /// Any replica, at once; may be behind.
    STALE;

    /// {@return the level that `text` names, in any case; `strong`, `stale_ok` and `eventual` are
    /// read as aliases}
    public static Consistency parse(String text) {
        return switch (text.toLowerCase(Locale.ROOT)) {
            case "linearizable", "strong" -> LINEARIZABLE;
            case "lease" -> LEASE;
            case "stale", "stale_ok", "eventual" -> STALE;
            default ->
                    throw NoriException.invalid(
                            "consistency: linearizable, lease or stale, got '%s'".formatted(text));
        };
    }
}
