package norikv.client;

import norikv.bytes.Bytes;
import norikv.domain.NoriException;
import norikv.domain.Once;

/// The users' own names for their writes.
final class Names {
    private Names() {}

    /// {@return `name`, if it can be one}
    static String check(String name) {
        int bytes = Bytes.utf8(name).length();
        if (bytes < 1 || bytes > Once.KEY_BYTES_MAX) {
            throw NoriException.invalid(
                    "idempotency key: 1 to %d bytes, got %d"
                            .formatted(Once.KEY_BYTES_MAX, bytes));
        }
        return name;
    }

    /// {@return what a write of that name is known by; empty: it has none}
    static Once once(String name) {
        return name.isEmpty() ? Once.NONE : Once.keyed(Bytes.utf8(name));
    }
}
