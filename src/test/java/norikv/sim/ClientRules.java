package norikv.sim;

import norikv.domain.Consistency;

/// What clients are promised: I13 read index, J1 an acknowledged write is there, J3 a refused one
/// never is, J5 a stale read was once true, J7 a session never goes back. J4 stands in [Truth]; J6,
/// linearizability, is checked on the whole history in the end.
final class ClientRules {
    private final Rules rules;
    long servedByLease;
    long grants;
    long reads;
    long staleReads;
    long writes;

    ClientRules(Rules rules) {
        this.rules = rules;
    }

    /// I13: a read is not answered from before what anybody could know when it was asked.
    void granted(Operation operation, long index) {
        grants++;
        Violation.check(
                index >= operation.committedAtCall,
                "I13",
                "read index %d, but %d was committed: %s",
                index,
                operation.committedAtCall,
                operation);
    }

    /// A host answers.
    void answered(Operation operation, Answer answer) {
        Truth truth = rules.truth(operation.group);
        switch (answer.outcome()) {
            case OK, MISSING, MISMATCH -> {
                if (operation.isRead()) {
                    readWasTrue(truth, operation, answer);
                } else {
                    writeIsThere(truth, operation, answer);
                }
            }
            case DEFINITE -> {
                if (!operation.isRead()) {
                    neverHappened(truth, operation);
                }
            }
            case OPEN, INDETERMINATE -> {}
        }
    }

    /// J1: the write stands in the history that everybody applies.
    private void writeIsThere(Truth truth, Operation operation, Answer answer) {
        writes++;
        boolean stands = truth.appliedTokens.contains(operation.token);
        boolean took = answer.outcome() != Operation.Outcome.MISMATCH;
        long index = answer.version().index();
        Violation.check(
                stands
                        && index <= truth.appliedIndex()
                        && (!took || truth.termAt(index) == answer.version().term()),
                "J1",
                "%s was answered with %s, which is nowhere",
                operation,
                answer);
    }

    /// J3: what was refused for certain is not in the history, and stays out of it.
    private static void neverHappened(Truth truth, Operation operation) {
        Violation.check(
                !truth.appliedTokens.contains(operation.token),
                "J3",
                "%s was refused for certain, and is applied",
                operation);
        truth.refusedTokens.add(operation.token);
    }

    /// J5, J7: what a read shows is the state at the index that it says, not before its session's.
    private void readWasTrue(Truth truth, Operation operation, Answer answer) {
        reads++;
        staleReads += operation.consistency == Consistency.STALE ? 1 : 0;
        Table.Result then = truth.readAt(operation.key, answer.servedIndex());
        boolean found = answer.outcome() == Operation.Outcome.OK;
        Violation.check(
                found == then.done()
                        && (!found || then.value() == answer.value())
                        && then.at().equals(answer.version()),
                "J5",
                "%s shows %s, at that index was %s",
                operation,
                answer,
                then);
        Violation.check(
                operation.consistency != Consistency.STALE
                        || answer.servedIndex() >= operation.sessionIndex,
                "J7",
                "%s shows %s, its session has seen %d",
                operation,
                answer,
                operation.sessionIndex);
    }
}
