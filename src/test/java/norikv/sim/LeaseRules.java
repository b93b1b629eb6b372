package norikv.sim;

import java.util.ArrayList;
import java.util.List;
import norikv.raft.LeaseView;

/// I12: at any moment at most one replica of a group may serve reads by its lease, and whoever may
/// knows of everything that is committed.
final class LeaseRules {
    /// A published lease that may still be valid.
    private record Held(Machine machine, int life, long id, LeaseView view) {}

    private final List<List<Held>> groups = new ArrayList<>();
    private final boolean applies;
    long checks;

    LeaseRules(int groups, boolean applies) {
        this.applies = applies;
        for (int i = 0; i <= groups; i++) {
            this.groups.add(new ArrayList<>(4));
        }
    }

    /// Replica `id` of `group` shows `view` to its readers from now on.
    void published(int group, Machine machine, long id, LeaseView view) {
        List<Held> held = groups.get(group);
        for (int i = held.size() - 1; i >= 0; i--) {
            if (held.get(i).id == id) {
                held.remove(i);
            }
        }
        if (view.expiryNanos() != Long.MIN_VALUE) {
            held.add(new Held(machine, machine.life, id, view));
        }
    }

    /// Something happened in a group: whoever could read by a lease now, must be right.
    void check(Truth truth, long trueNanos) {
        if (!applies) {
            return;
        }
        Held valid = null;
        List<Held> held = groups.get(truth.group);
        for (int i = 0; i < held.size(); i++) {
            Held one = held.get(i);
            Machine machine = one.machine;
            boolean reads =
                    machine.isUp()
                            && machine.life == one.life
                            && !machine.clock.isSuspended()
                            && one.view.validAt(machine.clock.now(trueNanos));
            if (reads) {
                checks++;
                Violation.check(
                        valid == null, "I12", "two leases at a time: %s and %s", valid, one);
                Violation.check(
                        one.view.commit() >= truth.committed.last(),
                        "I12",
                        "the lease of %d knows %d, committed is %d",
                        one.id,
                        one.view.commit(),
                        truth.committed.last());
                valid = one;
            }
        }
    }
}
