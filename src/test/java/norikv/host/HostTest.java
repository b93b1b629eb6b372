package norikv.host;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import norikv.bytes.Bytes;
import norikv.disk.SimDisk;
import norikv.disk.SimDisk.Op;
import norikv.disk.SimFault;
import norikv.domain.Consistency;
import norikv.domain.ErrorCode;
import norikv.domain.NoriException;
import norikv.domain.ShardId;
import norikv.domain.Version;
import norikv.port.Applier.Committed;
import norikv.port.ReplicatedLog;
import org.junit.jupiter.api.Test;

/// The worker pass over a real log on a simulated disk.
final class HostTest {
    private static final ShardId SHARD = new ShardId(3);

    private final HostRig rig = new HostRig(Long.getLong("seed", 42));

    @Test
    void aProposalIsAppendedThenAppliedWithItsPlace() {
        rig.start().recovered();
        Asked asked = rig.propose(3, "a");
        rig.settle();

        assertEquals(Asked.Fate.APPLIED, asked.fate);
        assertEquals(new Version(1, 2), asked.at);
        assertEquals(List.of(), rig.faults);
    }

    @Test
    void aVoteIsInTheLogBeforeItCounts() {
        rig.start().recovered();

        assertEquals(1, rig.log.hardState(4).term());
        assertEquals(1, rig.log.hardState(4).vote());
    }

    @Test
    void manyProposalsOverManyGroupsShareOneForce() {
        rig.start().recovered();
        rig.settle();
        long forces = rig.disk.count(Op.FORCE);
        int passes = rig.witness.passes;
        var all = new ArrayList<Asked>();
        for (int i = 0; i < 64; i++) {
            all.add(rig.propose(i % HostRig.SHARDS, "v" + i));
        }
        rig.settle();

        all.forEach(asked -> assertEquals(Asked.Fate.APPLIED, asked.fate));
        assertEquals(1, rig.disk.count(Op.FORCE) - forces);
        assertEquals(1, rig.witness.passes - passes);
        assertEquals(HostRig.SHARDS, rig.witness.groupsOfLastPass);
    }

    @Test
    void nothingIsAppliedBeforeItIsForced() {
        rig.start().recovered();
        rig.settle();
        long forces = rig.disk.count(Op.FORCE);
        rig.witness.beforeApply = () -> assertTrue(rig.disk.count(Op.FORCE) > forces);
        Asked asked = rig.propose(3, "a");
        rig.settle();

        assertEquals(Asked.Fate.APPLIED, asked.fate);
        assertEquals(List.of(), rig.faults);
    }

    @Test
    void aForceThatFailsAcknowledgesNothing() {
        rig.start().recovered();
        rig.settle();
        rig.disk.inject(SimFault.on(Op.FORCE, "log"), new SimFault.Broken());
        Asked asked = rig.propose(3, "a");
        rig.settle();

        assertEquals(Asked.Fate.APPENDED, asked.fate);
        assertEquals(1, rig.places.of(SHARD).size());
        assertFalse(rig.faults.isEmpty());
    }

    @Test
    void everyStartBeginsATermAndVersionsGrow() {
        Version before = Version.NONE;
        for (int life = 0; life < 4; life++) {
            rig.start().recovered();
            Asked asked = rig.propose(3, "a");
            rig.settle();
            assertTrue(asked.at.compareTo(before) > 0, asked.at + " after " + before);
            assertEquals(life + 1, asked.at.term());
            before = asked.at;
            if (life % 2 == 0) {
                rig.flush();
            }
            rig.crash(life);
        }
    }

    @Test
    void whatStorageLostIsAppliedAgainBeforeTheNodeIsReady() {
        rig.start().recovered();
        for (int i = 0; i < 100; i++) {
            rig.propose(i % HostRig.SHARDS, "v" + i);
            rig.settle();
        }
        List<Committed> before = List.copyOf(rig.places.of(SHARD));
        rig.crash(1);
        assertEquals(0, rig.places.of(SHARD).size());
        rig.start().recovered();

        assertEquals(before, rig.places.of(SHARD).subList(0, before.size()));
        assertEquals(0, rig.host.unappliedEntries());
    }

