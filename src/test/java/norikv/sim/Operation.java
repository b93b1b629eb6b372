package norikv.sim;

import norikv.domain.Consistency;
import norikv.domain.Version;

/// What a client asks, and what became of it.
final class Operation {
    /// What is asked.
    enum Kind {
        PUT,
        DELETE,
        CAS,
        GET
    }

    /// What became of it.
    enum Outcome {
        /// Not answered.
        OPEN,
        OK,
        MISSING,
        MISMATCH,
        /// It did not happen and never will.
        DEFINITE,
        /// Nobody knows.
        INDETERMINATE
    }

    final int client;
    final long number;
    final int group;
    final int key;
    final Kind kind;
    final Consistency consistency;
    final long token;
    final Version expect;
    final long callNanos;
    Outcome outcome = Outcome.OPEN;
    long returnNanos = Long.MAX_VALUE;
    long value;
    Version version = Table.NEVER;

    /// What this session has seen of the group: a stale read must not be older.
    long sessionIndex;

    /// What anybody may have seen as committed when it was asked.
    long committedAtCall;

    /// Who was asked.
    int machine;

    /// How far the state was that a read was answered from.
    long servedIndex;

    Operation(
            int client,
            long number,
            int group,
            int key,
            Kind kind,
            Consistency consistency,
            long token,
            Version expect,
            long callNanos) {
        this.client = client;
        this.number = number;
        this.group = group;
        this.key = key;
        this.kind = kind;
        this.consistency = consistency;
        this.token = token;
        this.expect = expect;
        this.callNanos = callNanos;
    }

    boolean isRead() {
        return kind == Kind.GET;
    }

    Command command() {
        return new Command(Command.Kind.valueOf(kind.name()), key, token, expect);
    }

    @Override
    public String toString() {
        return "%s#%d k%d %s of %d".formatted(kind, number, key, outcome, client);
    }
}
