package norikv.lsm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import norikv.bytes.Bytes;
import norikv.domain.NoriException;
import norikv.domain.ShardId;
import norikv.domain.Version;
import org.junit.jupiter.api.Test;

/// Shards go whole from engine to engine, and are the same there.
final class ShardTransferTest {
    private static final ShardId ZERO = new ShardId(0);
    private static final ShardId FIVE = new ShardId(5);

    private final LsmRig from = new LsmRig(LsmRig.options(4).withBands(3));
    private final LsmRig to = new LsmRig(LsmRig.options(2).withBands(8));

    @Test
    void aShardIsTheSameWhereItWasInstalled() {
        from.withShards(6);
        to.withShards(6);
        fill(from, 0, 200);
        fill(from, 3, 50); // shares the band of shard 0 here, and not there
        to.put(0, "old", "x");
        to.put(1, "other", "y");

        List<ShardChunk> chunks = Transfer.chunks(from.lsm, Set.of(ZERO), 1000, 500);
        assertTrue(chunks.size() > 4, () -> "chunks: " + chunks.size());
        Transfer.install(to.lsm, chunks);

        assertEquals(from.lsm.applied(ZERO), to.lsm.applied(ZERO));
        assertEquals(from.lsm.applied(ZERO), to.lsm.durable(ZERO));
        assertEquals(rows(from.lsm, 0), rows(to.lsm, 0));
        assertEquals("-", to.get(0, "old"));
        assertEquals("y", to.get(1, "other"));
        ShardDigest digest = chunks.getLast().soFar();
        assertEquals(digest, Transfer.hash(from.lsm, ZERO, 100));
        assertEquals(digest, Transfer.hash(to.lsm, ZERO, 1 << 20));
        to.settle();
        to.close();
        to.open();
        assertEquals(rows(from.lsm, 0), rows(to.lsm, 0));
        assertEquals(digest, Transfer.hash(to.lsm, ZERO, 1 << 20));
    }

    @Test
    void aStreamSeesOnePlaceWhileWritesFlushesAndCompactionsGoOn() {
        from.withShards(6);
        to.withShards(6);
        fill(from, 0, 100);
        List<String> expected = rows(from.lsm, 0);
        List<ShardChunk> chunks = new ArrayList<>();
        try (Snapshot snapshot = from.lsm.snapshot(ZERO::equals)) {
            ShardDigest digest = Transfer.hash(from.lsm, ZERO, 1 << 20);
            ShardStream stream = snapshot.stream(Map.of(ZERO, ShardMark.START), 300);
            while (!stream.isDone()) {
                chunks.addAll(stream.step(200));
                fill(from, 0, 20);
                from.delete(0, "key-0017");
                from.advance(0, 1000);
                from.flush();
            }
            ShardHash hash = snapshot.hash(Set.of(ZERO));
            while (!hash.step(64)) {
                from.put(0, "key-0003", "again");
            }
            assertEquals(Map.of(ZERO, digest), hash.digests());
            assertEquals(digest, chunks.getLast().soFar());
        }
        Transfer.install(to.lsm, chunks);
        assertEquals(expected, rows(to.lsm, 0));
    }

    @Test
    void manyShardsGoInOnePassAndEachFromItsOwnMark() {
        from.withShards(6);
        for (int shard = 0; shard < 6; shard++) {
            fill(from, shard, 30 + 10 * shard);
        }
        Set<ShardId> all = Set.copyOf(List.of(ZERO, new ShardId(3), FIVE));
        try (Snapshot snapshot = from.lsm.snapshot(all::contains)) {
            ShardStream whole =
                    snapshot.stream(
                            Map.of(
                                    ZERO, ShardMark.START,
                                    new ShardId(3), ShardMark.START,
                                    FIVE, ShardMark.START),
                            300);
            List<ShardChunk> chunks = Transfer.rest(whole, 777);
            for (ShardId shard : all) {
                List<ShardChunk> own =
                        chunks.stream().filter(c -> c.shard().equals(shard)).toList();
                assertEquals(own.getLast().soFar(), Transfer.hash(from.lsm, shard, 999));
                // Another stream goes on wherever this one was cut.
                try (Staging staging = to.lsm.stage(shard)) {
                    own.subList(0, 2).forEach(staging::take);
                    ShardStream rest =
                            snapshot.stream(
                                    Map.of(
                                            shard,
                                            staging.mark(),
                                            shard.equals(ZERO) ? FIVE : ZERO,
                                            ShardMark.START),
                                    300);
                    List<ShardChunk> resumed =
                            Transfer.rest(rest, 50).stream()
                                    .filter(c -> c.shard().equals(shard))
                                    .toList();
                    assertEquals(own.subList(2, own.size()), resumed);
                }
            }
        }
    }