    @Test
    void storageThatIsAheadOfTheLogIsDamage() {
        rig.start().recovered();
        rig.settle();
        rig.places.of(SHARD).add(new Committed(new Version(1, 2), Long.MAX_VALUE, Bytes.EMPTY));
        rig.flush();
        rig.crash(1);
        rig.open();

        assertThrows(NoriException.Corruption.class, () -> rig.host.start(rig.witness));
    }

    @Test
    void storageWithAnotherEntryThanTheLogIsDamage() {
        rig.start().recovered();
        rig.settle();
        rig.places.of(SHARD).clear();
        rig.places.of(SHARD).add(new Committed(new Version(9, 1), 0, Bytes.EMPTY));
        rig.places.flush();
        rig.crash(1);
        rig.open();

        assertThrows(NoriException.Corruption.class, () -> rig.host.start(rig.witness));
    }

    @Test
    void aLogThatNoLongerReachesBackToStorageIsDamage() {
        rig.start().recovered();
        for (int i = 0; i < 200; i++) {
            rig.propose(i % HostRig.SHARDS, "v".repeat(2_000));
            rig.settle();
        }
        rig.flush();
        rig.settle();
        assertTrue(rig.log.firstIndex(4) > 1);
        rig.crash(1);
        rig.places = new Places();
        rig.open();

        assertThrows(NoriException.Corruption.class, () -> rig.host.start(rig.witness));
    }

    @Test
    void aLogWithoutRoomRefusesForSureAndGoesOnWhenThereIsRoom() {
        rig.start().recovered();
        rig.settle();
        rig.disk.setTotalBytes(rig.disk.totalBytes() - rig.disk.freeBytes() + (80 << 10));
        var all = new ArrayList<Asked>();
        for (int i = 0; i < 100; i++) {
            all.add(rig.propose(i % HostRig.SHARDS, "v".repeat(4_000)));
            rig.settle();
            rig.loops.advance(10_000_000);
        }
        List<Asked> refused = all.stream().filter(a -> a.fate == Asked.Fate.REFUSED).toList();
        assertFalse(refused.isEmpty());
        refused.forEach(asked -> asked.assertRefused(ErrorCode.DISK_WATERMARK));
        assertTrue(
                all.stream()
                        .allMatch(
                                a ->
                                        a.fate == Asked.Fate.APPLIED
                                                || a.fate == Asked.Fate.REFUSED));

        rig.disk.setTotalBytes(SimDisk.TOTAL_BYTES);
        rig.loops.advance(2_000_000_000L);
        Asked after = rig.propose(3, "again");
        rig.settle();
        assertEquals(Asked.Fate.APPLIED, after.fate);
        assertEquals(List.of(), rig.faults);
        long applied = rig.places.of(SHARD).size();
        rig.crash(5);
        rig.start().recovered();
        assertTrue(rig.places.of(SHARD).size() > applied);
    }

    @Test
    void aStartOnAFullDiskBeginsItsTermsWhenThereIsRoom() {
        rig.start().recovered();
        rig.settle();
        rig.crash(1);
        for (String name : rig.disk.list("log")) {
            if (name.contains("spare")) {
                rig.disk.delete("log/" + name);
            }
        }
        rig.disk.setTotalBytes(0);
        rig.start();
        rig.loops.advance(3_000_000_000L);
        assertFalse(rig.host.isRecovered());
        Asked early = rig.propose(3, "a");
        rig.disk.setTotalBytes(SimDisk.TOTAL_BYTES);
        rig.loops.advance(3_000_000_000L);
        assertTrue(rig.host.isRecovered());
        assertTrue(early.fate == Asked.Fate.APPLIED || early.fate == Asked.Fate.REFUSED);
        Asked asked = rig.propose(3, "b");
        rig.settle();

        assertEquals(Asked.Fate.APPLIED, asked.fate);
    }

