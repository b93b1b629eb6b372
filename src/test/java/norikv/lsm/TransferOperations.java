package norikv.lsm;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import norikv.bytes.ByteReader;
import norikv.bytes.ByteWriter;
import norikv.bytes.Bytes;
import norikv.disk.SimDisk;
import norikv.domain.NoriException;
import norikv.domain.ShardId;
import norikv.observe.Event;
import norikv.observe.Meter;
import norikv.work.SeededLoops;

/// Operations that send, receive and compare whole shards.
final class TransferOperations {
    static final List<Operations.Kind> KINDS =
            List.of(
                    new Operations.Kind(Stream.class, 6, TransferOperations::stream),
                    new Operations.Kind(Hash.class, 10, TransferOperations::hash),
                    new Operations.Kind(Install.class, 5, TransferOperations::install));

    private TransferOperations() {}

    /// Streams shards as they are now, while the loops go on.
    ///
    /// @param shards one bit a shard
    record Stream(int shards, int chunkBytes, int stepBytes, int run) implements Operation {
        @Override
        public String run(World world) {
            Map<ShardId, ShardMark> marks = new HashMap<>();
            Map<ShardTwin, Long> at = new HashMap<>();
            world.model.twins.forEach(
                    (shard, twin) -> {
                        if ((shards >> shard.number() & 1) == 1) {
                            marks.put(shard, ShardMark.START);
                            at.put(twin, twin.lastIndex());
                        }
                    });
            if (marks.isEmpty()) {
                return "no shard";
            }
            Map<ShardId, List<Bytes>> rows = new TreeMap<>();
            Map<ShardId, ShardDigest> digests = new TreeMap<>();
            try (Snapshot snapshot = world.lsm().snapshot(marks::containsKey)) {
                ShardStream stream = snapshot.stream(marks, chunkBytes);
                while (!stream.isDone()) {
                    for (ShardChunk chunk : stream.step(stepBytes)) {
                        List<Bytes> own =
                                rows.computeIfAbsent(chunk.shard(), _ -> new ArrayList<>());
                        own.addAll(rows(ShardChunk.decode(chunk.encode())));
                        digests.put(chunk.shard(), chunk.soFar());
                    }
                    world.driver().runUntil(() -> false, run);
                }
            }
            at.forEach(
                    (twin, index) -> {
                        assertEquals(expected(twin, index), rows.get(twin.shard()));
                        assertEquals(digest(twin, index), digests.get(twin.shard()));
                    });
            return digests.toString();
        }
    }

    /// Hashes one shard.
    record Hash(int shard, int stepBytes, int run) implements Operation {
        @Override
        public String run(World world) {
            if (!world.model.has(shard)) {
                return "no shard";
            }
            var id = new ShardId(shard);
            ShardTwin twin = world.model.twin(shard);
            try (Snapshot snapshot = world.lsm().snapshot(id::equals)) {
                ShardHash hash = snapshot.hash(Set.of(id));
                while (!hash.step(stepBytes)) {
                    world.driver().runUntil(() -> false, run);
                }
                ShardDigest seen = hash.digests().get(id);
                assertEquals(digest(twin, twin.lastIndex()), seen);
                return seen.toString();
            }
        }
    }

    /// Installs a shard that lags or is not there, from a replica that is ahead; or gives that up.
    ///
    /// @param entries how many entries the other replica is ahead, from 1
    /// @param gaveUpAt after which step this is given up: 0 chunks, 1 verified, 2 ingested; 3 not
    /// @param run how many steps the loops go on between the steps of this
    record Install(int shard, int entries, int chunkBytes, int gaveUpAt, int run, long seed)
            implements Operation {
        @Override
        public String run(World world) {
            var id = new ShardId(shard);
            boolean wasThere = world.model.has(shard);
            ShardTwin twin = wasThere ? world.model.twin(shard) : new ShardTwin(id);
            var random = new SplittableRandom(seed);
            for (int i = 0; i < entries; i++) {
                world.model.pass(random.nextInt(5));
                List<ShardTwin.Op> ops =
                        WriteOperations.operations(world.model, shard, random);
                world.model.append(twin, ops, new WriteBatch());
            }
            List<ShardChunk> chunks = chunks(twin, chunkBytes);
            world.model.twins.put(id, twin);
            if (gaveUpAt < 3) {
                giveUp(world, twin, chunks, wasThere);
                return "gave up";
            }
            world.durably(
                    id,
                    () -> isInstalled(world.lsm(), twin),
                    () -> {
                        try (Staging staging = world.lsm().stage(id)) {
                            receive(world, staging, chunks);
                            staging.goLive();
                        }
                    });
            world.model.twins.put(id, twin.reborn());
            world.model.told.put(id, world.lsm().durable(id));
            return "installed " + twin.place();
        }

        private static boolean isInstalled(Lsm lsm, ShardTwin twin) {
            return lsm.hasTablet(twin.shard())
                    && lsm.applied(twin.shard()).equals(twin.place());
        }

        private void receive(World world, Staging staging, List<ShardChunk> chunks) {
            for (ShardChunk chunk : chunks) {
                staging.take(chunk);
                world.driver().runUntil(() -> false, run);
            }
            if (gaveUpAt == 0) {
                return;
            }
            staging.seal();
            while (!staging.verify(1)) {
                world.driver().runUntil(() -> false, run);
            }
            if (gaveUpAt > 1) {
                staging.ingest();
                world.driver().runUntil(() -> false, run);
            }
        }

        /// The shard stays what it was: if it was there it catches up from the log.
        private void giveUp(
                World world, ShardTwin twin, List<ShardChunk> chunks, boolean wasThere) {
            ShardId id = twin.shard();
            int before = world.crashes();
            world.model.unsure.add(id);
            try (Staging staging = world.lsm().stage(id)) {
                receive(world, staging, chunks);
            } catch (SimDisk.Crashed _) {
                world.restart();
            } catch (NoriException.Closed closed) {
                world.restartIfCrashed(closed);
            }
            world.model.unsure.remove(id);
            if (!wasThere) {
                assertEquals(false, world.lsm().hasTablet(id));
                world.model.twins.remove(id);
            } else if (world.crashes() == before) {
                world.replay(twin);
            }
        }
    }