    @Test
    void aDigestDependsOnWhatIsVisibleAndOnNothingElse() {
        from.withShards(6);
        to.withShards(6);
        // One has versions, tombstones and expired values that the other never had.
        for (int i = 0; i < 20; i++) {
            from.put(0, "k" + i % 5, "v" + i, i % 5 == 4 ? from.logTime() + 500 : 0);
        }
        from.delete(0, "k3");
        from.flush();
        from.advance(0, 500);
        var batch = new WriteBatch();
        for (int i = 15; i < 18; i++) {
            var at = new Version(1, i + 1L);
            batch.put(ZERO, 0, at, Bytes.utf8("k" + i % 5), Bytes.utf8("v" + i), 0);
        }
        batch.applied(ZERO, from.lsm.applied(ZERO).at(), from.logTime());
        to.lsm.write(batch);
        ShardDigest digest = Transfer.hash(from.lsm, ZERO, 100);
        assertEquals(3, digest.rows());
        assertEquals(digest, Transfer.hash(to.lsm, ZERO, 100));

        // Another space, another version, another expiry: each is seen.
        writeRow(4, "k0", "v15", 0);
        ShardDigest withSpace = Transfer.hash(to.lsm, ZERO, 100);
        assertEquals(4, withSpace.rows());
        writeRow(0, "k0", "v15", 0);
        ShardDigest withVersion = Transfer.hash(to.lsm, ZERO, 100);
        writeRow(0, "k0", "v15", 1_000_000);
        assertEquals(4, withVersion.rows());
        assertNotEquals(withSpace, withVersion);
        assertNotEquals(withVersion, Transfer.hash(to.lsm, ZERO, 100));

        var others = new LsmRig(LsmRig.options(4)).withShards(1);
        var batch4 = new WriteBatch();
        batch4.put(ZERO, 4, new Version(1, 1), Bytes.utf8("k"), Bytes.EMPTY, 0);
        batch4.applied(ZERO, new Version(1, 1), 5);
        others.lsm.write(batch4);
        var same = new LsmRig(LsmRig.options(4)).withShards(1);
        var batch5 = new WriteBatch();
        batch5.put(ZERO, 5, new Version(1, 1), Bytes.utf8("k"), Bytes.EMPTY, 0);
        batch5.applied(ZERO, new Version(1, 1), 5);
        same.lsm.write(batch5);
        assertNotEquals(Transfer.hash(others.lsm, ZERO, 9), Transfer.hash(same.lsm, ZERO, 9));
    }

    private void writeRow(int space, String key, String value, long expiry) {
        var batch = new WriteBatch();
        AppliedAt place = to.lsm.applied(ZERO);
        var at = new Version(1, place.at().index() + 1);
        batch.put(ZERO, space, at, Bytes.utf8(key), Bytes.utf8(value), expiry);
        batch.applied(ZERO, at, place.logTimeMillis());
        to.lsm.write(batch);
    }

    @Test
    void anOlderSnapshotIsRefusedUnlessTheShardIsDamaged() {
        from.withShards(6);
        to.withShards(6);
        fill(from, 0, 10);
        List<ShardChunk> chunks = Transfer.chunks(from.lsm, Set.of(ZERO), 1000, 5000);
        fill(to, 0, 10);
        assertEquals(from.lsm.applied(ZERO).at(), to.lsm.applied(ZERO).at());
        assertThrows(NoriException.Malformed.class, () -> Transfer.install(to.lsm, chunks));
        to.put(0, "key-0001", "mine");
        assertEquals("mine", to.get(0, "key-0001"), "the engine goes on");

        to.flush();
        LiveTable table = to.lsm.levels().all().getFirst();
        table.suspect(new NoriException.Corruption("said a test"));
        Transfer.install(to.lsm, chunks);
        assertEquals(rows(from.lsm, 0), rows(to.lsm, 0));
        assertTrue(to.lsm.damage().stream().allMatch(d -> d.shards().isEmpty()));
        to.settle();
        assertFalse(to.files().contains(FileNames.table(table.number())), "wholly dead");
    }