    @Test
    void readsWaitUntilTheTermIsKnownAndAreInlineAfterwards() {
        rig.start();
        var early = new Reader(rig, Consistency.LINEARIZABLE, Long.MAX_VALUE);
        var stale = new Reader(rig, Consistency.STALE, Long.MAX_VALUE);
        assertEquals("waits", early.heard);
        assertEquals("readable", stale.heard);
        rig.recovered();
        rig.settle();
        assertEquals("readable", early.heard);

        assertEquals("readable", new Reader(rig, Consistency.LEASE, Long.MAX_VALUE).heard);
    }

    @Test
    void aReadThatWaitsTooLongIsRefused() {
        rig.disk.setTotalBytes(0);
        rig.start();
        var late = new Reader(rig, Consistency.LINEARIZABLE, rig.loops.nowNanos() + 50_000_000);
        rig.loops.advance(100_000_000);

        assertEquals("DEADLINE_EXCEEDED", late.heard);
    }

    @Test
    void applyingPausesAtHighPressureAndNothingIsLost() {
        rig.start().recovered();
        rig.settle();
        rig.places.pressure = 1;
        Asked asked = rig.propose(3, "a");
        rig.loops.advance(100_000_000);
        assertEquals(Asked.Fate.APPENDED, asked.fate);
        assertEquals(1, rig.host.unappliedEntries());
        rig.places.pressure = 0.9;
        rig.loops.advance(100_000_000);

        assertEquals(Asked.Fate.APPLIED, asked.fate);
    }

    @Test
    void aPassThatStorageHasNoRoomForComesAgainSmaller() {
        rig.start().recovered();
        rig.settle();
        rig.places.pressure = 1;
        var all = new ArrayList<Asked>();
        for (int i = 0; i < 60; i++) {
            all.add(rig.propose(i % HostRig.SHARDS, "v".repeat(2_000)));
        }
        rig.settle();
        rig.witness.bytesMax = 70_000;
        rig.places.pressure = 0;
        rig.loops.advance(200_000_000);

        all.forEach(asked -> assertEquals(Asked.Fate.APPLIED, asked.fate));
        assertEquals(List.of(), rig.faults);
    }

    @Test
    void unflushedLogAsksForAFlushAndThenRefuses() {
        rig.options = Host.Options.defaults(2).withWorkers(1).withUnflushed(40_000, 1_000_000);
        rig.start().recovered();
        var all = new ArrayList<Asked>();
        for (int i = 0; i < 30; i++) {
            all.add(rig.propose(3, "v".repeat(2_000)));
            rig.loops.advance(10_000_000);
        }
        assertTrue(rig.flushesAsked > 0);
        all.getLast().assertRefused(ErrorCode.WRITE_STALL);
        rig.flush();
        Asked after = rig.propose(3, "a");
        rig.settle();

        assertEquals(Asked.Fate.APPLIED, after.fate);
    }

    @Test
    void aGroupThatWaitsForTheDiskHoldsUpNoOther() {
        rig.start().recovered();
        rig.settle();
        rig.witness.cold.add(3);
        Asked waits = rig.propose(3, "a");
        Asked behind = rig.propose(3, "b");
        Asked other = rig.propose(4, "c");
        rig.settle();
        assertEquals(Asked.Fate.APPENDED, waits.fate);
        assertEquals(Asked.Fate.APPLIED, other.fate);
        rig.witness.cold.clear();
        rig.host.resumeApply(SHARD);
        rig.settle();

        assertEquals(Asked.Fate.APPLIED, waits.fate);
        assertEquals(Asked.Fate.APPLIED, behind.fate);
    }

