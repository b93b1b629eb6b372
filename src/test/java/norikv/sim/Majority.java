package norikv.sim;

import java.util.ArrayList;
import java.util.List;
import java.util.function.LongPredicate;
import norikv.raft.Configuration;
import norikv.raft.Members;

/// Majorities by counting, apart from the core's own arithmetic.
final class Majority {
    private Majority() {}

    /// {@return whether those who `agree` can decide in `configuration`}
    static boolean decides(Configuration configuration, LongPredicate agree) {
        return decides(configuration.voters(), agree)
                && (!configuration.isJoint() || decides(configuration.outgoing(), agree));
    }

    private static boolean decides(Members half, LongPredicate agree) {
        int count = 0;
        for (int i = 0; i < half.count(); i++) {
            count += agree.test(half.id(i)) ? 1 : 0;
        }
        return 2 * count > half.count();
    }

    /// {@return whether every quorum of one shares a member with every quorum of the other}
    static boolean intersect(Configuration one, Configuration other) {
        List<Long> ids = new ArrayList<>();
        Members all = one.all().plus(other.all());
        for (int i = 0; i < all.count(); i++) {
            ids.add(all.id(i));
        }
        for (int set = 0; set < 1 << ids.size(); set++) {
            int chosen = set;
            LongPredicate within = id -> (chosen >> ids.indexOf(id) & 1) == 1;
            if (decides(one, within) && decides(other, within.negate())) {
                return false;
            }
        }
        return true;
    }
}
