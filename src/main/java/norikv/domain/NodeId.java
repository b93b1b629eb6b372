package norikv.domain;

/// The name of a node, unique in its cluster and kept for its life.
///
/// **Limits.** 1 to 64 characters of `a-z A-Z 0-9 . _ -`.
public record NodeId(String name) {
    public NodeId {
        if (!name.matches("[a-zA-Z0-9._-]{1,64}")) {
            throw NoriException.invalid(
                    "node_id: 1 to 64 of a-z A-Z 0-9 . _ -, got '%s'".formatted(name));
        }
    }

    @Override
    public String toString() {
        return name;
    }
}
