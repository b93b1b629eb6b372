package norikv.sim;

import java.util.Map;
import java.util.function.BiConsumer;
import java.util.function.LongUnaryOperator;
import norikv.domain.Version;
import norikv.raft.Configuration;
import norikv.raft.Message;
import norikv.raft.Ready;
import norikv.raft.Status;

/// I11, I15: configurations follow each other so that their majorities overlap, and who was
/// destroyed never comes back.
final class MemberRules {
    long changes;

    /// Told of each joint configuration where it takes effect first.
    BiConsumer<Long, Configuration> whenJoint = (_, _) -> {};

    /// I11: no log has two changes that nobody has committed.
    void oneAtATime(Truth truth, Witness w) {
        var open = w.changes.tailSet(truth.committed.last(), false);
        Violation.check(
                open.size() <= 1,
                "I11",
                "replica %d has changes at %s, committed is %d",
                w.id,
                open,
                truth.committed.last());
    }

    /// I11: only a voter is elected, by what it knew when it was.
    void mayLead(Truth truth, Witness w, Status s) {
        Configuration before =
                truth.configurations.getOrDefault(w.configurationIndex, s.configuration());
        Violation.check(
                s.configuration().isVoter(w.id) || before.isVoter(w.id),
                "I11",
                "replica %d leads term %d and is no voter of %s",
                w.id,
                s.term(),
                s.configuration());
    }

    /// I11: a leader that is removed hands on only when a majority of those who stay knows it, or
    /// they would go on counting with its vote.
    ///
    /// @param knownOf what a replica ever knew to be committed
    void goodbye(Witness w, Status s, Ready ready, LongUnaryOperator knownOf) {
        boolean handsOn =
                ready.sendNow().stream().anyMatch(Message.TimeoutNow.class::isInstance);
        Configuration rest = s.configuration();
        Violation.check(
                !handsOn
                        || rest.isVoter(w.id)
                        || Majority.decides(
                                rest, id -> knownOf.applyAsLong(id) >= s.configurationIndex()),
                "I11",
                "replica %d leaves %s, which no majority there knows yet",
                w.id,
                rest);
    }

    /// A configuration takes effect somewhere.
    void inEffect(Truth truth, Witness w, Status s) {
        long index = s.configurationIndex();
        Configuration configuration = s.configuration();
        Configuration known = truth.configurations.get(index);
        if (known != null) {
            Violation.check(
                    known.equals(configuration),
                    "I11",
                    "two configurations of entry %d: %s and %s",
                    index,
                    known,
                    configuration);
            return;
        }
        changes++;
        var at = new Version(truth.committed.term(index), index);
        Violation.check(
                configuration.equals(truth.changes.get(at)),
                "I11",
                "replica %d takes %s, committed at %s is %s",
                w.id,
                configuration,
                at,
                truth.changes.get(at));
        Map.Entry<Long, Configuration> last = truth.configurations.lastEntry();
        Violation.check(
                index > last.getKey(),
                "I11",
                "replica %d: %s at %d comes behind %s",
                w.id,
                configuration,
                index,
                last);
        Violation.check(
                Majority.intersect(last.getValue(), configuration),
                "I11",
                "majorities of %s and %s need not meet",
                last.getValue(),
                configuration);
        Violation.check(
                configuration.voters().minus(last.getValue().all()).isEmpty(),
                "I11",
                "%s has voters that %s did not have as learners",
                configuration,
                last.getValue());
        for (long gone : truth.tombstones) {
            Violation.check(
                    !configuration.all().contains(gone),
                    "I15",
                    "%s has destroyed replica %d",
                    configuration,
                    gone);
        }
        truth.configurations.put(index, configuration);
        if (configuration.isJoint()) {
            whenJoint.accept(w.id, configuration);
        }
    }
}
