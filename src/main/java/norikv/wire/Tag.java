package norikv.wire;

/// The tags of optional fields, reserved here so that no two meanings ever share a number. A field
/// whose tag is unknown is skipped; one that must not be skipped is sent only after both sides have
/// agreed on its feature in [Hello] and [Welcome]. Sent are SESSION, IDEMPOTENCY_KEY, MIN_VERSION,
/// MAX_STALENESS_MILLIS, LEADER_HINT, APPLIED_VERSION, BEHIND_MILLIS and NODES.
///
/// **Source.** `wire/requests.md`.
final class Tag {
    // Of operations.
    static final int TOKEN = 1;
    static final int TRACEPARENT = 2;
    static final int TOPOLOGY_EPOCH = 3;
    static final int SESSION = 4;
    static final int IDEMPOTENCY_KEY = 5;
    static final int MIN_VERSION = 6;
    static final int MAX_STALENESS_MILLIS = 8;

    // Of replies.
    static final int LEADER_HINT = 1;
    static final int REPLY_TOPOLOGY_EPOCH = 3;
    static final int APPLIED_VERSION = 6;
    static final int BEHIND_MILLIS = 7;

    // Of WELCOME.
    static final int NODES = 1;

    private Tag() {}
}
