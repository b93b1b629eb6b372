package norikv.raftlog;

/// What the head of a segment says about one group, so that the segments before can go.
record GroupState(
        boolean tombstone,
        HardState hardState,
        long baseIndex,
        long baseTerm,
        long lastIndex,
        long lastTerm,
        Intent intent) {}