    @Test
    void stoppingLetsWhatIsUnderWayEnd() {
        rig.start().recovered();
        Asked under = rig.propose(3, "a");
        rig.stop();
        assertEquals(Asked.Fate.APPLIED, under.fate);

        Asked late = rig.propose(3, "b");
        late.assertRefused(ErrorCode.UNAVAILABLE);
        assertEquals(
                "UNAVAILABLE", new Reader(rig, Consistency.LINEARIZABLE, Long.MAX_VALUE).heard);
    }

    @Test
    void stoppingTellsTheRestThatTheirFateIsUnknown() {
        rig.start().recovered();
        rig.witness.cold.add(3);
        Asked stalled = rig.propose(3, "a");
        rig.settle();
        rig.host.stop(rig.loops.nowNanos() + 1_000_000);

        assertEquals(Asked.Fate.LOST, stalled.fate);
        rig.host.stop(rig.loops.nowNanos());
    }

    @Test
    void stoppingRefusesWhatWasNeverAppended() {
        rig.disk.setTotalBytes(0);
        rig.start();
        var reader = new Reader(rig, Consistency.LINEARIZABLE, Long.MAX_VALUE);
        rig.loops.advance(10_000_000);
        Asked inMailbox = rig.propose(3, "a");
        rig.host.stop(rig.loops.nowNanos());

        inMailbox.assertRefused(ErrorCode.UNAVAILABLE);
        assertEquals("UNAVAILABLE", reader.heard);
    }

    @Test
    void anEntryThatFitsInNoBatchIsRefused() {
        rig.start().recovered();

        rig.propose(3, "v".repeat(100_000)).assertRefused(ErrorCode.REQUEST_TOO_LARGE);
    }

    @Test
    void severalWorkersOwnTheGroupsAmongThem() {
        rig.options = Host.Options.defaults(2).withWorkers(3).withUnflushed(1 << 20, 100_000);
        rig.start().recovered();
        var all = new ArrayList<Asked>();
        for (int i = 0; i < 200; i++) {
            all.add(rig.propose(i % HostRig.SHARDS, "v" + i));
        }
        rig.settle();

        all.forEach(asked -> assertEquals(Asked.Fate.APPLIED, asked.fate));
    }

    @Test
    void aBacklogLargerThanABatchGoesOnInTheNextOnes() {
        rig.start().recovered();
        var all = new ArrayList<Asked>();
        for (int i = 0; i < 300; i++) {
            all.add(rig.propose(i % HostRig.SHARDS, "v".repeat(1_000)));
        }
        rig.settle();

        all.forEach(asked -> assertEquals(Asked.Fate.APPLIED, asked.fate));
    }

    @Test
    void theLogClockNeverGoesBackOverRestartsWhateverTheWallClockDoes() {
        rig.start().recovered();
        rig.propose(3, "a");
        rig.settle();
        long last = rig.places.of(SHARD).getLast().logTimeMillis();
        assertTrue(rig.host.logTimeMillis(SHARD) >= last);
        rig.crash(1);
        rig.open();
        rig.node.jumpWallMillis(-3_600_000);
        rig.host.start(rig.witness);
        assertEquals(0, rig.host.logTimeMillis(SHARD));
        rig.recovered();

        assertTrue(rig.host.logTimeMillis(SHARD) >= last);
        Asked asked = rig.propose(3, "b");
        rig.settle();
        assertEquals(Asked.Fate.APPLIED, asked.fate);
    }

    /// Whoever wants to read shard 3.
    private static final class Reader implements ReplicatedLog.Barrier {
        String heard = "waits";

        Reader(HostRig rig, Consistency consistency, long deadlineNanos) {
            rig.host.readBarrier(SHARD, consistency, deadlineNanos, this);
        }

        @Override
        public void readable() {
            assertEquals("waits", heard);
            heard = "readable";
        }

        @Override
        public void refused(NoriException reason) {
            assertEquals("waits", heard);
            heard = reason.code().name();
        }
    }
}