    @Test
    void aRebuiltShardIsReadThoughItsTableIsDamagedForOthers() {
        from.withShards(6);
        to.withShards(2);
        fill(from, 0, 30);
        fill(to, 0, 20);
        to.put(0, "key-0000-gone", "x");
        fill(to, 1, 20);
        to.flush();
        String table = to.lsm.levels().all().getFirst().toString();
        to.close();
        to.disk.damage(table, 30, 4);
        to.open();
        assertThrows(NoriException.Corruption.class, () -> to.get(0, "key-0000"));
        List<ShardChunk> chunks = Transfer.chunks(from.lsm, Set.of(ZERO), 1000, 5000);
        Transfer.install(to.lsm, chunks);
        to.settle();
        assertTrue(to.files().contains(table.substring(table.indexOf('/') + 1)), "needed still");
        assertEquals("value-0", to.get(0, "key-0000"));
        assertEquals("-", to.get(0, "key-0000-gone"));
    }

    @Test
    void tablesWhollyOfADroppedTabletGoAtOnce() {
        to.withShards(2);
        fill(to, 0, 50);
        to.flush();
        fill(to, 1, 50);
        to.flush();
        long before = to.lsm.levels().all().size();
        to.lsm.dropTablet(ZERO);
        // No loop has run: the caller himself has taken them out.
        List<LiveTable> left = to.lsm.levels().all();
        assertTrue(left.size() < before, "of " + before);
        int one = to.lsm.tabletOf(new ShardId(1));
        for (LiveTable table : left) {
            assertTrue(table.facts().tablets().stream().anyMatch(t -> t.tablet() == one));
        }
        to.settle();
        long files =
                to.files().stream().filter(f -> FileNames.tableNumber(f).isPresent()).count();
        assertEquals(to.lsm.levels().all().size(), files);
        assertEquals(50, to.scan().size());
    }

    @Test
    void whatIsBeingReceivedIsSeenByNobodyAndSurvivesCompactions() {
        from.withShards(6);
        to.withShards(1);
        fill(from, 5, 120);
        List<ShardChunk> chunks = Transfer.chunks(from.lsm, Set.of(FIVE), 1000, 5000);
        Staging staging = to.lsm.stage(FIVE);
        assertThrows(NoriException.Overloaded.class, () -> to.lsm.stage(FIVE));
        chunks.forEach(staging::take);
        Transfer.ready(staging);
        staging.ingest();
        for (int i = 0; i < 10; i++) {
            fill(to, 0, 60);
            to.flush();
        }
        assertTrue(to.lsm.levels().young().depth() < 10, "nothing was compacted");
        assertFalse(to.lsm.hasTablet(FIVE));
        assertThrows(NoriException.NotLeader.class, () -> to.get(5, "key-0001"));
        assertEquals(60, to.scan().size());
        staging.goLive();
        staging.close();
        assertEquals(rows(from.lsm, 5), rows(to.lsm, 5));
        assertEquals(Transfer.hash(from.lsm, FIVE, 5000), Transfer.hash(to.lsm, FIVE, 5000));
    }

    @Test
    void whatIsGivenUpLeavesNoFile() {
        from.withShards(6);
        to.withShards(6);
        to.settle();
        List<String> before = to.files();
        fill(from, 0, 120);
        List<ShardChunk> chunks = Transfer.chunks(from.lsm, Set.of(ZERO), 1000, 5000);
        for (int stage = 0; stage < 4; stage++) {
            Staging staging = to.lsm.stage(ZERO);
            chunks.subList(0, stage == 0 ? 1 : chunks.size()).forEach(staging::take);
            if (stage > 1) {
                Transfer.ready(staging);
            }
            if (stage > 2) {
                staging.ingest();
            }
            staging.close();
            to.settle();
            assertEquals(before, to.files(), "stage " + stage);
        }
        // Nor does a process that ends in the middle of it.
        Staging staging = to.lsm.stage(ZERO);
        chunks.forEach(staging::take);
        Transfer.ready(staging);
        to.close();
        to.open();
        to.settle();
        assertTrue(to.files().stream().noneMatch(f -> FileNames.tableNumber(f).isPresent()));
        Transfer.install(to.lsm, chunks);
        assertEquals(rows(from.lsm, 0), rows(to.lsm, 0));
    }

    @Test
    void whatWasIngestedAndNotLiveIsDroppedAtTheNextOpening() {
        from.withShards(6);
        to.withShards(1);
        fill(from, 5, 60);
        List<ShardChunk> chunks = Transfer.chunks(from.lsm, Set.of(FIVE), 1000, 5000);
        Staging staging = to.lsm.stage(FIVE);
        chunks.forEach(staging::take);
        Transfer.ready(staging);
        staging.ingest();
        int tablet = staging.tablet();
        to.crash(3);
        to.open();
        to.settle();
        assertTrue(to.files().stream().noneMatch(f -> FileNames.tableNumber(f).isPresent()));
        Transfer.install(to.lsm, chunks);
        assertTrue(Integer.compareUnsigned(to.lsm.tabletOf(FIVE), tablet) > 0, "used twice");
        assertEquals(rows(from.lsm, 5), rows(to.lsm, 5));
    }