    /// {@return all that the shard's own log makes of it, in chunks, out of another engine}
    private static List<ShardChunk> chunks(ShardTwin twin, int chunkBytes) {
        var driver = new SeededLoops(twin.lastIndex());
        var environment =
                new Lsm.Environment(
                        new SimDisk(twin.lastIndex()),
                        "donor",
                        driver,
                        (where, cause) -> {
                            throw new AssertionError(where, cause);
                        },
                        Meter.NONE,
                        Event.Sink.NONE);
        try (Lsm donor = Lsm.open(environment, LsmOptions.defaults().withMemtableBytes(1 << 20))) {
            donor.createTablets(List.of(twin.shard()));
            var batch = new WriteBatch();
            for (ShardTwin.Entry entry : twin.log()) {
                Model.add(twin.shard(), entry, batch);
                batch.applied(twin.shard(), entry.at(), entry.logTimeMillis());
            }
            donor.write(batch);
            return Transfer.chunks(donor, Set.of(twin.shard()), chunkBytes, 1000);
        }
    }

    private static List<Bytes> rows(ShardChunk chunk) {
        List<Bytes> rows = new ArrayList<>();
        ByteReader in = ByteReader.of(chunk.rows());
        while (in.remaining() > 0) {
            ShardRow row = ShardRow.read(in);
            rows.add(encoded(row));
        }
        return rows;
    }

    private static List<Bytes> expected(ShardTwin twin, long index) {
        long logTime = twin.placeAt(index).logTimeMillis();
        List<Bytes> rows = new ArrayList<>();
        twin.valuesAt(index)
                .forEach(
                        (place, value) -> {
                            if (value.isLiveAt(logTime)) {
                                Bytes key = place.slice(1, place.length());
                                rows.add(
                                        encoded(
                                                new ShardRow(
                                                        place.byteAt(0),
                                                        key,
                                                        value.at(),
                                                        value.expiresAtMillis(),
                                                        value.bytes())));
                            }
                        });
        return rows;
    }

    /// {@return the row as `wire/shards.md` draws it}
    private static Bytes encoded(ShardRow row) {
        var to = new ByteWriter(100 + row.value().length());
        to.u8(row.space()).u8(row.expiresAtMillis() == 0 ? 1 : 2);
        to.lengthAndBytes(row.key()).varint(row.at().index()).varint(row.at().term());
        if (row.expiresAtMillis() != 0) {
            to.varint(row.expiresAtMillis());
        }
        return to.lengthAndBytes(row.value()).toBytes();
    }

    private static ShardDigest digest(ShardTwin twin, long index) {
        ShardDigest digest = ShardDigest.NOTHING;
        for (Bytes row : expected(twin, index)) {
            byte[] bytes = row.toByteArray();
            digest = digest.plus(ShardRow.hash(bytes, 0, bytes.length));
        }
        return digest;
    }

    private static Operation stream(SplittableRandom random) {
        return new Stream(
                Operations.shards(random),
                random.nextInt(1, 3000),
                random.nextInt(1, 3000),
                random.nextInt(10));
    }

    private static Operation hash(SplittableRandom random) {
        return new Hash(Operations.shard(random), random.nextInt(1, 3000), random.nextInt(10));
    }

    private static Operation install(SplittableRandom random) {
        return new Install(
                Operations.shard(random),
                random.nextInt(1, 6),
                random.nextInt(1, 3000),
                random.nextInt(5),
                random.nextInt(20),
                random.nextLong());
    }
}
