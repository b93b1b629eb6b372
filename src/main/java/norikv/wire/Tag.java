package norikv.wire;

/// The tags of optional fields, reserved here so that no two meanings ever share a number. A field
/// whose tag is unknown is skipped; one that must not be skipped is sent only after both sides have
/// agreed on its feature in [Hello] and [Welcome]. None is sent by this version.
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

    // Of replies.
    static final int LEADER_HINT = 1;
    static final int REPLY_TOPOLOGY_EPOCH = 3;
    static final int BEHIND_MILLIS = 7;

    private Tag() {}
}