    @Test
    void whatIsNotTheNextChunkIsRefusedAndNothingOfItTaken() {
        from.withShards(6);
        to.withShards(6);
        fill(from, 0, 60);
        fill(from, 3, 60);
        List<ShardChunk> chunks = Transfer.chunks(from.lsm, Set.of(ZERO), 500, 5000);
        List<ShardChunk> other = Transfer.chunks(from.lsm, Set.of(new ShardId(3)), 500, 5000);
        from.put(0, "more", "x");
        List<ShardChunk> later = Transfer.chunks(from.lsm, Set.of(ZERO), 500, 5000);
        Staging staging = to.lsm.stage(ZERO);
        assertRefused(staging, chunks.get(1));
        assertRefused(staging, other.getFirst());
        staging.take(chunks.getFirst());
        assertRefused(staging, chunks.getFirst());
        assertRefused(staging, later.get(1));
        ShardChunk next = chunks.get(1);
        assertRefused(staging, with(next, chunks.get(0).rows(), next.soFar()));
        assertRefused(staging, with(next, next.rows(), chunks.get(2).soFar()));
        ShardDigest once = chunks.getFirst().soFar();
        var twice = new ShardDigest(2 * once.rows(), 2 * once.hash());
        assertRefused(staging, with(next, chunks.getFirst().rows(), twice));
        assertRefused(staging, with(next, next.rows().slice(0, 9), next.soFar()));
        assertThrows(IllegalStateException.class, staging::seal);
        chunks.subList(1, chunks.size()).forEach(staging::take);
        Transfer.ready(staging);
        staging.ingest();
        staging.goLive();
        assertEquals(chunks.getLast().soFar(), Transfer.hash(to.lsm, ZERO, 5000));
    }

    private static ShardChunk with(ShardChunk chunk, Bytes rows, ShardDigest soFar) {
        return new ShardChunk(
                chunk.shard(), chunk.place(), chunk.number(), chunk.isLast(), rows, soFar);
    }

    private static void assertRefused(Staging staging, ShardChunk chunk) {
        assertThrows(NoriException.Malformed.class, () -> staging.take(chunk));
    }

    @Test
    void anEmptyShardIsOneChunkAndAnInstalledOneIsEmpty() {
        from.withShards(6);
        to.withShards(6);
        to.put(0, "old", "x");
        from.advance(0, 1);
        from.advance(0, 1);
        List<ShardChunk> chunks = Transfer.chunks(from.lsm, Set.of(ZERO), 500, 5000);
        assertEquals(1, chunks.size());
        Transfer.install(to.lsm, chunks);
        assertEquals("-", to.get(0, "old"));
        assertEquals(ShardDigest.NOTHING, Transfer.hash(to.lsm, ZERO, 1));
        to.close();
        to.open();
        assertEquals("-", to.get(0, "old"));
        assertEquals(2, to.lsm.applied(ZERO).at().index());
    }

    /// Keys in two spaces, some with an expiry, and some rows of every other kind.
    private static void fill(LsmRig rig, int shard, int count) {
        for (int i = 0; i < count; i++) {
            long expiry = i % 7 == 0 ? rig.logTime() + 50_000_000 : 0;
            rig.put(shard, "key-%04d".formatted(i), "value-" + i, expiry);
        }
        var batch = new WriteBatch();
        Version at = rig.next(shard);
        for (int i = 0; i < count; i += 10) {
            Bytes key = Bytes.utf8("s" + i);
            batch.put(new ShardId(shard), 1 + i % 254, at, key, Bytes.utf8("in " + i), 0);
        }
        batch.applied(new ShardId(shard), at, rig.logTime());
        rig.lsm.write(batch);
    }

    /// {@return all that is visible of a shard, space by space}
    static List<String> rows(Lsm lsm, int shard) {
        List<String> rows = new ArrayList<>();
        for (int space = 0; space <= InternalKey.SPACE_MAX; space++) {
            var plan =
                    new RangePlan(
                            space, new ShardId(shard)::equals, Bytes.EMPTY, Bytes.EMPTY, false);
            try (RangeCursor at = lsm.scan(plan)) {
                for (; at.isValid(); at.next()) {
                    byte[] value = new byte[at.valueLength()];
                    at.copyValue(value, 0);
                    rows.add(
                            "%d %s %s %d %s"
                                    .formatted(
                                            space,
                                            at.key().toUtf8(),
                                            at.version(),
                                            at.expiresAtMillis(),
                                            Bytes.wrap(value).toUtf8()));
                }
            }
        }
        return rows;
    }
}
