package norikv.host;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import java.util.List;
import norikv.domain.Version;
import norikv.host.Reconciliation.Complete;
import norikv.host.Reconciliation.Damaged;
import norikv.host.Reconciliation.Drop;
import norikv.host.Reconciliation.Fits;
import norikv.host.Reconciliation.Forget;
import norikv.host.Reconciliation.InLog;
import norikv.host.Reconciliation.InStorage;
import norikv.raftlog.HardState;
import norikv.raftlog.Intent;
import org.junit.jupiter.api.Test;

/// Every state of a group in log and storage, and what an opening makes of it.
///
/// The log holds entries 5 to 9 here: 4 to 6 are of term 2, later ones of term 3.
final class ReconciliationTest {
    private static final HardState VOTED = new HardState(3, 1, 8);

    @Test
    void aLogThatReachesFromWhatIsAppliedFits() {
        for (long applied = 4; applied <= 9; applied++) {
            assertEquals(new Fits(), of(Intent.NONE, at(applied)));
        }
    }

    @Test
    void aLogThatDoesNotReachWhatIsAppliedIsDamage() {
        assertDamaged(Intent.NONE, at(3), "storage lost what it had applied");
        assertDamaged(Intent.NONE, at(10), "the log lost what was applied");
        assertDamaged(Intent.NONE, new Version(3, 5), "another entry was applied");
        assertDamaged(Intent.NONE, new Version(0, 0), "storage lost everything");
    }

    @Test
    void anInstallBeyondTheLogIsForgottenOrCompletedWithoutAnyEntry() {
        var intent = new Intent(20, 4, 7);
        for (long applied = 4; applied <= 9; applied++) {
            assertEquals(new Forget(intent), of(intent, at(applied)));
        }
        assertEquals(new Complete(intent, false), of(intent, new InStorage(7, at(20, 4))));
    }

    @Test
    void anInstallWithinTheLogKeepsWhatFollowsIfTheEntryIsTheSame() {
        var same = new Intent(8, 3, 7);
        assertEquals(new Forget(same), of(same, at(6)));
        assertEquals(new Complete(same, true), of(same, new InStorage(7, at(8, 3))));
        var other = new Intent(8, 4, 7);
        assertEquals(new Forget(other), of(other, at(6)));
        assertEquals(new Complete(other, false), of(other, new InStorage(7, at(8, 4))));
        var last = new Intent(9, 3, 7);
        assertEquals(new Complete(last, true), of(last, new InStorage(7, at(9, 3))));
    }

    @Test
    void aRebuildMayBeOlderThanWhatWasAppliedButNotThanTheLog() {
        var rebuild = new Intent(4, 2, 7);
        assertEquals(new Forget(rebuild), of(rebuild, at(9)));
        assertEquals(new Complete(rebuild, true), of(rebuild, new InStorage(7, at(4, 2))));
    }

    @Test
    void anOpenIntentExcusesNothingElse() {
        var intent = new Intent(20, 4, 7);
        assertDamaged(intent, at(10), "applied beyond the log, by another tablet");
        assertDamaged(intent, at(3), "applied before the log");
        for (Version wrong : List.of(at(19, 4), at(21, 4), at(20, 3))) {
            assertInstanceOf(
                    Damaged.class, of(intent, new InStorage(7, wrong)), "installed elsewhere");
        }
    }

    @Test
    void aGroupThatIsGoneTakesItsTabletAlong() {
        var gone = new InLog(true, HardState.NONE, 1, 0, _ -> 0, Intent.NONE);
        assertEquals(new Drop(), Reconciliation.of(gone, new InStorage(3, at(8))));
        assertEquals(new Drop(), Reconciliation.of(gone, new InStorage(3, Version.NONE)));
        assertEquals(new Fits(), Reconciliation.of(gone, InStorage.NOTHING));
    }

    @Test
    void aShardThatIsNotHereMustHaveNothingInTheLog() {
        var empty = new InLog(false, HardState.NONE, 1, 0, _ -> 0, Intent.NONE);
        assertEquals(new Fits(), Reconciliation.of(empty, InStorage.NOTHING));
        assertEquals(new Fits(), Reconciliation.of(empty, new InStorage(1, Version.NONE)));
        var voted = new InLog(false, VOTED, 1, 0, _ -> 0, Intent.NONE);
        assertInstanceOf(Damaged.class, Reconciliation.of(voted, InStorage.NOTHING));
        assertInstanceOf(Damaged.class, of(Intent.NONE, InStorage.NOTHING));
        var intent = new Intent(20, 4, 7);
        var awaited = new InLog(false, VOTED, 1, 0, _ -> 0, intent);
        assertEquals(new Forget(intent), Reconciliation.of(awaited, InStorage.NOTHING));
        assertEquals(
                new Complete(intent, false),
                Reconciliation.of(awaited, new InStorage(7, at(20, 4))));
    }

    private static Version at(long index) {
        return at(index, term(index) == 0 ? 3 : term(index));
    }

    private static Version at(long index, long term) {
        return new Version(term, index);
    }

    private static long term(long index) {
        return index < 4 || index > 9 ? 0 : index <= 6 ? 2 : 3;
    }

    private static Reconciliation of(Intent intent, Version applied) {
        return of(intent, new InStorage(3, applied));
    }

    private static Reconciliation of(Intent intent, InStorage storage) {
        var log = new InLog(false, VOTED, 5, 9, ReconciliationTest::term, intent);
        return Reconciliation.of(log, storage);
    }

    private static void assertDamaged(Intent intent, Version applied, String why) {
        assertInstanceOf(Damaged.class, of(intent, applied), why);
    }
}
