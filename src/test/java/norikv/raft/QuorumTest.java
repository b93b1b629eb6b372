package norikv.raft;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import java.util.TreeSet;
import java.util.function.LongUnaryOperator;
import norikv.bytes.Bytes;
import norikv.domain.NoriException;
import org.junit.jupiter.api.Test;

/// The arithmetic of majorities against the plain definition: try every set of replicas.
final class QuorumTest {
    private static final int HALF_MAX = 5;
    private static final int IDS = 2 * HALF_MAX;

    @Test
    void agreedIsTheGreatestValueThatSomeMajorityOfEachHalfHasReached() {
        // Ids 1 to 10; the halves may overlap in every way. Values are all orders that matter: a
        // few random draws from a small range, so that ties abound.
        var random = new Random(1);
        for (int voters = 1; voters < 1 << IDS; voters++) {
            if (Integer.bitCount(voters) > HALF_MAX) {
                continue;
            }
            int outgoing = otherHalf(random);
            var configuration =
                    new Configuration(
                            members(voters), members(outgoing), Members.NONE, Members.NONE);
            for (int draw = 0; draw < 20; draw++) {
                long[] values = random.longs(IDS + 1, -2, 4).toArray();
                assertEquals(
                        Math.min(slowly(voters, values), slowly(outgoing, values)),
                        Quorum.agreed(configuration, id -> values[(int) id]),
                        () -> configuration.toString());
            }
        }
    }

    @Test
    void allSizesUpToFiveAndFiveWithAllValuesOfThree() {
        for (int left = 1; left <= HALF_MAX; left++) {
            for (int right = 0; right <= HALF_MAX; right++) {
                for (int shared = 0; shared <= Math.min(left, right); shared++) {
                    checkAllVotes(left, right, shared);
                }
            }
        }
    }

    @Test
    void twoMajoritiesOfConfigurationsNextToEachOtherMeet() {
        for (int before = 1; before < 1 << HALF_MAX; before++) {
            for (int after = 1; after < 1 << HALF_MAX; after++) {
                var old = Configuration.of(members(before), Members.NONE);
                var target = Configuration.of(members(after), Members.NONE);
                Configuration step = old.towards(target);
                assertTrue(meet(old, step), () -> old + " and " + step);
                if (step.isJoint()) {
                    assertTrue(meet(step, step.left()), () -> step + " and " + step.left());
                    assertEquals(target, step.left());
                }
            }
        }
    }

    @Test
    void aVoterThatBecomesALearnerIsNeverBoth() {
        var old = Configuration.of(Members.of(1, 2, 3), Members.of(4));
        var step = old.towards(Configuration.of(Members.of(1, 2, 4), Members.of(3, 5)));
        assertEquals(Members.of(1, 2, 4), step.voters());
        assertEquals(Members.of(1, 2, 3), step.outgoing());
        assertEquals(Members.of(5), step.learners());
        assertEquals(Members.of(3), step.learnersNext());
        assertEquals(Configuration.of(Members.of(1, 2, 4), Members.of(3, 5)), step.left());
    }

    @Test
    void aConfigurationThatCannotBeIsRefused() {
        Members one = Members.of(1);
        assertThrows(
                NoriException.Malformed.class, () -> Configuration.of(Members.NONE, one));
        assertThrows(NoriException.Malformed.class, () -> Configuration.of(one, one));
        assertThrows(
                NoriException.Malformed.class,
                () -> new Configuration(one, Members.of(2), Members.NONE, Members.of(3)));
        assertThrows(
                NoriException.Malformed.class,
                () -> new Configuration(one, Members.of(1, 2), Members.NONE, Members.of(1)));
        assertThrows(NoriException.Malformed.class, () -> Members.of(0));
    }

    @Test
    void aConfigurationIsReadAsItWasWritten() {
        var all =
                new Configuration(
                        Members.of(1, 2, 300),
                        Members.of(1, 4, Members.ID_MAX),
                        Members.of(9),
                        Members.of(4));
        assertEquals(all, Configuration.decode(all.encode()));
        Bytes bytes = all.encode();
        for (int length = 0; length < bytes.length(); length++) {
            Bytes cut = bytes.slice(0, length);
            assertThrows(NoriException.Malformed.class, () -> Configuration.decode(cut));
        }
        assertThrows(
                NoriException.Malformed.class,
                () -> Configuration.decode(Bytes.hex(bytes.toHex() + "00")));
    }

    private static int otherHalf(Random random) {
        int half = random.nextInt(1 << IDS);
        while (Integer.bitCount(half) > HALF_MAX) {
            half &= half - 1;
        }
        return half;
    }

    /// Every assignment of three values to two halves of the given sizes that share some members.
    private static void checkAllVotes(int left, int right, int shared) {
        int voters = (1 << left) - 1;
        int outgoing = (1 << right) - 1 << left - shared;
        var configuration =
                new Configuration(members(voters), members(outgoing), Members.NONE, Members.NONE);
        int count = left + right - shared;
        long[] values = new long[IDS + 1];
        LongUnaryOperator valueOf = id -> values[(int) id];
        for (int draw = 0; draw < Math.powExact(3, count); draw++) {
            for (int i = 0, rest = draw; i < count; i++, rest /= 3) {
                values[i + 1] = rest % 3 - 1;
            }
            long expected = Math.min(slowly(voters, values), slowly(outgoing, values));
            if (expected != Quorum.agreed(configuration, valueOf)) {
                assertEquals(expected, Quorum.agreed(configuration, valueOf));
            }
        }
    }

    /// The definition: over all subsets that are majorities, the best of their smallest values.
    private static long slowly(int half, long[] values) {
        if (half == 0) {
            return Long.MAX_VALUE;
        }
        long best = Long.MIN_VALUE;
        for (int set = half; set > 0; set = set - 1 & half) {
            if (2 * Integer.bitCount(set) > Integer.bitCount(half)) {
                long least = Long.MAX_VALUE;
                for (int i = 0; i < IDS; i++) {
                    least = (set >> i & 1) == 1 ? Math.min(least, values[i + 1]) : least;
                }
                best = Math.max(best, least);
            }
        }
        return best;
    }

    /// Whether no two disjoint sets of replicas can each decide, one in `a`, the other in `b`.
    private static boolean meet(Configuration a, Configuration b) {
        for (int set = 0; set < 1 << HALF_MAX; set++) {
            int others = ~set;
            if (decides(a, set) && decides(b, others)) {
                return false;
            }
        }
        assertFalse(decides(a, 0));
        return true;
    }

    private static boolean decides(Configuration configuration, int set) {
        return Quorum.agreed(configuration, id -> set >> (int) id - 1 & 1) >= Quorum.YES;
    }

    private static Members members(int set) {
        var ids = new TreeSet<Long>();
        for (int i = 0; i < IDS; i++) {
            if ((set >> i & 1) == 1) {
                ids.add(i + 1L);
            }
        }
        return Members.of(ids.stream().mapToLong(Long::longValue).toArray());
    }
}
