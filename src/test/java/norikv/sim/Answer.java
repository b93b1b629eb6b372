package norikv.sim;

import norikv.domain.Version;

/// What a host says to a client.
///
/// @param servedIndex of a read: how far the state was that it was answered from
record Answer(Operation.Outcome outcome, long value, Version version, long servedIndex) {
    static final Answer DEFINITE =
            new Answer(Operation.Outcome.DEFINITE, 0, Table.NEVER, 0);

    static final Answer UNKNOWN =
            new Answer(Operation.Outcome.INDETERMINATE, 0, Table.NEVER, 0);

    /// {@return what a write that was applied did}
    static Answer ofWrite(Operation operation, Table.Result result) {
        Operation.Outcome otherwise =
                operation.kind == Operation.Kind.CAS
                        ? Operation.Outcome.MISMATCH
                        : Operation.Outcome.MISSING;
        return new Answer(
                result.done() ? Operation.Outcome.OK : otherwise,
                result.value(),
                result.at(),
                0);
    }

    static Answer ofRead(Table table, int key) {
        Table.Result result = table.read(key);
        return new Answer(
                result.done() ? Operation.Outcome.OK : Operation.Outcome.MISSING,
                result.value(),
                result.at(),
                table.index());
    }
}
